"""What is known of accounts: how far the event log was worked, findings, state per account, ties, networks."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

detect_cursors = sa.Table(
    "detect_cursors",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False, comment="events up to and with this one are worked"),
    sa.Column("updated_at", Moment, nullable=False),
)

detect_account_findings = sa.Table(
    "detect_account_findings",
    metadata,
    id_column(),
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
    sa.Index(None, "account_id", "found_at"),
    sa.Index(None, "kind", "found_at"),
    sa.Index(None, "withdrawn_because"),
)

detect_accounts = sa.Table(
    "detect_accounts",
    metadata,
    sa.Column("account_id", sa.String(200), primary_key=True),
    sa.Column("state", sa.LargeBinary, nullable=False, comment="exact capped maps, packed by accounts.state"),
    sa.Column("score", sa.Float, nullable=False, comment="vault score of the last day that was scored"),
    sa.Column("scored_on", sa.Integer, comment="that day, in days since 1970"),
    sa.Column("last_event_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Index(None, "score"),
    sa.Index(None, "last_event_at"),
)

detect_ties = sa.Table(
    "detect_ties",
    metadata,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("entity", sa.String(200), primary_key=True, comment="keyed hash, digest or account id"),
    sa.Column("account_id", sa.String(200), primary_key=True),
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
    sa.Column("sessions", sa.Integer, nullable=False),
    sa.Column("attested", sa.Boolean, nullable=False),
    sa.Index(None, "account_id"),
    sa.Index(None, "last_seen_at"),
)

detect_networks = sa.Table(
    "detect_networks",
    metadata,
    sa.Column("network", sa.String(80), primary_key=True, comment="keyed hash of an address, or as:<number>"),
    sa.Column("accounts", sa.LargeBinary, nullable=False, comment="accounts seen there, packed, capped"),
    sa.Column("account_count", sa.Integer, nullable=False, comment="how many; at the cap: at least so many"),
    sa.Column("hub", sa.Boolean, nullable=False, comment="shared by so many that it proves nothing"),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Index(None, "updated_at"),
)
