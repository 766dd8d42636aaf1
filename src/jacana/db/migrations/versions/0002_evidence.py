"""Banks, analyses, findings; decisions; the vault."""

import sqlalchemy as sa
from alembic import op

from jacana.db.columns import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "detect_banks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("classification", sa.String(length=10), nullable=True),
        sa.Column("may_cause", sa.JSON(), nullable=False, comment="effect names a match may lead to"),
        sa.Column("max_distance", sa.Integer(), nullable=False),
        sa.Column("min_quality", sa.Integer(), nullable=False),
        sa.Column("min_matched_seconds", sa.Float(), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False, comment="grows with every change to the bank's entries"),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_banks")),
        sa.UniqueConstraint("name", name=op.f("uq_detect_banks_name")),
    )
    op.create_table(
        "detect_media",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="video, picture or unreadable"),
        sa.Column("container", sa.String(length=60), nullable=True),
        sa.Column("codec", sa.String(length=60), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration_seconds", sa.Float(), nullable=True),
        sa.Column("problem", sa.String(length=60), nullable=True, comment="code of why it could not be read in full"),
        sa.Column("problem_detail", sa.String(length=400), nullable=True),
        sa.Column("hasher_version", sa.String(length=40), nullable=False),
        sa.Column("frame_count", sa.Integer(), nullable=False),
        sa.Column(
            "frames", sa.LargeBinary(), nullable=False, comment="per frame: f8 seconds, u1 quality, 32 bytes PDQ"
        ),
        sa.Column("analysed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_detect_media")),
    )
    op.create_table(
        "preserve_objects",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=True),
        sa.Column(
            "wrapped_key",
            sa.LargeBinary(),
            nullable=True,
            comment="data key under the key-encryption key; null once destroyed",
        ),
        sa.Column(
            "object_path",
            sa.String(length=200),
            nullable=True,
            comment="where the sealed object lies; null once it is deleted",
        ),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("sealed_at", Moment(), nullable=False),
        sa.Column("destroyed_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_preserve_objects")),
    )
    op.create_table(
        "detect_bank_entries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("bank_id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=True),
        sa.Column("sha1", sa.String(length=40), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("frame_count", sa.Integer(), nullable=False),
        sa.Column("frames", sa.LargeBinary(), nullable=False, comment="as detect_media.frames"),
        sa.Column("added_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["detect_banks.id"], name=op.f("fk_detect_bank_entries_bank_id_detect_banks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_bank_entries")),
        sa.UniqueConstraint("bank_id", "label", name=op.f("uq_detect_bank_entries_bank_id_label")),
    )
    op.create_index(op.f("ix_detect_bank_entries_md5"), "detect_bank_entries", ["md5"], unique=False)
    op.create_index(op.f("ix_detect_bank_entries_sha1"), "detect_bank_entries", ["sha1"], unique=False)
    op.create_index(op.f("ix_detect_bank_entries_sha256"), "detect_bank_entries", ["sha256"], unique=False)
    op.create_table(
        "preserve_holds",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=True),
        sa.Column("released_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sha256"], ["preserve_objects.sha256"], name=op.f("fk_preserve_holds_sha256_preserve_objects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preserve_holds")),
        sa.UniqueConstraint("sha256", "reason", "subject", name=op.f("uq_preserve_holds_sha256_reason_subject")),
    )
    op.create_table(
        "decide_decisions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.String(length=20), nullable=False, comment="upload or verdict"),
        sa.Column("cause", sa.String(length=64), nullable=False, comment="upload id, or the review decision's id"),
        sa.Column("policy_version", sa.String(length=80), nullable=False),
        sa.Column("fired", sa.JSON(), nullable=False),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.Column("withheld", sa.JSON(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["ingest_uploads.id"], name=op.f("fk_decide_decisions_upload_id_ingest_uploads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decide_decisions")),
        sa.UniqueConstraint("upload_id", "moment", "cause", name=op.f("uq_decide_decisions_upload_id_moment_cause")),
    )
    op.create_table(
        "detect_findings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("detector", sa.String(length=60), nullable=False),
        sa.Column("detector_version", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("match", sa.JSON(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["ingest_uploads.id"], name=op.f("fk_detect_findings_upload_id_ingest_uploads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_findings")),
    )
    op.create_index(op.f("ix_detect_findings_upload_id"), "detect_findings", ["upload_id"], unique=False)
