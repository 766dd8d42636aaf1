"""How far each bank has been read from its exchange, and the votes that go back."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

detect_checkpoints = sa.Table(
    "detect_checkpoints",
    metadata,
    sa.Column("bank_id", sa.ForeignKey("detect_banks.id"), primary_key=True),
    sa.Column("environment", sa.String(60), nullable=False, comment="which list of the exchange, and test or not"),
    sa.Column("state", sa.JSON, nullable=False, comment="range, page and cursor in the exchange's own terms"),
    sa.Column("read_until", Moment, comment="everything that changed before this has been read"),
    sa.Column("checked_at", Moment, comment="last complete answer of the exchange"),
    sa.Column("problem", sa.String(400), comment="why the last attempt failed; null when it worked"),
    sa.Column("failed_at", Moment),
)

detect_votes = sa.Table(
    "detect_votes",
    metadata,
    id_column(),
    sa.Column("bank_id", sa.ForeignKey("detect_banks.id"), nullable=False),
    sa.Column("entry_id", sa.String(64), nullable=False),
    sa.Column("signal", sa.String(30), nullable=False, comment="the exchange's name of the hash kind, such as PDQ"),
    sa.Column("agrees", sa.Boolean, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False, comment="the exchange's ids of the reasons for a negative vote"),
    sa.Column("cause", sa.String(64), nullable=False, comment="review decision: a person's, always"),
    sa.Column("actor", sa.String(120), nullable=False),
    sa.Column("state", sa.String(12), nullable=False, comment="waiting, sent or refused"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("answer", sa.String(400)),
    sa.Column("cast_at", Moment, nullable=False),
    sa.Column("sent_at", Moment),
    sa.UniqueConstraint("entry_id", "signal", "cause"),
    sa.Index(None, "state"),
)
