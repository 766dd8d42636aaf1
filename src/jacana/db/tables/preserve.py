"""Objects in the vault and the holds on them."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

preserve_objects = sa.Table(
    "preserve_objects",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.String(120)),
    sa.Column("wrapped_key", sa.LargeBinary, comment="data key under the key-encryption key; null once destroyed"),
    sa.Column("object_path", sa.String(200), comment="where the sealed object lies; null once it is deleted"),
    sa.Column("key_id", sa.String(40), nullable=False),
    sa.Column("sealed_at", Moment, nullable=False),
    sa.Column("destroyed_at", Moment),
)

preserve_holds = sa.Table(
    "preserve_holds",
    metadata,
    id_column(),
    sa.Column("sha256", sa.ForeignKey("preserve_objects.sha256"), nullable=False),
    sa.Column("reason", sa.String(20), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("starts_at", Moment, nullable=False),
    sa.Column("ends_at", Moment),
    sa.Column("released_at", Moment),
    sa.UniqueConstraint("sha256", "reason", "subject"),
)
