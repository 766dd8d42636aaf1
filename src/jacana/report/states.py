"""The states of a report and the moves between them, as data. Pure: every other module asks here before it writes.

Holds four promises: filed is final; a report id never changes within an attempt; the environment never changes once it
is set; a report whose id is known is given up only after the receiver was asked, because it may be finished there. A
second submit is only reached through a clear refusal, a retract, the expiry of the first, or a person.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from jacana.model.errors import StateConflictError


class ReportStateConflictError(StateConflictError):
    """The report is not in a state that allows this."""

    code = "report.state_conflict"


class ReportState(StrEnum):
    """Where a report stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    SUBMITTING = "submitting"
    """Committed before the call: found after a crash, it means that a report may be open."""
    AMBIGUOUS = "ambiguous"
    """A submit had no clear answer; a report may be open whose id nobody knows."""
    OPEN = "open"
    UPLOADING = "uploading"
    FINISHING = "finishing"
    FILED = "filed"
    RETRACTED = "retracted"
    NEEDS_PERSON = "needs_person"


class ReportEvent(StrEnum):
    """What can happen to a report."""

    APPROVED = "approved"
    SUBMIT_BEGUN = "submit_begun"
    OPENED = "opened"
    REFUSED = "refused"
    """A clear answer that nothing was opened and that a later try may succeed."""
    UNCLEAR = "unclear"
    EXPIRY_PASSED = "expiry_passed"
    """So much time has passed that a report left open by an unclear submit is gone."""
    UPLOAD_BEGUN = "upload_begun"
    FINISH_BEGUN = "finish_begun"
    GONE = "gone"
    """The open report is known to be gone: retracted, or expired."""
    FINISHED = "finished"
    STOPPED = "stopped"
    """Only a person can go on."""
    RETRACTED = "retracted"
    """Given up without asking the receiver, where no id is known: discarded, withdrawn or stopped."""
    WITHDRAWN = "withdrawn"
    """Given up, and the receiver says that nothing of it is open or finished there."""
    SENT_AGAIN = "sent_again"
    """A person decided that it is to be filed again."""
    REDRAFTED = "redrafted"
    """A person sent it back for correction."""


FINAL = frozenset({ReportState.FILED, ReportState.RETRACTED})
IN_FLIGHT = frozenset(
    {
        ReportState.APPROVED,
        ReportState.SUBMITTING,
        ReportState.AMBIGUOUS,
        ReportState.OPEN,
        ReportState.UPLOADING,
        ReportState.FINISHING,
    }
)
"""States that filing moves on by itself."""

_S, _E = ReportState, ReportEvent
TRANSITIONS: dict[tuple[ReportState, ReportEvent], ReportState] = {
    (_S.DRAFT, _E.APPROVED): _S.APPROVED,
    (_S.DRAFT, _E.STOPPED): _S.NEEDS_PERSON,
    (_S.DRAFT, _E.FINISHED): _S.FILED,
    (_S.DRAFT, _E.RETRACTED): _S.RETRACTED,
    (_S.DRAFT, _E.WITHDRAWN): _S.RETRACTED,
    (_S.APPROVED, _E.SUBMIT_BEGUN): _S.SUBMITTING,
    (_S.APPROVED, _E.GONE): _S.APPROVED,
    (_S.APPROVED, _E.FINISHED): _S.FILED,
    (_S.APPROVED, _E.STOPPED): _S.NEEDS_PERSON,
    (_S.APPROVED, _E.RETRACTED): _S.RETRACTED,
    (_S.APPROVED, _E.WITHDRAWN): _S.RETRACTED,
    (_S.SUBMITTING, _E.OPENED): _S.OPEN,
    (_S.SUBMITTING, _E.REFUSED): _S.APPROVED,
    (_S.SUBMITTING, _E.UNCLEAR): _S.AMBIGUOUS,
    (_S.SUBMITTING, _E.STOPPED): _S.NEEDS_PERSON,
    (_S.AMBIGUOUS, _E.STOPPED): _S.NEEDS_PERSON,
    (_S.AMBIGUOUS, _E.EXPIRY_PASSED): _S.APPROVED,
    (_S.AMBIGUOUS, _E.SENT_AGAIN): _S.APPROVED,
    (_S.AMBIGUOUS, _E.RETRACTED): _S.RETRACTED,
    (_S.OPEN, _E.UPLOAD_BEGUN): _S.UPLOADING,
    (_S.OPEN, _E.FINISH_BEGUN): _S.FINISHING,
    (_S.UPLOADING, _E.FINISH_BEGUN): _S.FINISHING,
    (_S.NEEDS_PERSON, _E.SENT_AGAIN): _S.APPROVED,
    (_S.NEEDS_PERSON, _E.REDRAFTED): _S.DRAFT,
    (_S.NEEDS_PERSON, _E.FINISHED): _S.FILED,
    (_S.NEEDS_PERSON, _E.RETRACTED): _S.RETRACTED,
    (_S.NEEDS_PERSON, _E.WITHDRAWN): _S.RETRACTED,
} | {
    (state, event): after
    for state in (_S.OPEN, _S.UPLOADING, _S.FINISHING)
    for event, after in (
        (_E.GONE, _S.APPROVED),
        (_E.FINISHED, _S.FILED),
        (_E.STOPPED, _S.NEEDS_PERSON),
        (_E.WITHDRAWN, _S.RETRACTED),
    )
}


def advance(state: ReportState, event: ReportEvent) -> ReportState:
    """Return the state after `event`. Raises ReportStateConflictError if the event cannot happen in `state`."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise ReportStateConflictError(f"a report that is {state.value} cannot be {event.value}")
    return after


@dataclass(frozen=True, slots=True)
class Filing:
    """What the promises are about: the state, where the report goes, the id it has there, how many submits began."""

    state: ReportState
    environment: str | None = None
    remote_id: int | None = None
    attempt: int = 0


def apply_event(
    filing: Filing, event: ReportEvent, *, environment: str | None = None, remote_id: int | None = None
) -> Filing:
    """Return the filing after `event`.

    `environment` comes with APPROVED, `remote_id` with OPENED. Raises ReportStateConflictError for an illegal move, for
    another environment than the one that was set, and while a report id is still recorded, for a submit and for giving
    up; without one, nothing can have been finished.
    """
    after = replace(filing, state=advance(filing.state, event))
    if event is ReportEvent.APPROVED:
        if not environment or filing.environment not in (None, environment):
            raise ReportStateConflictError("the environment of a report cannot change once it was approved")
        return replace(after, environment=environment)
    if event is ReportEvent.SUBMIT_BEGUN:
        if filing.remote_id is not None:
            raise ReportStateConflictError("a report is still open at the receiver; it must be retracted first")
        return replace(after, attempt=filing.attempt + 1)
    if event is ReportEvent.OPENED:
        if remote_id is None:
            raise ReportStateConflictError("an opened report has an id")
        return replace(after, remote_id=remote_id)
    if event is ReportEvent.GONE:
        return replace(after, remote_id=None)
    _check_id(filing, event)
    return after


def _check_id(filing: Filing, event: ReportEvent) -> None:
    if event is ReportEvent.RETRACTED and filing.remote_id is not None:
        raise ReportStateConflictError("the report may be finished at the receiver; retract it instead")
    if event in (ReportEvent.FINISHED, ReportEvent.WITHDRAWN) and filing.remote_id is None:
        raise ReportStateConflictError("the receiver has given this report no id")
