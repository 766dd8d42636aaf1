"""An order: a decided action that is not yet in the ledger. Pure.

Refuses a destructive order that carries no preservation receipt.
"""

import hashlib
from dataclasses import dataclass

from jacana.model.action import DESTRUCTIVE, Action, ActionKind, ActionState, TargetKind
from jacana.model.errors import StateConflictError, ThingNotFoundError
from jacana.model.preservation import PreservationReceipt


class PreservationMissingError(StateConflictError):
    """A destructive action without proof that the evidence is sealed and held."""

    code = "act.preservation_missing"


class ActionUnknownError(ThingNotFoundError):
    """There is no such action."""

    code = "act.action_unknown"


class ActionAlreadyReversedError(StateConflictError):
    """The action was reversed before; reverse its reversal instead."""

    code = "act.already_reversed"


class ActionOvertakenError(StateConflictError):
    """A later instruction for the same target stands; touching this one would undo that."""

    code = "act.overtaken"


class ActionNotDeadError(StateConflictError):
    """Only a dead letter can be sent again."""

    code = "act.not_dead"


class ActionOutOfTurnError(StateConflictError):
    """An earlier instruction for the same target is still on its way."""

    code = "act.out_of_turn"
    retryable = True


@dataclass(frozen=True, slots=True)
class Order:
    """One action asked for. `cause` is the decision (or, for a reversal, the action) that led to it."""

    kind: ActionKind
    target_kind: TargetKind
    target_id: str
    account_id: str
    upload_id: str | None
    cause: str
    reason: str
    rule: str | None
    decided_by: str
    receipt: PreservationReceipt | None = None
    wants_bytes: bool = False
    """Ask the network to send the upload again: its bytes were let go before there was reason to keep them."""
    tier: int | None = None
    """With ban_device: how hard the device is met."""

    def dedupe_key(self) -> str:
        """Return the key under which the ledger keeps this order once: kind, target and cause."""
        target = hashlib.sha256(f"{self.target_kind}\0{self.target_id}".encode()).hexdigest()[:32]
        return f"{self.kind}|{target}|{self.cause}"


REAUTH = frozenset({ActionKind.FORCE_REAUTH, ActionKind.LIFT_REAUTH})
STANDING = frozenset(ActionKind) - REAUTH


def list_rivals(kind: ActionKind) -> frozenset[ActionKind]:
    """Return the kinds that say, of the same target, the same thing as `kind`: a later one takes its place.

    Whether people must prove who they are is one thing about an account; whether it is open, shut or banned another.
    """
    return REAUTH if kind in REAUTH else STANDING


def require_preservation(kind: ActionKind, receipt_hold_id: str | None) -> None:
    """Raise PreservationMissingError if `kind` may destroy evidence and no hold of the vault vouches for it."""
    if kind in DESTRUCTIVE and not receipt_hold_id:
        raise PreservationMissingError(f"{kind} needs a preservation receipt, and there is none")


def find_standing(later: list[Action]) -> Action | None:
    """Return the last of the actions `later` on one target (in order) that still stands, or None.

    An action and the one that reverses it cancel each other out; a cancelled action never counts.
    """
    standing: list[Action] = []
    for action in later:
        if action.state is ActionState.CANCELLED:
            continue
        if standing and action.reverses == standing[-1].id:
            standing.pop()
        else:
            standing.append(action)
    return standing[-1] if standing else None
