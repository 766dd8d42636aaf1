"""The lexicon, outcomes of its terms, and the index by which a new term looks back."""

import sqlalchemy as sa
from alembic import op

from jacana.db.columns import BigId, Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    _create_terms()
    _create_looking_back()


def _create_terms() -> None:
    op.create_table(
        "detect_terms",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("term_sealed", sa.LargeBinary, nullable=False, comment="the word and its co-terms, sealed JSON"),
        sa.Column(
            "term_key", sa.String(64), nullable=False, comment="keyed hash of the folded term and its match mode"
        ),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_terms")),
        sa.UniqueConstraint("term_key", name=op.f("uq_detect_terms_term_key")),
    )
    op.create_index(op.f("ix_detect_terms_sequence"), "detect_terms", ["sequence"])
    op.create_index(op.f("ix_detect_terms_state"), "detect_terms", ["state"])
    op.create_table(
        "detect_term_approvals",
        sa.Column("term_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("approved_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["term_id"], ["detect_terms.id"], name=op.f("fk_detect_term_approvals_term_id_detect_terms")
        ),
        sa.PrimaryKeyConstraint("term_id", "user_id", name=op.f("pk_detect_term_approvals")),
    )
    op.create_table(
        "detect_term_outcomes",
        sa.Column("term_id", sa.String(64), nullable=False),
        sa.Column("finding_id", sa.String(64), nullable=False),
        sa.Column("hit_at", Moment, nullable=False),
        sa.Column("outcome", sa.String(12), comment="confirmed or cleared; null until a person has decided"),
        sa.Column("decided_at", Moment),
        sa.ForeignKeyConstraint(
            ["term_id"], ["detect_terms.id"], name=op.f("fk_detect_term_outcomes_term_id_detect_terms")
        ),
        sa.PrimaryKeyConstraint("term_id", "finding_id", name=op.f("pk_detect_term_outcomes")),
    )
    op.create_index(op.f("ix_detect_term_outcomes_finding_id"), "detect_term_outcomes", ["finding_id"])


def _create_looking_back() -> None:
    op.create_table(
        "detect_text_tokens",
        sa.Column("token", sa.BigInteger, nullable=False, comment="first 8 bytes of the keyed hash of a folded token"),
        sa.Column(
            "sequence",
            BigId,
            autoincrement=False,
            nullable=False,
            comment="of the event that holds the text",
        ),
        sa.PrimaryKeyConstraint("token", "sequence", name=op.f("pk_detect_text_tokens")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_detect_text_tokens_sequence"), "detect_text_tokens", ["sequence"])
    op.create_table(
        "detect_term_lookbacks",
        sa.Column("id", sa.String(64), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detect_term_lookbacks")),
    )
    op.create_table(
        "detect_handovers",
        sa.Column(
            "handle_key", sa.String(64), nullable=False, comment="keyed hash of the user name that was handed over"
        ),
        sa.Column("finding_id", sa.String(64), nullable=False),
        sa.Column("found_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("handle_key", "finding_id", name=op.f("pk_detect_handovers")),
    )
    op.create_index(op.f("ix_detect_handovers_found_at"), "detect_handovers", ["found_at"])
