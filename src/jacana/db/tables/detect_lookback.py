"""Looking back: which new bank entries are being compared with the catalogue of what was screened, and how far."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

detect_lookbacks = sa.Table(
    "detect_lookbacks",
    metadata,
    id_column(),
    sa.Column("from_sequence", sa.BigInteger, nullable=False, comment="bank changes after this one"),
    sa.Column("to_sequence", sa.BigInteger, nullable=False, comment="up to and with this one"),
    sa.Column("state", sa.String(12), nullable=False, comment="waiting, running, done or failed"),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("hashes", sa.BigInteger, nullable=False, comment="hashes of those entries"),
    sa.Column("total", sa.BigInteger, nullable=False, comment="catalogue hashes to be compared"),
    sa.Column("scanned", sa.BigInteger, nullable=False),
    sa.Column("cursor", sa.JSON, nullable=False, comment="shards that are done"),
    sa.Column("hits", sa.Integer, nullable=False, comment="uploads sent through the flow again"),
    sa.Column("problem", sa.String(400)),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Index(None, "state"),
)
