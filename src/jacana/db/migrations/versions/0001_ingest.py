"""Uploads, events and keys; the outbox; the audit log."""

import sqlalchemy as sa
from alembic import op

from jacana.db.columns import Moment

EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # RFC 6962: SHA-256 of nothing

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_entries",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("entry", sa.LargeBinary(), nullable=False, comment="canonical JSON (RFC 8785), the leaf of the tree"),
        sa.Column("leaf_hash", sa.String(length=64), nullable=False),
        sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_subject"), "audit_entries", ["subject"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("peaks", sa.JSON(), nullable=False, comment="roots of the complete subtrees, largest first, hex"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "ingest_accounts",
        sa.Column("id", sa.String(length=200), nullable=False, comment="the network's own id"),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("screen_name", sa.String(length=256), nullable=True),
        sa.Column("display_name", sa.String(length=255), nullable=True),
        sa.Column("profile_url", sa.String(length=2083), nullable=True),
        sa.Column("bio", sa.Text(), nullable=True),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_key", sa.String(length=64), nullable=True),
        sa.Column("declared_age", sa.Integer(), nullable=True),
        sa.Column("created_at", Moment(), nullable=True),
        sa.Column("first_seen_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_accounts")),
    )
    op.create_table(
        "ingest_api_keys",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False, comment="SHA-256 of a 256-bit random secret"),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_api_keys")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_ingest_api_keys_secret_hash")),
    )
    op.create_table(
        "ingest_events",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False, comment="validated fields; personal data as keyed hashes"),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=True, comment="the personal data and text of the event, sealed JSON"
        ),
        sa.Column("upload_id", sa.String(length=64), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False, comment="keyed hash of the event as sent"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_events")),
    )
    op.create_index(
        op.f("ix_ingest_events_account_id_occurred_at"), "ingest_events", ["account_id", "occurred_at"], unique=False
    )
    op.create_table(
        "ingest_idempotency",
        sa.Column("key_id", sa.String(length=64), nullable=False, comment="API key that sent the request"),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False, comment="SHA-256 of what was asked"),
        sa.Column("subject", sa.String(length=64), nullable=False, comment="what the first request made"),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "idempotency_key", name=op.f("pk_ingest_idempotency")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=True, comment="error code of the last failure"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_started_at_not_before"), "outbox", ["started_at", "not_before"], unique=False)
    op.create_table(
        "ingest_uploads",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("network_id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("visibility", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=False),
        sa.Column("sha1", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.String(length=2056), nullable=True),
        sa.Column("media_type", sa.String(length=120), nullable=True),
        sa.Column("url", sa.String(length=2083), nullable=True),
        sa.Column("caption", sa.Text(), nullable=True),
        sa.Column("uploaded_at", Moment(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("ip_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("device_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("device_key", sa.String(length=64), nullable=True),
        sa.Column(
            "spool_name",
            sa.String(length=200),
            nullable=True,
            comment="file in the intake spool; null once sealed or let go",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ingest_accounts.id"], name=op.f("fk_ingest_uploads_account_id_ingest_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_uploads")),
        sa.UniqueConstraint("network_id", name=op.f("uq_ingest_uploads_network_id")),
    )
    op.create_index(op.f("ix_ingest_uploads_account_id"), "ingest_uploads", ["account_id"], unique=False)
    op.create_index(op.f("ix_ingest_uploads_sha256"), "ingest_uploads", ["sha256"], unique=False)

    heads = sa.table("audit_head", sa.column("id"), sa.column("size"), sa.column("root"), sa.column("peaks", sa.JSON))
    op.bulk_insert(heads, [{"id": 1, "size": 0, "root": EMPTY_ROOT, "peaks": []}])
