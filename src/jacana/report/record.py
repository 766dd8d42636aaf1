"""What is stored of a report: the row, its files, and every call made for it."""

from dataclasses import dataclass
from datetime import datetime

from jacana.report.facts import ReportFacts
from jacana.report.states import Filing, ReportState


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One file of a report; the remote fields belong to the current attempt."""

    id: str
    upload_id: str
    sha256: str
    position: int
    remote_id: str | None = None
    md5_answer: str | None = None
    uploaded_at: datetime | None = None
    described_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `facts` and `document` are there from approval on; `version` grows with each change a person sees."""

    id: str
    case_id: str
    account_id: str
    state: ReportState
    version: int
    environment: str | None
    endpoint: str | None
    esp_user: str | None
    facts: ReportFacts | None
    document: bytes | None
    facts_sha256: str | None
    document_sha256: str | None
    """SHA-256 in hex of facts and document as approved; the audit log holds them too."""
    remote_id: int | None
    attempt: int
    """How many submits began."""
    fence: int
    lease_until: datetime | None
    problem: str | None
    failures: int
    failing_since: datetime | None
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    submitted_at: datetime | None
    filed_at: datetime | None
    receipt: bytes | None
    """The bytes of the finish answer: the notification of 18 USC 2258A(h)(1)."""
    receipt_complete: bool | None
    """False if the report was found finished after a crash and only that answer is left."""
    files: tuple[ReportFile, ...]

    @property
    def filing(self) -> Filing:
        """The part of the row that `states` guards."""
        return Filing(self.state, self.environment, self.remote_id, self.attempt)


@dataclass(frozen=True, slots=True)
class ReportCall:
    """One call to the CyberTipline. `request_id` is what NCMEC asks for in support mail."""

    endpoint: str
    at: datetime
    attempt: int = 0
    remote_id: int | None = None
    http_status: int | None = None
    response_code: int | None = None
    request_id: str | None = None
    problem: str | None = None
