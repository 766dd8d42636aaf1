"""The order of events, and what is known of accounts: findings, state, ties, networks."""

import sqlalchemy as sa
from alembic import op

from jacana.db.columns import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    _number_events()
    _widen_accounts()
    _create_findings()
    _create_state()


def _number_events() -> None:
    op.add_column("ingest_events", sa.Column("sequence", sa.BigInteger))
    op.execute(
        "UPDATE ingest_events SET sequence = numbered.place FROM (SELECT id, ROW_NUMBER() OVER "
        "(ORDER BY received_at, id) AS place FROM ingest_events) AS numbered WHERE numbered.id = ingest_events.id"
    )
    with op.batch_alter_table("ingest_events") as table:
        table.alter_column(
            "sequence",
            nullable=False,
            existing_type=sa.BigInteger,
            comment="order of commits, from 1: what workers go by",
        )
    op.create_index(op.f("ix_ingest_events_sequence"), "ingest_events", ["sequence"], unique=True)
    op.create_index(op.f("ix_ingest_events_received_at"), "ingest_events", ["received_at"])


def _widen_accounts() -> None:
    op.add_column(
        "ingest_accounts",
        sa.Column("organisation", sa.Boolean, comment="the network has verified a business, school or agency"),
    )


def _create_findings() -> None:
    op.create_table(
        "detect_cursors",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False, comment="events up to and with this one are worked"),
        sa.Column("updated_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_detect_cursors")),
    )
    op.create_table(
        "detect_account_findings",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("detector", sa.String(60), nullable=False),
        sa.Column("detector_version", sa.String(40), nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("attempt", sa.String(12)),
        sa.Column("event_id", sa.String(64)),
        sa.Column("upload_id", sa.String(64)),
        sa.Column("field", sa.String(20)),
        sa.Column("matches", sa.JSON, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("occurred_at", Moment, nullable=False),
        sa.Column("found_at", Moment, nullable=False),
        sa.Column("withdrawn_at", Moment),
        sa.Column("withdrawn_because", sa.String(64), comment="the reversal that took its ground away"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_account_findings")),
    )
    op.create_index(
        op.f("ix_detect_account_findings_account_id_found_at"), "detect_account_findings", ["account_id", "found_at"]
    )
    op.create_index(op.f("ix_detect_account_findings_kind_found_at"), "detect_account_findings", ["kind", "found_at"])
    op.create_index(
        op.f("ix_detect_account_findings_withdrawn_because"), "detect_account_findings", ["withdrawn_because"]
    )


def _create_state() -> None:
    op.create_table(
        "detect_accounts",
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False, comment="exact capped maps, packed by accounts.state"),
        sa.Column("score", sa.Float, nullable=False, comment="vault score of the last day that was scored"),
        sa.Column("scored_on", sa.Integer, comment="that day, in days since 1970"),
        sa.Column("last_event_at", Moment, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_detect_accounts")),
    )
    op.create_index(op.f("ix_detect_accounts_last_event_at"), "detect_accounts", ["last_event_at"])
    op.create_index(op.f("ix_detect_accounts_score"), "detect_accounts", ["score"])
    op.create_table(
        "detect_ties",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("entity", sa.String(200), nullable=False, comment="keyed hash, digest or account id"),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("first_seen_at", Moment, nullable=False),
        sa.Column("last_seen_at", Moment, nullable=False),
        sa.Column("sessions", sa.Integer, nullable=False),
        sa.Column("attested", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("kind", "entity", "account_id", name=op.f("pk_detect_ties")),
    )
    op.create_index(op.f("ix_detect_ties_account_id"), "detect_ties", ["account_id"])
    op.create_index(op.f("ix_detect_ties_last_seen_at"), "detect_ties", ["last_seen_at"])
    op.create_table(
        "detect_networks",
        sa.Column("network", sa.String(80), nullable=False, comment="keyed hash of an address, or as:<number>"),
        sa.Column("accounts", sa.LargeBinary, nullable=False, comment="accounts seen there, packed, capped"),
        sa.Column("account_count", sa.Integer, nullable=False, comment="how many; at the cap: at least so many"),
        sa.Column("hub", sa.Boolean, nullable=False, comment="shared by so many that it proves nothing"),
        sa.Column("updated_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("network", name=op.f("pk_detect_networks")),
    )
    op.create_index(op.f("ix_detect_networks_updated_at"), "detect_networks", ["updated_at"])
