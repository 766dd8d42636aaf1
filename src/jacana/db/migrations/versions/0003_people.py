"""The ledger, cases, reports, console users."""

import sqlalchemy as sa
from alembic import op

from jacana.db.columns import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "act_actions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("target_kind", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=True),
        sa.Column("cause", sa.String(length=64), nullable=False, comment="decision or review decision id"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("outbox_id", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("delivered_at", Moment(), nullable=True),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("answer_excerpt", sa.String(length=500), nullable=True),
        sa.Column("reverses", sa.String(length=64), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="order within the target"),
        sa.Column(
            "receipt_hold_id", sa.String(length=64), nullable=True, comment="vault hold that proves preservation"
        ),
        sa.Column("attempts_allowed", sa.Integer(), nullable=False, comment="dead once this many have failed"),
        sa.Column(
            "sending_since",
            Moment(),
            nullable=True,
            comment="set before the network is called, null once its answer is recorded",
        ),
        sa.Column("superseded_by", sa.String(length=64), nullable=True, comment="later action on the same target"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_actions")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_act_actions_dedupe_key")),
        sa.UniqueConstraint(
            "target_kind", "target_id", "sequence", name=op.f("uq_act_actions_target_kind_target_id_sequence")
        ),
    )
    op.create_index(op.f("ix_act_actions_account_id"), "act_actions", ["account_id"], unique=False)
    op.create_index(op.f("ix_act_actions_state"), "act_actions", ["state"], unique=False)
    op.create_index(op.f("ix_act_actions_upload_id"), "act_actions", ["upload_id"], unique=False)
    op.create_table(
        "report_calls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("remote_id", sa.BigInteger(), nullable=True, comment="NCMEC's report id, where one was known"),
        sa.Column("endpoint", sa.String(length=40), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("response_code", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.String(length=120), nullable=True, comment="NCMEC's Request-ID header"),
        sa.Column(
            "problem",
            sa.LargeBinary(),
            nullable=True,
            comment="sealed: the receiver's words may quote the document",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_calls")),
    )
    op.create_index(op.f("ix_report_calls_report_id"), "report_calls", ["report_id"], unique=False)
    op.create_table(
        "report_reports",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column(
            "draft_key", sa.String(length=240), nullable=True, comment="case id while a draft may still take files"
        ),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(length=16), nullable=True, comment="fixed at approval; never changes after"),
        sa.Column("endpoint", sa.String(length=400), nullable=True, comment="base URL, fixed with the environment"),
        sa.Column(
            "esp_user", sa.String(length=200), nullable=True, comment="the CyberTipline account it is filed under"
        ),
        sa.Column("facts", sa.JSON(), nullable=True, comment="the recorded facts, frozen at approval; sealed, base64"),
        sa.Column("document", sa.LargeBinary(), nullable=True, comment="the XML exactly as submitted, sealed"),
        sa.Column(
            "facts_sha256",
            sa.String(length=64),
            nullable=True,
            comment="of the facts as approved; the audit log has it too",
        ),
        sa.Column(
            "document_sha256",
            sa.String(length=64),
            nullable=True,
            comment="of the XML as approved; the audit log has it too",
        ),
        sa.Column("remote_id", sa.BigInteger(), nullable=True, comment="NCMEC's report id"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column(
            "problem",
            sa.LargeBinary(),
            nullable=True,
            comment="sealed: the receiver's words may quote the document",
        ),
        sa.Column(
            "failures", sa.Integer(), server_default="0", nullable=False, comment="tries since the last progress"
        ),
        sa.Column("failing_since", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("submitted_at", Moment(), nullable=True),
        sa.Column("filed_at", Moment(), nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=True, comment="the bytes of the finish answer"),
        sa.Column(
            "receipt_complete",
            sa.Boolean(),
            nullable=True,
            comment="false if only the answer 'already finished' is left",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_reports")),
        sa.UniqueConstraint("draft_key", name=op.f("uq_report_reports_draft_key")),
    )
    op.create_index(op.f("ix_report_reports_case_id"), "report_reports", ["case_id"], unique=False)
    op.create_index(op.f("ix_report_reports_state"), "report_reports", ["state"], unique=False)
    op.create_table(
        "review_cases",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("lane", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="open or closed"),
        sa.Column(
            "open_key", sa.String(length=240), nullable=True, comment="account and lane while open; null once closed"
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=False, comment="fencing token: grows with every lease"),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_cases")),
        sa.UniqueConstraint("open_key", name=op.f("uq_review_cases_open_key")),
    )
    op.create_index(op.f("ix_review_cases_state_due_at"), "review_cases", ["state", "due_at"], unique=False)
    op.create_table(
        "review_views",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column(
            "seen_seconds", sa.Float(), nullable=False, comment="distinct seconds of the file that were revealed"
        ),
        sa.Column(
            "revealed_ms", sa.BigInteger(), nullable=False, comment="wall time revealed: the reviewer's exposure"
        ),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column(
            "whole_entry",
            sa.BigInteger(),
            nullable=True,
            comment="audit position of the media.seen_whole that proves `whole`",
        ),
        sa.Column("ranges", sa.JSON(), nullable=False),
        sa.Column("served", sa.JSON(), nullable=False, comment="ranges of bytes that were really sent, end-exclusive"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_views")),
    )
    op.create_index(op.f("ix_review_views_sha256"), "review_views", ["sha256"], unique=False)
    op.create_table(
        "web_users",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("disabled_at", Moment(), nullable=True),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", Moment(), nullable=True),
        sa.Column(
            "known_addresses",
            sa.JSON(),
            nullable=False,
            comment="keyed hashes of addresses that logged in before",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_users")),
        sa.UniqueConstraint("name", name=op.f("uq_web_users_name")),
    )
    op.create_table(
        "act_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("action_id", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["act_actions.id"], name=op.f("fk_act_attempts_action_id_act_actions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_attempts")),
        sa.UniqueConstraint("action_id", "attempt", name=op.f("uq_act_attempts_action_id_attempt")),
    )
    op.create_table(
        "report_files",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("report_id", sa.String(length=64), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(length=64), nullable=True),
        sa.Column("md5_answer", sa.String(length=64), nullable=True),
        sa.Column("uploaded_at", Moment(), nullable=True),
        sa.Column("described_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report_reports.id"], name=op.f("fk_report_files_report_id_report_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_files")),
        sa.UniqueConstraint("report_id", "upload_id", name=op.f("uq_report_files_report_id_upload_id")),
    )
    op.create_table(
        "review_decisions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("classification", sa.String(length=4), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("viewed_whole", sa.Boolean(), nullable=False, comment="from review_views, never from the form"),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("applies_at", Moment(), nullable=False, comment="end of the undo window"),
        sa.Column("applied_at", Moment(), nullable=True),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("undone_by", sa.String(length=64), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=True),
        sa.Column(
            "live_key", sa.String(length=64), nullable=True, comment="the sha256 until undone: one live verdict a file"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["review_cases.id"], name=op.f("fk_review_decisions_case_id_review_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_decisions")),
        sa.UniqueConstraint("live_key", name=op.f("uq_review_decisions_live_key")),
    )
    op.create_index(op.f("ix_review_decisions_sha256"), "review_decisions", ["sha256"], unique=False)
    op.create_table(
        "web_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["web_users.id"], name=op.f("fk_web_sessions_user_id_web_users")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_sessions")),
    )
    op.create_table(
        "review_items",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=True),
        sa.Column(
            "decision_id",
            sa.String(length=64),
            nullable=True,
            comment="review decision that settled it, possibly of another case",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["review_cases.id"], name=op.f("fk_review_items_case_id_review_cases")),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["ingest_uploads.id"], name=op.f("fk_review_items_upload_id_ingest_uploads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_items")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_review_items_upload_id")),
    )
    op.create_index(op.f("ix_review_items_case_id"), "review_items", ["case_id"], unique=False)
    op.create_index(op.f("ix_review_items_sha256"), "review_items", ["sha256"], unique=False)
