"""What detectors know: analysed media by its SHA-256, banks, findings."""

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
)

detect_banks = sa.Table(
    "detect_banks",
    metadata,
    id_column(),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("classification", sa.String(10)),
    sa.Column("may_cause", sa.JSON, nullable=False, comment="effect names a match may lead to"),
    sa.Column("max_distance", sa.Integer, nullable=False),
    sa.Column("min_quality", sa.Integer, nullable=False),
    sa.Column("min_matched_seconds", sa.Float, nullable=False),
    sa.Column("note", sa.String(400)),
    sa.Column(
        "revision", sa.Integer, nullable=False, default=0, comment="grows with every change to the bank's entries"
    ),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("removed_at", Moment),
)

detect_bank_entries = sa.Table(
    "detect_bank_entries",
    metadata,
    id_column(),
    sa.Column("bank_id", sa.ForeignKey("detect_banks.id"), nullable=False),
    sa.Column("label", sa.String(255), nullable=False),
    sa.Column("md5", sa.String(32)),
    sa.Column("sha1", sa.String(40)),
    sa.Column("sha256", sa.String(64)),
    sa.Column("frame_count", sa.Integer, nullable=False),
    sa.Column("frames", sa.LargeBinary, nullable=False, comment="as detect_media.frames"),
    sa.Column("added_at", Moment, nullable=False),
    sa.UniqueConstraint("bank_id", "label"),
    sa.Index(None, "md5"),
    sa.Index(None, "sha1"),
    sa.Index(None, "sha256"),
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
    sa.Index(None, "upload_id"),
)
