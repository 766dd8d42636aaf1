"""What the network told us: accounts, uploads, events; and the keys it tells us with."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

ingest_accounts = sa.Table(
    "ingest_accounts",
    metadata,
    sa.Column("id", sa.String(200), primary_key=True, comment="the network's own id"),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("screen_name", sa.String(256)),
    sa.Column("display_name", sa.String(255)),
    sa.Column("profile_url", sa.String(2083)),
    sa.Column("bio", sa.Text),
    sa.Column("email_sealed", sa.LargeBinary),
    sa.Column("email_key", sa.String(64)),
    sa.Column("declared_age", sa.Integer),
    sa.Column("organisation", sa.Boolean, comment="the network has verified a business, school or agency"),
    sa.Column("created_at", Moment),
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Index(None, "state", "updated_at"),
)

ingest_uploads = sa.Table(
    "ingest_uploads",
    metadata,
    id_column(),
    sa.Column("network_id", sa.String(200), nullable=False, unique=True),
    sa.Column("account_id", sa.ForeignKey("ingest_accounts.id"), nullable=False),
    sa.Column("visibility", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("md5", sa.String(32), nullable=False),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("file_name", sa.String(2056)),
    sa.Column("media_type", sa.String(120)),
    sa.Column("url", sa.String(2083)),
    sa.Column("caption", sa.Text),
    sa.Column("uploaded_at", Moment),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("ip_sealed", sa.LargeBinary),
    sa.Column("port", sa.Integer),
    sa.Column("device_sealed", sa.LargeBinary),
    sa.Column("device_key", sa.String(64)),
    sa.Column("spool_name", sa.String(200), comment="file in the intake spool; null once sealed or let go"),
    sa.Column("bytes_wanted_for", sa.String(64), comment="decision that needs the bytes again; null once they came"),
    sa.Index(None, "sha256"),
    sa.Index(None, "sha1"),
    sa.Index(None, "md5"),
    sa.Index(None, "bytes_wanted_for"),
    sa.Index(None, "account_id"),
)

ingest_events = sa.Table(
    "ingest_events",
    metadata,
    id_column(),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("account_id", sa.String(200), nullable=False),
    sa.Column("occurred_at", Moment, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False, comment="validated fields; personal data as keyed hashes"),
    sa.Column("sealed", sa.LargeBinary, comment="the personal data and text of the event, sealed JSON"),
    sa.Column("upload_id", sa.String(64)),
    sa.Column("fingerprint", sa.String(64), nullable=False, comment="keyed hash of the event as sent"),
    sa.Column("sequence", sa.BigInteger, nullable=False, comment="order of commits, from 1: what workers go by"),
    sa.Index(None, "account_id", "occurred_at"),
    sa.Index(None, "sequence", unique=True),
    sa.Index(None, "received_at"),
)

ingest_idempotency = sa.Table(
    "ingest_idempotency",
    metadata,
    sa.Column("key_id", sa.String(64), primary_key=True, comment="API key that sent the request"),
    sa.Column("idempotency_key", sa.String(255), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False, comment="SHA-256 of what was asked"),
    sa.Column("subject", sa.String(64), nullable=False, comment="what the first request made"),
    sa.Column("created_at", Moment, nullable=False),
)

ingest_api_keys = sa.Table(
    "ingest_api_keys",
    metadata,
    id_column(),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("secret_hash", sa.String(64), nullable=False, unique=True, comment="SHA-256 of a 256-bit random secret"),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("last_used_at", Moment),
    sa.Column("revoked_at", Moment),
)
