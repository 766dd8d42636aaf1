"""Switches that make the stand-in network misbehave on purpose, for tests of what Jacana does then. Pure."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from jacana.model.errors import InputInvalidError

FAULT_KINDS = ("status_before", "status_after", "slow_before", "slow_after", "drop_before", "drop_after")


class FaultInvalidError(InputInvalidError):
    """A fault switch that the stand-in does not have."""

    code = "simulate.fault_invalid"


@dataclass(frozen=True, slots=True)
class Fault:
    """One delivery that goes wrong, before or after the instruction is committed.

    `status_…` answers `status`; `slow_…` waits `seconds` first; `drop_…` closes the connection without a whole answer.
    """

    kind: str
    status: int = 503
    seconds: float = 30.0
    retry_after: int | None = None

    @property
    def carries_out(self) -> bool:
        """Whether the instruction is committed all the same. A slow network commits in both cases, late or at once."""
        return self.kind.endswith("_after")


class FaultSwitches:
    """A queue of faults; each delivery takes one."""

    def __init__(self) -> None:
        self._waiting: deque[Fault] = deque()

    def add(self, raw: object) -> int:
        """Queue `{"kind": …, "times": n, "status": …, "seconds": …, "retry_after": …}`; return how many now wait.

        Raises FaultInvalidError naming the field.
        """
        fields: dict[str, Any] = dict(raw) if isinstance(raw, dict) else {}
        times = fields.pop("times", 1)
        if fields.get("kind") not in FAULT_KINDS:
            raise FaultInvalidError("no such fault", field="kind", remedy=f"one of {', '.join(FAULT_KINDS)}")
        for name, low, high in (("status", 200, 599), ("seconds", 0, 600), ("retry_after", 0, 86_400)):
            value = fields.get(name, low)
            if not isinstance(value, int | float) or not low <= value <= high:
                raise FaultInvalidError(f"{name} is out of range", field=name, remedy=f"a number {low} to {high}")
        if not isinstance(times, int) or not 1 <= times <= 10_000:
            raise FaultInvalidError("times is out of range", field="times", remedy="a whole number 1 to 10000")
        try:
            fault = Fault(**fields)
        except TypeError:
            unknown = ", ".join(sorted(set(fields) - {"kind", "status", "seconds", "retry_after"}))
            raise FaultInvalidError(f"unknown: {unknown}", field=unknown, remedy="leave it out") from None
        self._waiting.extend([fault] * times)
        return len(self._waiting)

    def take(self) -> Fault | None:
        """Return the fault the next delivery meets, if any."""
        return self._waiting.popleft() if self._waiting else None

    def clear(self) -> None:
        """Forget every fault that waits."""
        self._waiting.clear()
