"""Bans of devices and accounts as the door asks them, and appeals against them."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

act_device_bans = sa.Table(
    "act_device_bans",
    metadata,
    id_column(),
    sa.Column("device_key", sa.String(64), nullable=False, comment="keyed hash, in the epoch of the last renewal"),
    sa.Column("tier", sa.Integer, nullable=False, comment="0 tag, 1 no new account, 2 verify again, 3 block"),
    sa.Column("account_id", sa.String(200), nullable=False),
    sa.Column("cause", sa.String(64), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("placed_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("ended_by", sa.String(120)),
    sa.Column("ended_because", sa.Text),
    sa.Column("placed_key", sa.String(64), nullable=False, comment="device_key when placed: what the network was told"),
    sa.Column("decided_by", sa.String(120), nullable=False, comment="who must not decide an appeal against it"),
    sa.Column("evidence", sa.JSON, nullable=False, comment="the counts that the tier rests on"),
    sa.Column("sequence", sa.BigInteger, nullable=False, comment="of the last change: what the door looks for"),
    sa.UniqueConstraint("device_key", "cause"),
    sa.Index(None, "sequence"),
    sa.Index(None, "account_id"),
    sa.Index(None, "state", "expires_at"),
    sa.Index(None, "cause"),
)

act_appeals = sa.Table(
    "act_appeals",
    metadata,
    id_column(),
    sa.Column("account_id", sa.String(200), nullable=False),
    sa.Column("ban_id", sa.String(64)),
    sa.Column("next_owner", sa.Boolean, nullable=False),
    sa.Column("text_sealed", sa.LargeBinary, comment="what they wrote"),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("decided_at", Moment),
    sa.Column("decided_by", sa.String(120)),
    sa.Column("decision_reason", sa.Text),
    sa.Column("device_key", sa.String(64), comment="of the device they were met on, if it was told"),
    sa.Column("opened_by", sa.String(120), nullable=False),
    sa.Index(None, "state", "opened_at"),
    sa.Index(None, "decided_at"),
    sa.Index(None, "account_id"),
)
