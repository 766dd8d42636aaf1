"""One attempt to deliver: what happens in the transaction before the network is called and in the one after.

Works inside the caller's transaction and never talks to the network itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from jacana.act import ledger, store
from jacana.act.network import NetworkAnswer
from jacana.act.order import ActionOutOfTurnError, PreservationMissingError, require_preservation
from jacana.act.schedule import Judgement, choose_delay, judge_status
from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.model.action import Action, ActionState


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """Where an action stands after an attempt.

    While it is `pending` the next attempt is promised in the outbox already: the caller has nothing to do. `sent` says
    whether this call spoke to the network; `problem` is a stable code (`act.network_unreachable`, `http.503`).
    """

    action_id: str
    attempt: int
    state: ActionState
    sent: bool
    status: int | None = None
    problem: str | None = None
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one call of the network: its answer, or the code of why there is none."""

    action_id: str
    number: int
    answer: NetworkAnswer | None
    problem: str | None

    @property
    def status(self) -> int | None:
        """The HTTP status, or None without an answer."""
        return self.answer.status if self.answer else None

    @property
    def judgement(self) -> Judgement:
        """What it means for the action."""
        return judge_status(self.status)


def take_turn(connection: Connection, action_id: str, attempt: int, now: datetime) -> Action | DeliveryOutcome:
    """Mark the action as being sent and return it, or return the outcome that makes sending needless.

    Raises ActionUnknownError, and ActionOutOfTurnError if an earlier action on the target is not settled.
    """
    lock_log(connection)
    action = store.load_action(connection, action_id)
    if action.state is not ActionState.PENDING or action.attempts >= attempt:
        return _describe(action, attempt)
    blocking = ledger.find_blocking(connection, action)
    if blocking:
        raise ActionOutOfTurnError(f"{blocking.kind} {blocking.id} comes first on the same target")
    if action.superseded_by:  # a crash interrupted the sending, and meanwhile the action became moot
        return _describe(_give_up(connection, action, now), attempt)
    try:
        require_preservation(action.kind, action.receipt_hold_id)
    except PreservationMissingError as refusal:
        unsent = Attempt(action_id, attempt, None, refusal.code)
        return _describe(_bury(connection, action, unsent, now), attempt, problem=refusal.code)
    return store.update_action(connection, action_id, sending_since=now)


def record_answer(
    connection: Connection, attempt: Attempt, schedule: tuple[int, ...], now: datetime
) -> DeliveryOutcome:
    """Record what came of an attempt and what follows from it: delivered, dead, given up, or the next attempt."""
    lock_log(connection)
    action = store.load_action(connection, attempt.action_id)
    if action.state is not ActionState.PENDING or action.attempts >= attempt.number:
        return _describe(action, attempt.number, sent=True)  # another worker made and recorded the same attempt
    problem = attempt.problem
    if attempt.judgement is not Judgement.DELIVERED:
        problem = problem or f"http.{attempt.status}"
    store.record_attempt(connection, action.id, attempt.number, now, attempt.status, problem)
    action = store.update_action(
        connection,
        action.id,
        attempts=attempt.number,
        answer_status=attempt.status,
        answer_excerpt=attempt.answer.excerpt if attempt.answer else None,
        sending_since=None,
    )
    next_at = None
    _in_flight, allowed = store.load_delivery(connection, action.id)
    if attempt.judgement is Judgement.DELIVERED:
        action = _settle_delivered(connection, action, attempt, now)
    elif action.superseded_by:
        action = _give_up(connection, action, now)
    elif attempt.judgement is Judgement.REFUSED or attempt.number >= allowed:
        action = _bury(connection, action, attempt, now)
    else:
        failures = attempt.number - (allowed - len(schedule) - 1)
        wait = choose_delay(schedule, failures, attempt.answer.retry_after_seconds if attempt.answer else None)
        next_at = now + timedelta(seconds=wait)
        ledger.promise_attempt(connection, action, next_at)
    return _describe(action, attempt.number, sent=True, problem=problem, next_at=next_at)


def _settle_delivered(connection: Connection, action: Action, attempt: Attempt, now: datetime) -> Action:
    delivered = store.update_action(connection, action.id, state=ActionState.DELIVERED, delivered_at=now)
    details: dict[str, object] = {"attempt": attempt.number, "status": attempt.status}
    ledger.note(connection, now, "system", "action.delivered", delivered, details)
    ledger.promise_next(connection, delivered, now)
    return delivered


def _bury(connection: Connection, action: Action, attempt: Attempt, now: datetime) -> Action:
    dead = store.update_action(connection, action.id, state=ActionState.DEAD)
    problem = attempt.problem or f"http.{attempt.status}"
    details: dict[str, object] = {"attempt": attempt.number, "problem": problem}
    ledger.note(connection, now, "system", "action.dead", dead, details)
    ledger.promise_next(connection, dead, now)
    return dead


def _give_up(connection: Connection, action: Action, now: datetime) -> Action:
    cancelled = ledger.cancel_action(connection, action, now, superseded_by=action.superseded_by)
    ledger.promise_next(connection, cancelled, now)
    return cancelled


def _describe(
    action: Action,
    attempt: int,
    *,
    sent: bool = False,
    problem: str | None = None,
    next_at: datetime | None = None,
) -> DeliveryOutcome:
    return DeliveryOutcome(action.id, attempt, action.state, sent, action.answer_status, problem, next_at)
