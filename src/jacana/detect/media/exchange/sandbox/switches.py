"""The sandbox's switches: what can be made to go wrong, at which endpoint, how often. Pure bookkeeping."""

import re
import threading
from dataclasses import dataclass

from jacana.model.errors import InputInvalidError

ENDPOINTS = ("status", "members", "entries", "fingerprint", "reasons", "feedback", "contribute")
SWITCHES = {
    "http_429": "HTTP 429 with a Retry-After instead of doing the work.",
    "http_500": "HTTP 500 instead of doing the work.",
    "slow": "Wait before doing the work.",
    "broken_xml": "Answer with half of the XML.",
    "web_page": "Answer with a web page and HTTP 200, as a proxy or an outage does.",
    "doctype": "Answer with a DOCTYPE and an entity.",
    "cut": "Cut the connection in the middle of the answer.",
    "wrong_next": "Name a next page of another range.",
    "reasons_nested": "Put the list of reasons inside the root instead of making it the root.",
}
MODES = frozenset({"reasons_nested"})
"""Switches that stay on unless a count is given."""
DEFAULT_SECONDS = 2.0
_FLAG = re.compile(r"(?P<switch>[a-z0-9_]+)(:(?P<endpoint>[a-z]+))?(=(?P<count>\d+|always))?")


class SwitchInvalidError(InputInvalidError):
    """There is no such switch, endpoint or count."""

    code = "sandbox.switch_invalid"


@dataclass(slots=True)
class ArmedSwitch:
    """One switch that is on. `endpoint` None means every one; `count` None means until it is switched off."""

    switch: str
    endpoint: str | None = None
    count: int | None = None
    seconds: float = DEFAULT_SECONDS
    """How long to wait, or to ask the client to wait."""


class Switches:
    """The switches that are on now. Safe to use from several threads."""

    def __init__(self) -> None:
        self._armed: list[ArmedSwitch] = []
        self._lock = threading.Lock()

    def arm(
        self,
        switch: str,
        *,
        endpoint: str | None = None,
        count: int | None = None,
        always: bool = False,
        seconds: float = DEFAULT_SECONDS,
    ) -> None:
        """Switch something on, `count` times or always; once, if nothing is said. Raises SwitchInvalidError."""
        if switch not in SWITCHES:
            raise SwitchInvalidError(f"there is no switch {switch[:40]}", field="switch", remedy=", ".join(SWITCHES))
        if endpoint is not None and endpoint not in ENDPOINTS:
            raise SwitchInvalidError("there is no such endpoint", field="endpoint", remedy=", ".join(ENDPOINTS))
        if count is not None and count < 1:
            raise SwitchInvalidError("a fault happens at least once", field="count", remedy="send a count above 0")
        if count is None and not always and switch not in MODES:
            count = 1
        with self._lock:
            self._armed.append(ArmedSwitch(switch, endpoint, count, seconds))

    def arm_flag(self, flag: str) -> None:
        """Switch on what `NAME[:ENDPOINT][=COUNT|=always]` says. Raises SwitchInvalidError."""
        parts = _FLAG.fullmatch(flag)
        if parts is None:
            raise SwitchInvalidError(
                f"{flag[:60]} is not NAME[:ENDPOINT][=COUNT]", field="--fault", remedy="as in broken_xml:entries=1"
            )
        count = parts["count"]
        self.arm(
            parts["switch"],
            endpoint=parts["endpoint"],
            count=int(count) if count and count != "always" else None,
            always=count == "always",
        )

    def take(self, switch: str, endpoint: str) -> ArmedSwitch | None:
        """Return the switch if it strikes this call, and count it down."""
        with self._lock:
            for armed in self._armed:
                if armed.switch == switch and armed.endpoint in (None, endpoint):
                    if armed.count is not None:
                        armed.count -= 1
                        if armed.count == 0:
                            self._armed.remove(armed)
                    return armed
        return None

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._armed.clear()

    def describe(self) -> list[dict[str, object]]:
        """Return what is on, as JSON values."""
        with self._lock:
            return [{"switch": one.switch, "endpoint": one.endpoint, "count": one.count} for one in self._armed]
