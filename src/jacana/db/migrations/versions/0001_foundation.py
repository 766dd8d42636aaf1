"""The first schema."""

from alembic import op

from jacana.db.tables import metadata
from jacana.db.tables.audit import audit_head

EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # RFC 6962: SHA-256 of nothing

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    metadata.create_all(op.get_bind())
    op.bulk_insert(audit_head, [{"id": 1, "size": 0, "root": EMPTY_ROOT, "peaks": []}])
