"""Cases, their items, decisions of people, and the log of who viewed what."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

review_cases = sa.Table(
    "review_cases",
    metadata,
    id_column(),
    sa.Column("account_id", sa.String(200), nullable=False),
    sa.Column("lane", sa.String(20), nullable=False),
    sa.Column("state", sa.String(12), nullable=False, comment="open or closed"),
    sa.Column("open_key", sa.String(240), unique=True, comment="account and lane while open; null once closed"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("closed_at", Moment),
    sa.Column("leased_by", sa.String(64)),
    sa.Column("lease_token", sa.BigInteger, nullable=False, comment="fencing token: grows with every lease"),
    sa.Column("lease_until", Moment),
    sa.Index(None, "state", "due_at"),
)

review_items = sa.Table(
    "review_items",
    metadata,
    id_column(),
    sa.Column("case_id", sa.ForeignKey("review_cases.id"), nullable=False),
    sa.Column("upload_id", sa.ForeignKey("ingest_uploads.id"), nullable=False, unique=True),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("verdict", sa.String(12)),
    sa.Column("decision_id", sa.String(64), comment="review decision that settled it, possibly of another case"),
    sa.Index(None, "sha256"),
    sa.Index(None, "case_id"),
)

review_decisions = sa.Table(
    "review_decisions",
    metadata,
    id_column(),
    sa.Column("case_id", sa.ForeignKey("review_cases.id"), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("verdict", sa.String(12), nullable=False),
    sa.Column("classification", sa.String(4)),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("user_id", sa.String(64), nullable=False),
    sa.Column("viewed_whole", sa.Boolean, nullable=False, comment="from review_views, never from the form"),
    sa.Column("decided_at", Moment, nullable=False),
    sa.Column("applies_at", Moment, nullable=False, comment="end of the undo window"),
    sa.Column("applied_at", Moment),
    sa.Column("undone_at", Moment),
    sa.Column("undone_by", sa.String(64)),
    sa.Column("undone_reason", sa.Text),
    sa.Column("live_key", sa.String(64), unique=True, comment="the sha256 until undone: one live verdict a file"),
    sa.Index(None, "sha256"),
)

review_views = sa.Table(
    "review_views",
    metadata,
    id_column(),
    sa.Column("user_id", sa.String(64), nullable=False),
    sa.Column("case_id", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("seen_seconds", sa.Float, nullable=False, comment="distinct seconds of the file that were revealed"),
    sa.Column("revealed_ms", sa.BigInteger, nullable=False, comment="wall time revealed: the reviewer's exposure"),
    sa.Column("whole", sa.Boolean, nullable=False),
    sa.Column("whole_entry", sa.BigInteger, comment="audit position of the media.seen_whole that proves `whole`"),
    sa.Column("ranges", sa.JSON, nullable=False),
    sa.Column("served", sa.JSON, nullable=False, comment="ranges of bytes that were really sent, end-exclusive"),
    sa.Index(None, "sha256"),
)
