"""Reports to an authority, their files, and every call made for them."""

import sqlalchemy as sa

from jacana.db.columns import BigId, Moment, id_column, metadata

report_reports = sa.Table(
    "report_reports",
    metadata,
    id_column(),
    sa.Column("case_id", sa.String(64), nullable=False),
    sa.Column("account_id", sa.String(200), nullable=False),
    sa.Column("draft_key", sa.String(240), unique=True, comment="case id while a draft may still take files"),
    sa.Column("state", sa.String(24), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("environment", sa.String(16), comment="fixed at approval; never changes after"),
    sa.Column("endpoint", sa.String(400), comment="base URL, fixed with the environment"),
    sa.Column("esp_user", sa.String(200), comment="the CyberTipline account it is filed under"),
    sa.Column("facts", sa.JSON, comment="the recorded facts, frozen at approval; sealed, base64"),
    sa.Column("document", sa.LargeBinary, comment="the XML exactly as submitted, sealed"),
    sa.Column("facts_sha256", sa.String(64), comment="of the facts as approved; the audit log has it too"),
    sa.Column("document_sha256", sa.String(64), comment="of the XML as approved; the audit log has it too"),
    sa.Column("remote_id", sa.BigInteger, comment="NCMEC's report id"),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("lease_until", Moment),
    sa.Column("problem", sa.LargeBinary, comment="sealed: the receiver's words may quote the document"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0", comment="tries since the last progress"),
    sa.Column("failing_since", Moment),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("approved_by", sa.String(64)),
    sa.Column("approved_at", Moment),
    sa.Column("submitted_at", Moment),
    sa.Column("filed_at", Moment),
    sa.Column("receipt", sa.LargeBinary, comment="the bytes of the finish answer"),
    sa.Column("receipt_complete", sa.Boolean, comment="false if only the answer 'already finished' is left"),
    sa.Index(None, "case_id"),
    sa.Index(None, "state"),
)

report_files = sa.Table(
    "report_files",
    metadata,
    id_column(),
    sa.Column("report_id", sa.ForeignKey("report_reports.id"), nullable=False),
    sa.Column("upload_id", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("remote_id", sa.String(64)),
    sa.Column("md5_answer", sa.String(64)),
    sa.Column("uploaded_at", Moment),
    sa.Column("described_at", Moment),
    sa.UniqueConstraint("report_id", "upload_id"),
)

report_calls = sa.Table(
    "report_calls",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("report_id", sa.String(64), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("remote_id", sa.BigInteger, comment="NCMEC's report id, where one was known"),
    sa.Column("endpoint", sa.String(40), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("http_status", sa.Integer),
    sa.Column("response_code", sa.Integer),
    sa.Column("request_id", sa.String(120), comment="NCMEC's Request-ID header"),
    sa.Column("problem", sa.LargeBinary, comment="sealed: the receiver's words may quote the document"),
    sa.Index(None, "report_id"),
)
