"""What detectors know: analysed media by its SHA-256, and findings. Banks: detect_banks."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

detect_media = sa.Table(
    "detect_media",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False, comment="video, picture or unreadable"),
    sa.Column("container", sa.String(60)),
    sa.Column("codec", sa.String(60)),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("duration_seconds", sa.Float),
    sa.Column("problem", sa.String(60), comment="code of why it could not be read in full"),
    sa.Column("problem_detail", sa.String(400)),
    sa.Column("hasher_version", sa.String(40), nullable=False),
    sa.Column("frame_count", sa.Integer, nullable=False),
    sa.Column("frames", sa.LargeBinary, nullable=False, comment="per frame: f8 seconds, u1 quality, 32 bytes PDQ"),
    sa.Column("analysed_at", Moment, nullable=False),
    sa.Column("windows", sa.LargeBinary, nullable=False, comment="extended signature, as packed by hashing.frames"),
    sa.Column("window_count", sa.Integer, nullable=False),
    sa.Column("sampling", sa.String(20), nullable=False, comment="adaptive, thorough or rate"),
)

detect_findings = sa.Table(
    "detect_findings",
    metadata,
    id_column(),
    sa.Column("upload_id", sa.ForeignKey("ingest_uploads.id"), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("detector", sa.String(60), nullable=False),
    sa.Column("detector_version", sa.String(40), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("match", sa.JSON),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("found_at", Moment, nullable=False),
    sa.Column("bank_id", sa.String(64), comment="of the match, where there is one: what banks are counted by"),
    sa.Index(None, "upload_id"),
    sa.Index("ix_detect_findings_bank", "bank_id", "kind", "found_at", "sha256"),
)
