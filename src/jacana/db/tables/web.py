"""Console users and their sessions."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

web_users = sa.Table(
    "web_users",
    metadata,
    id_column(),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("role", sa.String(12), nullable=False),
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("disabled_at", Moment),
    sa.Column("failed_logins", sa.Integer, nullable=False),
    sa.Column("locked_until", Moment),
    sa.Column("known_addresses", sa.JSON, nullable=False, comment="keyed hashes of addresses that logged in before"),
)

web_sessions = sa.Table(
    "web_sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("web_users.id"), nullable=False),
    sa.Column("csrf_token", sa.String(64), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
)
