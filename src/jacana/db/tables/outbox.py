"""The outbox: work promised in the transaction that caused it."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

outbox = sa.Table(
    "outbox",
    metadata,
    id_column(),
    sa.Column("topic", sa.String(40), nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("not_before", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("cancelled_at", Moment),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("problem", sa.String(200), comment="error code of the last failure"),
    sa.Index(None, "started_at", "not_before"),
)
