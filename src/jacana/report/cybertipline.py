"""The port to a CyberTipline: the calls, their answers, the two ways to fail. Adapters: ncmec.py, memory.py.

A refusal is a clear answer; an unclear call may or may not have had its effect, and nobody may pretend to know.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from jacana.model.errors import JacanaError

SUCCESS = 0
AUTHENTICATION_REQUIRED = 2000
NOT_AUTHORISED = 3000
REPORT_UNKNOWN = 5001
ALREADY_RETRACTED = 5101
ALREADY_FINISHED = 5102
_TOO_MANY_REQUESTS, _SERVER_FAULT = 429, 500


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as read. `code` is the response code, `file_ids` the finished list, `raw` the bytes of the body."""

    code: int
    description: str
    report_id: int | None
    file_id: str | None
    hash: str | None
    file_ids: tuple[str, ...] | None
    raw: bytes
    http_status: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    """The answer to an upload beside what was really sent: its MD5 in hex and its size in bytes."""

    answer: Answer
    sent_md5: str
    sent_bytes: int


class Advice(StrEnum):
    """What a refusal asks the client to do (reference section 1.4)."""

    RETRY = "retry"
    RETRY_FILE = "retry_file"
    RESTART = "restart"
    PAGE = "page"
    """Stop all filing: the account or its rights are wrong; an operator must act."""
    STOP = "stop"
    FILED = "filed"


_ADVICE = {
    1000: Advice.RETRY,
    1100: Advice.RETRY,
    1110: Advice.RETRY_FILE,
    1111: Advice.RETRY_FILE,
    1210: Advice.STOP,
    1300: Advice.RETRY,
    2000: Advice.PAGE,
    3000: Advice.PAGE,
    3100: Advice.PAGE,
    3300: Advice.PAGE,
    4000: Advice.STOP,
    4100: Advice.STOP,
    4110: Advice.STOP,
    4200: Advice.STOP,
    REPORT_UNKNOWN: Advice.RESTART,
    5002: Advice.RESTART,
    ALREADY_RETRACTED: Advice.RESTART,
    ALREADY_FINISHED: Advice.FILED,
}
_BY_THOUSANDS = {1: Advice.RETRY, 2: Advice.PAGE, 3: Advice.PAGE}


def advise(code: int) -> Advice:
    """Return what to do about a response code; an unknown one is judged by its thousands digit, else it stops."""
    return _ADVICE.get(code) or _BY_THOUSANDS.get(code // 1000, Advice.STOP)


class CyberTipCallError(JacanaError):
    """A call to the CyberTipline did not succeed. Carries what support asks for: HTTP status and Request-ID."""

    code = "report.call_failed"

    def __init__(self, message: str, *, http_status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.request_id = request_id


class CyberTipRefusedError(CyberTipCallError):
    """The receiver said no, with a response code. Unless `nothing_begun`, what it began may have had its effect.

    `answer` is what it said, or None where it said so by HTTP status alone. `description` may quote the document, so it
    goes to a person and never to a log.
    """

    code = "report.refused"

    def __init__(self, answer: Answer) -> None:
        super().__init__(
            f"the CyberTipline refused with code {answer.code}",
            http_status=answer.http_status,
            request_id=answer.request_id,
        )
        self.answer = answer
        self.advice = advise(answer.code)

    @property
    def nothing_begun(self) -> bool:
        """Whether the answer proves that the work was not begun.

        A fault of the server (any 1xxx, "server error", "save failed"; HTTP 500 and up) is no such proof, because it
        may have happened after the work was done. "Too many requests" is, whatever its body says.
        """
        if self.answer.http_status == _TOO_MANY_REQUESTS:
            return True
        return self.answer.code // 1000 != 1 and (self.answer.http_status or 0) < _SERVER_FAULT


class CyberTipUnreachableError(CyberTipCallError):
    """No connection could be made: nothing was sent, so nothing can have happened."""

    code = "report.unreachable"
    retryable = True


class CyberTipUnclearError(CyberTipCallError):
    """No answer, or none that can be trusted: the call may or may not have had its effect."""

    code = "report.unclear"
    retryable = True


class CyberTipline(Protocol):
    """A receiver of reports. Every call that does not succeed raises one of the three CyberTipCallErrors."""

    def status(self) -> Answer:
        """Check connection and log-in."""
        ...

    def submit(self, document: bytes) -> Answer:
        """Open a report with a `<report>` document; the answer has `report_id`. Not idempotent."""
        ...

    def upload(self, report_id: int, file_name: str, size_bytes: int, chunks: Iterator[bytes]) -> UploadAnswer:
        """Send one file's bytes, exactly `size_bytes` of them; the answer has `file_id` and `hash` (MD5)."""
        ...

    def describe_file(self, document: bytes) -> Answer:
        """Send the `<fileDetails>` document of an uploaded file; at most once for each file."""
        ...

    def finish(self, report_id: int) -> Answer:
        """Close the report for good; the answer's bytes are the receipt and it lists the file ids."""
        ...

    def retract(self, report_id: int) -> Answer:
        """Withdraw a report that is neither finished nor expired."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...
