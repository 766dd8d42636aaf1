"""What the review stage hands out: cases, items, leases, verdicts, views. Frozen; holds no media and no clock."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jacana.model.decision import Lane
from jacana.model.verdict import Classification, Verdict


class CaseState(StrEnum):
    """Whether anything in the case still waits for a verdict."""

    OPEN = "open"
    CLOSED = "closed"


class ItemState(StrEnum):
    """Where one item of a case stands."""

    UNDECIDED = "undecided"
    PENDING = "pending"
    """A verdict on the identical bytes is waiting out its undo window."""
    DECIDED = "decided"


class ViewPurpose(StrEnum):
    """Why a person looks at material."""

    DECIDE = "decide"
    RECHECK = "recheck"
    """A second look at a verdict that still can be undone."""


@dataclass(frozen=True, slots=True)
class CaseHead:
    """One case without its items: one account in one lane under one clock."""

    id: str
    account_id: str
    lane: Lane
    state: CaseState
    version: int
    """Grows with every change a reviewer must know of; forms carry it."""
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    leased_by: str | None
    lease_token: int
    """The last fencing token given out; 0 when the case was never leased."""
    lease_until: datetime | None

    def leased_at(self, now: datetime) -> bool:
        """Return whether somebody's lease is live."""
        return self.leased_by is not None and self.lease_until is not None and now < self.lease_until


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """A person's verdict on one file. It holds for every copy of the identical bytes."""

    id: str
    case_id: str
    sha256: str
    verdict: Verdict
    classification: Classification | None
    reason: str
    user_id: str
    viewed_whole: bool
    """Whether the view log says that this person had seen the whole file when deciding."""
    decided_at: datetime
    applies_at: datetime
    """End of the undo window."""
    applied_at: datetime | None = None
    undone_at: datetime | None = None

    @property
    def pending(self) -> bool:
        """Whether it is neither applied nor undone."""
        return self.applied_at is None and self.undone_at is None


@dataclass(frozen=True, slots=True)
class CaseItem:
    """One upload in a case."""

    case_id: str
    upload_id: str
    sha256: str
    added_at: datetime
    verdict: Verdict | None = None
    """The applied verdict."""
    decision_id: str | None = None
    live: ReviewDecision | None = None
    """The verdict on these bytes that is pending or applied, from whichever case it was given in."""
    view_needed: bool = False
    """False when the file has a verdict, or when a case ahead in the queue holds the identical bytes."""
    covered_by: str | None = None
    """That other case, if there is one."""

    @property
    def state(self) -> ItemState:
        """Return where the item stands."""
        if self.verdict is not None:
            return ItemState.DECIDED
        return ItemState.PENDING if self.live and self.live.pending else ItemState.UNDECIDED


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One open case as the queue lists it."""

    case_id: str
    account_id: str
    lane: Lane
    opened_at: datetime
    due_at: datetime
    overdue: bool
    item_count: int
    undecided_count: int
    """Items, files and accounts, without a verdict, pending ones not counted."""
    pending_count: int
    view_needed: bool
    leased_by: str | None
    """Only while the lease is live."""
    lease_until: datetime | None
    version: int
    covered_by: str | None
    """Another case whose verdict settles everything that waits here; set only when no view is needed."""
    account_count: int = 0
    """How many of the items are the account itself, not a file of it."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case with everything the review stage knows of it."""

    head: CaseHead
    items: tuple[CaseItem, ...]
    decisions: tuple[ReviewDecision, ...]
    """Verdicts given in this case, and those given elsewhere on its files, oldest first; undone ones included."""
    overdue: bool
    view_needed: bool
    covered_by: str | None

    @property
    def id(self) -> str:
        """Return the case id."""
        return self.head.id

    @property
    def version(self) -> int:
        """Return the version that forms carry."""
        return self.head.version

    @property
    def open(self) -> bool:
        """Whether something still waits for a verdict to be applied."""
        return self.head.state is CaseState.OPEN


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to decide a case until a moment. `token` fences: a later lease always has a higher one."""

    case_id: str
    user_id: str
    token: int
    until: datetime
    version: int
    """The case version at the moment of leasing."""


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """What a reviewer submits: the verdict on one file, and proof of having seen the case as it is."""

    case_id: str
    sha256: str
    verdict: Verdict
    classification: Classification | None
    reason: str
    user_id: str
    lease_token: int
    version: int


@dataclass(frozen=True, slots=True)
class View:
    """One logged look of one person at one file."""

    id: str
    user_id: str
    case_id: str
    sha256: str
    purpose: ViewPurpose
    started_at: datetime
    ended_at: datetime | None
    ranges: tuple[tuple[float, float], ...]
    """Seconds of the file that were revealed: disjoint, ascending."""
    seen_seconds: float
    revealed_ms: int
    """Wall time revealed: the person's exposure."""
    whole: bool
    """Whether the person came to have seen the whole file in this look, earlier looks at the same bytes included."""
    whole_entry: int | None = None
    """Position of the audit entry that says so; `whole` counts only with it."""
    served: tuple[tuple[float, float], ...] = ()
    """Bytes of the file that were sent for this look, end-exclusive: disjoint, ascending."""
