"""Banks, their entries, every change to them in order, and what was refused."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

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
    sa.Column("role", sa.String(10), nullable=False, comment="known or benign"),
    sa.Column("trust", sa.String(10), nullable=False, comment="verified, reviewed or lead"),
    sa.Column("origin", sa.String(20), nullable=False, comment="file, own, ncmec or threatexchange"),
    sa.Column("licence", sa.String(400)),
    sa.Column("threshold_reason", sa.String(400)),
    sa.Column("entry_count", sa.Integer, nullable=False, default=0, comment="live entries; kept with every change"),
    sa.Column("frame_count", sa.BigInteger, nullable=False, default=0, comment="frame hashes of the live entries"),
    sa.Column("window_count", sa.BigInteger, nullable=False, default=0, comment="window hashes of the live entries"),
    sa.Column("tombstone_count", sa.Integer, nullable=False, default=0, comment="entries that were taken back"),
    sa.Column("changed_at", Moment, comment="last time an entry came or went"),
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
    sa.Column("number", sa.BigInteger, nullable=False, comment="short name in the hash index, never used twice"),
    sa.Column("windows", sa.LargeBinary, nullable=False, comment="as detect_media.windows"),
    sa.Column("window_count", sa.Integer, nullable=False),
    sa.Column("media_kind", sa.String(10)),
    sa.Column("source_id", sa.String(200)),
    sa.Column("classification", sa.String(10)),
    sa.Column("votes_up", sa.Integer, nullable=False),
    sa.Column("votes_down", sa.Integer, nullable=False),
    sa.Column("expires_at", Moment),
    sa.Column("removed_at", Moment, comment="a tombstone: on record, matches nothing"),
    sa.UniqueConstraint("number"),
    sa.Index("ix_detect_bank_entries_label", "bank_id", "label"),
    sa.Index("ix_detect_bank_entries_source_id", "bank_id", "source_id"),
    sa.Index(None, "md5"),
    sa.Index(None, "sha1"),
    sa.Index(None, "sha256"),
    sa.Index(None, "expires_at"),
)

detect_bank_changes = sa.Table(
    "detect_bank_changes",
    metadata,
    sa.Column(
        "sequence",
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
        autoincrement=True,
        comment="order of commit: whoever writes here holds the audit lock",
    ),
    sa.Column("bank_id", sa.ForeignKey("detect_banks.id"), nullable=False),
    sa.Column("entry_number", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False, comment="added or removed"),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Index("ix_detect_bank_changes_bank", "bank_id", "sequence"),
)

detect_quarantine = sa.Table(
    "detect_quarantine",
    metadata,
    id_column(),
    sa.Column("bank_id", sa.ForeignKey("detect_banks.id"), nullable=False),
    sa.Column("reference", sa.String(200), nullable=False, comment="line of a file, or the source's own id"),
    sa.Column("field", sa.String(60), nullable=False),
    sa.Column("message", sa.String(400), nullable=False),
    sa.Column("remedy", sa.String(400), nullable=False),
    sa.Column("refused_at", Moment, nullable=False),
    sa.UniqueConstraint("bank_id", "reference", "field"),
)
