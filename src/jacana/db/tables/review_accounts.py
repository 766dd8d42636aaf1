"""Accounts in cases, where there is no file to decide about, and people's verdicts on them."""

import sqlalchemy as sa

from jacana.db.columns import Moment, id_column, metadata

review_account_items = sa.Table(
    "review_account_items",
    metadata,
    id_column(),
    sa.Column("case_id", sa.ForeignKey("review_cases.id"), nullable=False),
    sa.Column("account_id", sa.String(200), nullable=False),
    sa.Column("finding_ids", sa.JSON, nullable=False, comment="findings before the person, in order of arrival"),
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("verdict", sa.String(12), comment="the applied verdict"),
    sa.Column("decision_id", sa.String(64)),
    sa.UniqueConstraint("case_id", "account_id"),
    sa.Index(None, "account_id"),
)

review_account_decisions = sa.Table(
    "review_account_decisions",
    metadata,
    id_column(),
    sa.Column("case_id", sa.ForeignKey("review_cases.id"), nullable=False),
    sa.Column("account_id", sa.String(200), nullable=False),
    sa.Column("verdict", sa.String(12), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("finding_ids", sa.JSON, nullable=False, comment="the findings that were on the page"),
    sa.Column("user_id", sa.String(64), nullable=False),
    sa.Column("decided_at", Moment, nullable=False),
    sa.Column("applies_at", Moment, nullable=False, comment="end of the undo window"),
    sa.Column("applied_at", Moment),
    sa.Column("undone_at", Moment),
    sa.Column("undone_by", sa.String(64)),
    sa.Column("undone_reason", sa.Text),
    sa.Column("overturned_at", Moment),
    sa.Column("overturned_by", sa.String(64)),
    sa.Column("overturned_reason", sa.Text),
    sa.Column("live_key", sa.String(64), unique=True, comment="the item's id until undone or overturned"),
    sa.Index(None, "account_id"),
    sa.Index(None, "case_id"),
)
