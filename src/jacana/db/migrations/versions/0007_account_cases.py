"""Decisions and verdicts about accounts, bans of devices, appeals."""

import sqlalchemy as sa
from alembic import op

from jacana.db.columns import Moment

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
    _add_tier()
    _create_decisions()
    _create_bans()
    _index_accounts()


def _index_accounts() -> None:
    op.create_index(op.f("ix_ingest_accounts_state_updated_at"), "ingest_accounts", ["state", "updated_at"])


def _add_tier() -> None:
    op.add_column("act_actions", sa.Column("tier", sa.Integer, comment="of a device ban"))


def _create_decisions() -> None:
    op.create_table(
        "decide_account_decisions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("moment", sa.String(20), nullable=False, comment="account or account_verdict"),
        sa.Column("cause", sa.String(64), nullable=False, comment="what was found, or the account review's id"),
        sa.Column("policy_version", sa.String(80), nullable=False),
        sa.Column("fired", sa.JSON, nullable=False),
        sa.Column("effects", sa.JSON, nullable=False),
        sa.Column("withheld", sa.JSON, nullable=False),
        sa.Column("decided_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decide_account_decisions")),
        sa.UniqueConstraint(
            "account_id", "moment", "cause", name=op.f("uq_decide_account_decisions_account_id_moment_cause")
        ),
    )
    op.create_table(
        "review_account_items",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("finding_ids", sa.JSON, nullable=False, comment="findings before the person, in order of arrival"),
        sa.Column("added_at", Moment, nullable=False),
        sa.Column("verdict", sa.String(12), comment="the applied verdict"),
        sa.Column("decision_id", sa.String(64)),
        sa.ForeignKeyConstraint(
            ["case_id"], ["review_cases.id"], name=op.f("fk_review_account_items_case_id_review_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_account_items")),
        sa.UniqueConstraint("case_id", "account_id", name=op.f("uq_review_account_items_case_id_account_id")),
    )
    op.create_index(op.f("ix_review_account_items_account_id"), "review_account_items", ["account_id"])
    op.create_table(
        "review_account_decisions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("finding_ids", sa.JSON, nullable=False, comment="the findings that were on the page"),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("decided_at", Moment, nullable=False),
        sa.Column("applies_at", Moment, nullable=False, comment="end of the undo window"),
        sa.Column("applied_at", Moment),
        sa.Column("undone_at", Moment),
        sa.Column("undone_by", sa.String(64)),
        sa.Column("undone_reason", sa.Text),
        sa.Column("overturned_at", Moment),
        sa.Column("overturned_by", sa.String(64)),
        sa.Column("overturned_reason", sa.Text),
        sa.Column("live_key", sa.String(64), comment="the item's id until undone or overturned"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["review_cases.id"], name=op.f("fk_review_account_decisions_case_id_review_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_account_decisions")),
        sa.UniqueConstraint("live_key", name=op.f("uq_review_account_decisions_live_key")),
    )
    op.create_index(op.f("ix_review_account_decisions_account_id"), "review_account_decisions", ["account_id"])
    op.create_index(op.f("ix_review_account_decisions_case_id"), "review_account_decisions", ["case_id"])


def _create_bans() -> None:
    op.create_table(
        "act_device_bans",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("device_key", sa.String(64), nullable=False, comment="keyed hash, in the epoch of the last renewal"),
        sa.Column("tier", sa.Integer, nullable=False, comment="0 tag, 1 no new account, 2 verify again, 3 block"),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("ended_by", sa.String(120)),
        sa.Column("ended_because", sa.Text),
        sa.Column(
            "placed_key", sa.String(64), nullable=False, comment="device_key when placed: what the network was told"
        ),
        sa.Column("decided_by", sa.String(120), nullable=False, comment="who must not decide an appeal against it"),
        sa.Column("evidence", sa.JSON, nullable=False, comment="the counts that the tier rests on"),
        sa.Column("sequence", sa.BigInteger, nullable=False, comment="of the last change: what the door looks for"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_device_bans")),
        sa.UniqueConstraint("device_key", "cause", name=op.f("uq_act_device_bans_device_key_cause")),
    )
    op.create_index(op.f("ix_act_device_bans_account_id"), "act_device_bans", ["account_id"])
    op.create_index(op.f("ix_act_device_bans_cause"), "act_device_bans", ["cause"])
    op.create_index(op.f("ix_act_device_bans_sequence"), "act_device_bans", ["sequence"])
    op.create_index(op.f("ix_act_device_bans_state_expires_at"), "act_device_bans", ["state", "expires_at"])
    op.create_table(
        "act_appeals",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("ban_id", sa.String(64)),
        sa.Column("next_owner", sa.Boolean, nullable=False),
        sa.Column("text_sealed", sa.LargeBinary, comment="what they wrote"),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("decided_by", sa.String(120)),
        sa.Column("decision_reason", sa.Text),
        sa.Column("device_key", sa.String(64), comment="of the device they were met on, if it was told"),
        sa.Column("opened_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_appeals")),
    )
    op.create_index(op.f("ix_act_appeals_account_id"), "act_appeals", ["account_id"])
    op.create_index(op.f("ix_act_appeals_decided_at"), "act_appeals", ["decided_at"])
    op.create_index(op.f("ix_act_appeals_state_opened_at"), "act_appeals", ["state", "opened_at"])
