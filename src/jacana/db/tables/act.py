"""The enforcement ledger."""

import sqlalchemy as sa

from jacana.db.columns import BigId, Moment, id_column, metadata

act_actions = sa.Table(
    "act_actions",
    metadata,
    id_column(),
    sa.Column("dedupe_key", sa.String(200), nullable=False, unique=True),
    sa.Column("kind", sa.String(30), nullable=False),
    sa.Column("target_kind", sa.String(10), nullable=False),
    sa.Column("target_id", sa.String(200), nullable=False),
    sa.Column("account_id", sa.String(200), nullable=False),
    sa.Column("upload_id", sa.String(64)),
    sa.Column("cause", sa.String(64), nullable=False, comment="decision or review decision id"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("rule", sa.String(80)),
    sa.Column("decided_by", sa.String(120), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("outbox_id", sa.String(64), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("delivered_at", Moment),
    sa.Column("answer_status", sa.Integer),
    sa.Column("answer_excerpt", sa.String(500)),
    sa.Column("reverses", sa.String(64)),
    sa.Column("sequence", sa.Integer, nullable=False, comment="order within the target"),
    sa.Column("receipt_hold_id", sa.String(64), comment="vault hold that proves preservation"),
    sa.Column("attempts_allowed", sa.Integer, nullable=False, comment="dead once this many have failed"),
    sa.Column("sending_since", Moment, comment="set before the network is called, null once its answer is recorded"),
    sa.Column("wants_bytes", sa.Boolean, nullable=False, comment="the network is asked to send the upload again"),
    sa.Column("superseded_by", sa.String(64), comment="later action on the same target"),
    sa.Column("tier", sa.Integer, comment="of a device ban"),
    sa.UniqueConstraint("target_kind", "target_id", "sequence"),
    sa.Index(None, "account_id"),
    sa.Index(None, "upload_id"),
    sa.Index(None, "state"),
)

act_attempts = sa.Table(
    "act_attempts",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("action_id", sa.ForeignKey("act_actions.id"), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("problem", sa.String(200)),
    sa.UniqueConstraint("action_id", "attempt"),
)
