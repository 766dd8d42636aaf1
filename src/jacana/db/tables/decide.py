"""Recorded decisions."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

decide_decisions = sa.Table(
    "decide_decisions",
    metadata,
    id_column(),
    sa.Column("upload_id", sa.ForeignKey("ingest_uploads.id"), nullable=False),
    sa.Column("moment", sa.String(20), nullable=False, comment="upload or verdict"),
    sa.Column("cause", sa.String(64), nullable=False, comment="upload id, or the review decision's id"),
    sa.Column("policy_version", sa.String(80), nullable=False),
    sa.Column("fired", sa.JSON, nullable=False),
    sa.Column("effects", sa.JSON, nullable=False),
    sa.Column("withheld", sa.JSON, nullable=False),
    sa.Column("decided_at", Moment, nullable=False),
    sa.UniqueConstraint("upload_id", "moment", "cause"),
)

decide_account_decisions = sa.Table(
    "decide_account_decisions",
    metadata,
    id_column(),
    sa.Column("account_id", sa.String(200), nullable=False),
    sa.Column("moment", sa.String(20), nullable=False, comment="account or account_verdict"),
    sa.Column("cause", sa.String(64), nullable=False, comment="what was found, or the account review's id"),
    sa.Column("policy_version", sa.String(80), nullable=False),
    sa.Column("fired", sa.JSON, nullable=False),
    sa.Column("effects", sa.JSON, nullable=False),
    sa.Column("withheld", sa.JSON, nullable=False),
    sa.Column("decided_at", Moment, nullable=False),
    sa.UniqueConstraint("account_id", "moment", "cause"),
)
