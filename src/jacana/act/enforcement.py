"""Enforcement: puts orders into the ledger, delivers them to the network, reverses them, and keeps dead letters.

Each action has at most one effect at the network (its id is the webhook id), ends delivered, dead or cancelled, and
overtakes no earlier one on its target. Nothing is sent inside a transaction; nothing destructive without a receipt.
"""

from collections.abc import Sequence

from jacana.act import ledger, store
from jacana.act.delivery import Attempt, DeliveryOutcome, record_answer, take_turn
from jacana.act.network import Network, NetworkAnswer
from jacana.act.order import (
    ActionAlreadyReversedError,
    ActionNotDeadError,
    ActionOvertakenError,
    Order,
    find_standing,
    require_preservation,
)
from jacana.audit import lock_log
from jacana.db.engine import Connection, Database
from jacana.model.action import INVERSE, Action, ActionKind, ActionState, TargetKind
from jacana.model.clock import Clock
from jacana.model.errors import JacanaError
from jacana.model.fault import fault
from jacana.model.ids import new_id
from jacana.model.preservation import PreservationReceipt

__all__ = ["DeliveryOutcome", "Enforcement", "Order"]


class Enforcement:
    """The enforcement ledger over one database and one network. `schedule`: seconds between attempts."""

    def __init__(self, db: Database, network: Network, clock: Clock, schedule: tuple[int, ...]) -> None:
        self._db = db
        self._network = network
        self._clock = clock
        self._schedule = schedule

    def order(self, connection: Connection, orders: Sequence[Order]) -> list[Action]:
        """Enter orders and promise their delivery, all in the caller's transaction; return their actions in order.

        An order that was entered before (same kind, target and cause) adds nothing and returns the action it made.
        Raises PreservationMissingError before entering any, if a destructive one has no receipt.
        """
        for order in orders:
            require_preservation(order.kind, order.receipt.hold_id if order.receipt else None)
        lock_log(connection)
        return [
            store.find_ordered(connection, order.dedupe_key()) or self._enter(connection, order, order.dedupe_key())
            for order in orders
        ]

    def deliver(self, action_id: str, attempt: int) -> DeliveryOutcome:
        """Make one attempt to deliver, in two transactions with the network call between them.

        Safe to repeat after a crash anywhere: an attempt that is recorded is not made again. After a failure the next
        attempt is promised, or the action is dead. Raises ActionUnknownError, ActionOutOfTurnError.
        """
        with self._db.write() as connection:
            turn = take_turn(connection, action_id, attempt, self._clock())
        if isinstance(turn, DeliveryOutcome):
            return turn
        fault("act.before_send")
        answer, problem = self._send(turn)
        fault("act.after_send")
        with self._db.write() as connection:
            return record_answer(
                connection, Attempt(action_id, attempt, answer, problem), self._schedule, self._clock()
            )

    def reverse(
        self,
        connection: Connection,
        action_id: str,
        actor: str,
        reason: str,
        receipt: PreservationReceipt | None = None,
    ) -> Action:
        """Undo an action, once: order its inverse and return that, or cancel it if the network cannot know of it yet.

        Raises ActionAlreadyReversedError, ActionOvertakenError if a later instruction for the target stands,
        PreservationMissingError if the inverse is destructive and there is no receipt.
        """
        lock_log(connection)
        now = self._clock()
        action = store.load_action(connection, action_id)
        _refuse_reversal(connection, action)
        if _is_unheard(connection, action):
            ledger.note(connection, now, actor, "action.reversed", action, {})
            cancelled = ledger.cancel_action(connection, action, now)
            ledger.promise_next(connection, action, now)
            return cancelled
        inverse = INVERSE[action.kind]
        require_preservation(inverse, receipt.hold_id if receipt else None)
        order = Order(
            kind=inverse,
            target_kind=action.target_kind,
            target_id=action.target_id,
            account_id=action.account_id,
            upload_id=action.upload_id,
            cause=action.id,
            reason=reason,
            rule=None,
            decided_by=actor,
            receipt=receipt,
            tier=action.tier,
        )
        reversal = self._enter(connection, order, None, reverses=action.id)
        ledger.note(connection, now, actor, "action.reversed", action, {"by": reversal.id})
        return reversal

    def load_action(self, connection: Connection, action_id: str) -> Action:
        """Return one action. Raises ActionUnknownError."""
        return store.load_action(connection, action_id)

    def last_instruction(
        self,
        connection: Connection,
        target_kind: TargetKind,
        target_id: str,
        like: ActionKind = ActionKind.SUSPEND_ACCOUNT,
    ) -> Action | None:
        """Return the newest action on a target that was not cancelled: what the network shows once all is delivered.

        Each instruction sets its target's state outright, so this alone says in what state the target should be. Of an
        account, `like=FORCE_REAUTH` asks whether people must prove who they are, anything else where it stands.
        """
        given = store.list_target(connection, target_kind, target_id, like)
        return next((action for action in reversed(given) if action.state is not ActionState.CANCELLED), None)

    def list_actions(
        self,
        connection: Connection,
        *,
        upload_id: str | None = None,
        account_id: str | None = None,
        cause: str | None = None,
    ) -> list[Action]:
        """Return actions that match every given value, oldest first."""
        return store.list_by(connection, upload_id=upload_id, account_id=account_id, cause=cause)

    def find_overtaking(self, connection: Connection, action: Action) -> Action | None:
        """Return the later instruction for the same target that stands instead of this one."""
        if action.superseded_by:
            return store.load_action(connection, action.superseded_by)
        given = store.list_rival_actions(connection, action)
        return find_standing([other for other in given if other.sequence > action.sequence])

    def explain_silence(self, connection: Connection, action_id: str) -> str | None:
        """Return the error code of the last attempt, if that ended without an answer from the network."""
        tried = store.list_attempts(connection, action_id)
        return tried[-1][3] if tried and tried[-1][2] is None else None

    def list_dead(self, connection: Connection) -> list[Action]:
        """Return the dead letters: actions the network refused or never answered for, oldest first.

        One that a later instruction for its target made moot needs nobody and is left out.
        """
        dead = store.list_in_state(connection, ActionState.DEAD)
        return [action for action in dead if action.superseded_by is None]

    def retry_dead(self, connection: Connection, action_id: str, actor: str) -> Action:
        """Give a dead action a whole new run of attempts, starting now.

        Raises ActionUnknownError, ActionNotDeadError, ActionOvertakenError, PreservationMissingError.
        """
        lock_log(connection)
        action = store.load_action(connection, action_id)
        if action.state is not ActionState.DEAD:
            raise ActionNotDeadError(f"action {action_id} is {action.state}, not dead")
        require_preservation(action.kind, action.receipt_hold_id)
        if action.superseded_by:
            raise ActionOvertakenError(f"{action.superseded_by} was given later for the same target")
        now = self._clock()
        allowed = action.attempts + len(self._schedule) + 1
        revived = store.update_action(connection, action_id, state=ActionState.PENDING, attempts_allowed=allowed)
        ledger.note(connection, now, actor, "action.retried", action, {"attempts": action.attempts})
        return ledger.enter_turn(connection, revived, now)

    def _enter(
        self, connection: Connection, order: Order, dedupe_key: str | None, reverses: str | None = None
    ) -> Action:
        now, action_id = self._clock(), new_id("act")
        action = store.insert_action(
            connection,
            action_id,
            order,
            dedupe_key=dedupe_key or f"reversal|{action_id}",
            attempts_allowed=len(self._schedule) + 1,
            now=now,
            reverses=reverses,
        )
        facts = {"cause": order.cause, "rule": order.rule, "hold": action.receipt_hold_id, "reverses": reverses}
        details: dict[str, object] = {name: value for name, value in facts.items() if value}
        ledger.note(connection, now, order.decided_by, "action.ordered", action, details)
        return ledger.enter_turn(connection, action, now)

    def _send(self, action: Action) -> tuple[NetworkAnswer | None, str | None]:
        try:
            return self._network.send(action, self._clock()), None
        except JacanaError as problem:
            return None, problem.code


def _refuse_reversal(connection: Connection, action: Action) -> None:
    cancelled = action.state is ActionState.CANCELLED
    if store.is_reversed(connection, action.id) or (cancelled and not action.superseded_by):
        raise ActionAlreadyReversedError(f"action {action.id} was reversed before")
    if cancelled:
        raise ActionOvertakenError(f"action {action.id} never took effect; {action.superseded_by} took its place")
    later = [other for other in store.list_rival_actions(connection, action) if other.sequence > action.sequence]
    standing = find_standing(later)
    if standing:
        raise ActionOvertakenError(f"{standing.kind} {standing.id} was given later for the same target; reverse that")


def _is_unheard(connection: Connection, action: Action) -> bool:
    """Whether nothing was ever sent and nothing was given up for it, so that taking it back leaves no trace."""
    in_flight, _allowed = store.load_delivery(connection, action.id)
    unsent = action.state is ActionState.PENDING and action.attempts == 0 and not in_flight
    return unsent and not store.has_superseded(connection, action.id)
