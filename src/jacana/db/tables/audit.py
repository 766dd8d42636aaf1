"""The audit log's leaves and its head."""

import sqlalchemy as sa

from jacana.db.columns import BigId, metadata

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("position", BigId, primary_key=True, autoincrement=False),
    sa.Column("entry", sa.LargeBinary, nullable=False, comment="canonical JSON (RFC 8785), the leaf of the tree"),
    sa.Column("leaf_hash", sa.String(64), nullable=False),
    sa.Column("verb", sa.String(60), nullable=False),
    sa.Column("actor", sa.String(120), nullable=False),
    sa.Column("subject", sa.String(160), nullable=False),
    sa.Index(None, "subject"),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("root", sa.String(64), nullable=False),
    sa.Column("peaks", sa.JSON, nullable=False, comment="roots of the complete subtrees, largest first, hex"),
)
