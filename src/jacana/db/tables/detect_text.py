"""The lexicon (encrypted at rest), what happened to each term, and the index by which a new term looks back."""

import sqlalchemy as sa

from jacana.db.columns import BigId, Moment, id_column, metadata

detect_terms = sa.Table(
    "detect_terms",
    metadata,
    id_column(),
    sa.Column("term_sealed", sa.LargeBinary, nullable=False, comment="the word and its co-terms, sealed JSON"),
    sa.Column("term_key", sa.String(64), nullable=False, comment="keyed hash of the folded term and its match mode"),
    sa.Column("match_mode", sa.String(12), nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("licence", sa.String(200), nullable=False),
    sa.Column("expires_at", Moment),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.String(120), nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False, comment="of the last change: what a reload looks for"),
    sa.Column("hits", sa.Integer, nullable=False),
    sa.Column("reviewed", sa.Integer, nullable=False),
    sa.Column("confirmed", sa.Integer, nullable=False),
    sa.Column("last_confirmed_at", Moment),
    sa.Column("active_since", Moment, comment="when two people last made it active; its figures count from then"),
    sa.Column("details", sa.JSON, nullable=False, comment="of a candidate: the figures it was proposed on"),
    sa.UniqueConstraint("term_key"),
    sa.Index(None, "state"),
    sa.Index(None, "sequence"),
)

detect_term_approvals = sa.Table(
    "detect_term_approvals",
    metadata,
    sa.Column("term_id", sa.ForeignKey("detect_terms.id"), primary_key=True),
    sa.Column("user_id", sa.String(64), primary_key=True),
    sa.Column("approved_at", Moment, nullable=False),
)

detect_term_outcomes = sa.Table(
    "detect_term_outcomes",
    metadata,
    sa.Column("term_id", sa.ForeignKey("detect_terms.id"), primary_key=True),
    sa.Column("finding_id", sa.String(64), primary_key=True),
    sa.Column("hit_at", Moment, nullable=False),
    sa.Column("outcome", sa.String(12), comment="confirmed or cleared; null until a person has decided"),
    sa.Column("decided_at", Moment),
    sa.Index(None, "finding_id"),
)

detect_text_tokens = sa.Table(
    "detect_text_tokens",
    metadata,
    sa.Column("token", sa.BigInteger, primary_key=True, comment="first 8 bytes of the keyed hash of a folded token"),
    sa.Column("sequence", BigId, primary_key=True, autoincrement=False, comment="of the event that holds the text"),
    sa.Index(None, "sequence"),
    sqlite_with_rowid=False,
)

detect_term_lookbacks = sa.Table(
    "detect_term_lookbacks",
    metadata,
    id_column(),
    sa.Column("term_ids", sa.JSON, nullable=False),
    sa.Column(
        "lexicon_sequence",
        sa.BigInteger,
        nullable=False,
        comment="changes of the lexicon up to this are looked back for",
    ),
    sa.Column("until_sequence", sa.BigInteger, nullable=False, comment="texts up to and with this event"),
    sa.Column("cursor", sa.BigInteger, nullable=False, comment="events that are done"),
    sa.Column("state", sa.String(12), nullable=False, comment="waiting, running or done"),
    sa.Column("texts", sa.BigInteger, nullable=False, comment="texts opened"),
    sa.Column("hits", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),
)

detect_handovers = sa.Table(
    "detect_handovers",
    metadata,
    sa.Column(
        "handle_key", sa.String(64), primary_key=True, comment="keyed hash of the user name that was handed over"
    ),
    sa.Column("finding_id", sa.String(64), primary_key=True),
    sa.Column("found_at", Moment, nullable=False),
    sa.Index(None, "found_at"),
)
