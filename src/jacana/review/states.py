"""The rules of a case: who may hold it, when a form counts, what waits for eyes and in which order. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from jacana.model.verdict import Verdict
from jacana.review.accounts.items import AccountItem
from jacana.review.cases import (
    CaseFile,
    CaseHead,
    CaseItem,
    CaseState,
    DecisionForm,
    ItemState,
    Lease,
    QueueRow,
    ReviewDecision,
)
from jacana.review.errors import (
    CaseClosedError,
    CaseLeasedError,
    CaseStaleError,
    DecisionFormInvalidError,
    LeaseLostError,
)
from jacana.review.lanes import LANE_RANK

REASON_MIN_LENGTH = 3
REASON_MAX_LENGTH = 2_000


def grant_lease(head: CaseHead, user_id: str, now: datetime, lease_seconds: int) -> Lease:
    """Return the lease the person gets: the live one renewed, or a new one under the next token.

    Raises CaseClosedError, CaseLeasedError.
    """
    _require_open(head)
    live = head.leased_at(now)
    if live and head.leased_by != user_id:
        raise CaseLeasedError("somebody else holds the case")
    token = head.lease_token if live else head.lease_token + 1
    return Lease(head.id, user_id, token, now + timedelta(seconds=lease_seconds), head.version)


def check_lease(head: CaseHead, user_id: str, token: int, now: datetime) -> None:
    """Raise CaseClosedError or LeaseLostError unless the person holds the case under this token."""
    _require_open(head)
    if not head.leased_at(now) or head.leased_by != user_id or head.lease_token != token:
        raise LeaseLostError("you no longer hold the case; take it again")


def check_version(head: CaseHead, version: int) -> None:
    """Raise CaseStaleError if the case changed after the form was shown."""
    if head.version != version:
        raise CaseStaleError("the case changed since you looked at it; look again")


def check_form(form: DecisionForm) -> None:
    """Raise DecisionFormInvalidError naming the field that is missing or does not fit."""
    check_reason(form.reason)
    if form.classification is not None and form.verdict is not Verdict.CONFIRMED:
        raise DecisionFormInvalidError(
            "only a confirmed file is classified", field="classification", remedy="leave it empty"
        )


def check_reason(reason: str) -> None:
    """Raise DecisionFormInvalidError if there is no reason, or too long a one."""
    if not REASON_MIN_LENGTH <= len(reason.strip()) <= REASON_MAX_LENGTH:
        raise DecisionFormInvalidError(
            "a verdict needs a reason",
            field="reason",
            remedy=f"write {REASON_MIN_LENGTH} to {REASON_MAX_LENGTH} characters",
        )


def check_classified(form: DecisionForm, viewed_whole: bool) -> None:
    """Raise DecisionFormInvalidError for a classification by somebody who has not seen the whole file.

    A report passes it on as this person's finding (`industryClassification`).
    """
    if form.classification is not None and not viewed_whole:
        raise DecisionFormInvalidError(
            "only somebody who has seen the whole file classifies it",
            field="classification",
            remedy="look at all of it first, or leave the classification empty",
        )


def order_key(head: CaseHead) -> tuple[int, datetime, datetime, str]:
    """Return what the queue is sorted by: worst lane, then due first, then opened first."""
    return LANE_RANK[head.lane], head.due_at, head.opened_at, head.id


def find_leaders(heads: Iterable[CaseHead], items: Iterable[CaseItem]) -> dict[str, str]:
    """Return, for each file that waits somewhere, the open case that is first in the queue with it.

    That case is where a person looks; the verdict given there settles every copy.
    """
    rank = {head.id: order_key(head) for head in heads}
    leaders: dict[str, str] = {}
    for item in items:
        if item.verdict is None and item.case_id in rank:
            leader = leaders.setdefault(item.sha256, item.case_id)
            if rank[item.case_id] < rank[leader]:
                leaders[item.sha256] = item.case_id
    return leaders


def mark_coverage(item: CaseItem, leaders: Mapping[str, str]) -> CaseItem:
    """Return the item with `view_needed` and `covered_by` set from its live verdict and the queue."""
    if item.live is not None:
        other = item.live.case_id
        return replace(item, view_needed=False, covered_by=other if other != item.case_id else None)
    leader = leaders.get(item.sha256, item.case_id)
    ahead = leader != item.case_id
    return replace(item, view_needed=item.verdict is None and not ahead, covered_by=leader if ahead else None)


def order_queue(
    heads: Sequence[CaseHead], items: Iterable[CaseItem], now: datetime, accounts: Iterable[AccountItem] = ()
) -> list[QueueRow]:
    """Return the rows of the queue. `items` and `accounts` are all of these open cases, each with its live verdict."""
    items = list(items)
    leaders = find_leaders(heads, items)
    by_case: defaultdict[str, list[CaseItem]] = defaultdict(list)
    for item in items:
        by_case[item.case_id].append(mark_coverage(item, leaders))
    asked: defaultdict[str, list[ItemState]] = defaultdict(list)
    for account in accounts:
        asked[account.case_id].append(account.state)
    return [_build_row(head, by_case[head.id], asked[head.id], now) for head in sorted(heads, key=order_key)]


@dataclass(frozen=True, slots=True)
class Copies:
    """Open cases and their waiting items that hold the identical bytes as some case."""

    heads: tuple[CaseHead, ...]
    items: tuple[CaseItem, ...]


def build_file(
    head: CaseHead, items: Iterable[CaseItem], copies: Copies, decisions: Iterable[ReviewDecision], now: datetime
) -> CaseFile:
    """Return the case with its items marked and in order of arrival."""
    leaders = find_leaders(copies.heads, copies.items)
    marked = tuple(mark_coverage(item, leaders) for item in items)
    view_needed, covered_by = _sum_coverage(marked)
    return CaseFile(head, marked, tuple(decisions), is_overdue(head, now), view_needed, covered_by)


def is_overdue(head: CaseHead, now: datetime) -> bool:
    """Return whether the case's clock ran out, or had when it closed."""
    return (head.closed_at or now) > head.due_at


def _build_row(head: CaseHead, items: Sequence[CaseItem], asked: Sequence[ItemState], now: datetime) -> QueueRow:
    """Return one row; `asked` is where the accounts of the case stand. An account needs no view."""
    view_needed, covered_by = _sum_coverage(items)
    stood = [*(item.state for item in items), *asked]
    leased = head.leased_at(now)
    return QueueRow(
        case_id=head.id,
        account_id=head.account_id,
        lane=head.lane,
        opened_at=head.opened_at,
        due_at=head.due_at,
        overdue=is_overdue(head, now),
        item_count=len(stood),
        undecided_count=stood.count(ItemState.UNDECIDED),
        pending_count=stood.count(ItemState.PENDING),
        view_needed=view_needed,
        leased_by=head.leased_by if leased else None,
        lease_until=head.lease_until if leased else None,
        version=head.version,
        covered_by=None if ItemState.UNDECIDED in asked else covered_by,
        account_count=len(asked),
    )


def _sum_coverage(items: Sequence[CaseItem]) -> tuple[bool, str | None]:
    if any(item.view_needed for item in items):
        return True, None
    waiting = (item.covered_by for item in items if item.verdict is None and item.covered_by)
    return False, next(waiting, None)


def _require_open(head: CaseHead) -> None:
    if head.state is not CaseState.OPEN:
        raise CaseClosedError("everything in the case has its verdict")
