"""A network in memory, the webhook's twin for tests: the same contract, with scripted failures."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from jacana.act.network import NetworkAnswer, NetworkUnreachableError
from jacana.act.order import list_rivals
from jacana.model.action import Action, ActionKind


@dataclass(frozen=True, slots=True)
class Mishap:
    """One call that goes wrong: with `status` the network answers that, without one no answer comes.

    `arrives` says whether the instruction took effect all the same.
    """

    status: int | None = None
    arrives: bool = False
    retry_after_seconds: int | None = None


class MemoryNetwork:
    """Carries out each action id once, in memory. `effects` holds what took effect, in order."""

    def __init__(self, mishaps: Iterable[Mishap] = ()) -> None:
        self.mishaps = deque(mishaps)
        self.effects: list[Action] = []
        self.calls = 0
        self.duplicates = 0

    def send(self, action: Action, at: datetime) -> NetworkAnswer:
        """Carry out the action unless the next scripted mishap says otherwise. Raises NetworkUnreachableError."""
        self.calls += 1
        mishap = self.mishaps.popleft() if self.mishaps else None
        if mishap is None:
            self._apply(action)
            return NetworkAnswer(200, "done")
        if mishap.arrives:
            self._apply(action)
        if mishap.status is None:
            raise NetworkUnreachableError("the network did not answer")
        return NetworkAnswer(mishap.status, "scripted", mishap.retry_after_seconds)

    def last_told(self, target_id: str, like: ActionKind = ActionKind.HOLD) -> ActionKind | None:
        """Return the last instruction that took effect for a target; `like=FORCE_REAUTH` for what stands beside it."""
        rivals = list_rivals(like)
        told = (known.kind for known in reversed(self.effects) if known.target_id == target_id)
        return next((kind for kind in told if kind in rivals), None)

    def _apply(self, action: Action) -> None:
        if any(known.id == action.id for known in self.effects):
            self.duplicates += 1
            return
        rivals = list_rivals(action.kind)
        told = (known for known in self.effects if known.target_id == action.target_id and known.kind in rivals)
        newest = max((known.sequence for known in told), default=0)
        if action.sequence > newest:
            self.effects.append(action)
