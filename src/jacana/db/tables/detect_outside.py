"""Who outside was asked about an upload, and whether an answer came."""

import sqlalchemy as sa

from jacana.db.columns import Moment, metadata

detect_asks = sa.Table(
    "detect_asks",
    metadata,
    sa.Column("upload_id", sa.ForeignKey("ingest_uploads.id"), primary_key=True),
    sa.Column("service", sa.String(60), primary_key=True, comment="name of the look-up service or classifier"),
    sa.Column("state", sa.String(12), nullable=False, comment="silent, answered or given_up"),
    sa.Column("sent", sa.String(12), nullable=False, comment="what left the house: hashes, media, both or nothing"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("why", sa.String(20), comment="kind of the last silence"),
    sa.Column("asked_at", Moment, nullable=False, comment="last time"),
    sa.Column("answered_at", Moment),
    sa.Index(None, "state"),
)
