"""The life of a received report: open, then finished, retracted or expired. Pure; both clocks come in as arguments."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LIFETIME = timedelta(hours=24)
"""How long a report may stay open."""
GRACE = timedelta(hours=1)
"""How long it may stay open after the last upload or file description; the later of the two counts."""


class Stage(StrEnum):
    """Where a received report stands."""

    OPEN = "open"
    FINISHED = "finished"
    RETRACTED = "retracted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One uploaded file: its name, MD5 and size. The bytes are not kept."""

    id: str
    name: str
    md5: str
    size_bytes: int
    uploaded_at: datetime
    details: bytes | None = None


@dataclass(frozen=True, slots=True)
class ReceivedReport:
    """One report as the receiver has it. `touched_at` is the last upload or file description."""

    id: int
    account: str
    stage: Stage
    opened_at: datetime
    document: bytes
    batched: bool = False
    touched_at: datetime | None = None
    closed_at: datetime | None = None
    files: tuple[ReceivedFile, ...] = ()

    def find_file(self, file_id: str) -> ReceivedFile | None:
        """Return the file with this id."""
        return next((file for file in self.files if file.id == file_id), None)


def expires_at(report: ReceivedReport) -> datetime:
    """Return when an open report is deleted: 24 h after opening or 1 h after the last file work, whichever is later."""
    after_opening = report.opened_at + LIFETIME
    return after_opening if report.touched_at is None else max(after_opening, report.touched_at + GRACE)


def settle_expiry(report: ReceivedReport, now: datetime) -> ReceivedReport:
    """Return the report as it stands at `now`: an open one past its time is expired, its files gone."""
    if report.stage is Stage.OPEN and now >= expires_at(report):
        return replace(report, stage=Stage.EXPIRED, closed_at=expires_at(report), files=())
    return report


def judge_access(report: ReceivedReport | None, account: str) -> int:
    """Return 0 if the account may work on the report, else the code of the refusal.

    Unknown, expired and other people's reports look the same: 5001.
    """
    if report is None or report.account != account or report.stage is Stage.EXPIRED:
        return 5001
    return {Stage.RETRACTED: 5101, Stage.FINISHED: 5102}.get(report.stage, 0)
