"""The sandbox's switches: what can be made to go wrong, at which endpoint, how often. Pure bookkeeping."""

import re
import threading
from dataclasses import dataclass

from jacana.model.errors import InputInvalidError

ENDPOINTS = ("status", "xsd", "submit", "upload", "fileinfo", "finish", "retract")
SWITCHES: dict[str, str] = {
    "legacy": "HTTP 200 for every answer, as in 2016; the code in the XML still tells.",
    "lenient": "Check only the structure of documents, not the documented rules.",
    "empty_401": "A refused log-in has an empty body.",
    "latin1_header": "The Content-Type says ISO-8859-1 while the body is UTF-8, as in 2016.",
    "code_1000": "Answer 1000 (server error) instead of doing the work.",
    "code_1100": "Answer 1100 (save failed) instead of doing the work.",
    "code_1110": "Answer 1110 (upload failed) instead of doing the work.",
    "code_1111": "Answer 1111 (file upload failed) instead of doing the work.",
    "code_1300": "Answer 1300 (update failed) instead of doing the work.",
    "code_9999": "Answer with a code that no table has, instead of doing the work.",
    "http_429": "HTTP 429 without XML instead of doing the work.",
    "http_503": "HTTP 503 without XML instead of doing the work.",
    "drop_before_commit": "Drop the connection without doing the work.",
    "drop_after_commit": "Do the work, then drop the connection without an answer.",
    "slow": "Do the work, then wait before answering.",
    "wrong_md5": "Answer an upload with a wrong MD5.",
    "missing_id": "Leave report and file ids out of a success answer.",
    "omit_file_id": "Leave the last file id out of the finish answer.",
    "invalid_xml": "Do the work, then answer with half of the XML.",
    "huge_answer": "Do the work, then answer with 10 MiB.",
    "doctype_answer": "Do the work, then answer with a DOCTYPE and an entity.",
}
MODES = frozenset({"legacy", "lenient", "empty_401", "latin1_header"})
"""Switches that stay on unless a count is given."""
DEFAULT_SLOW_SECONDS = 90.0
_FLAG = re.compile(r"(?P<switch>[a-z0-9_]+)(:(?P<endpoint>[a-z]+))?(=(?P<count>\d+|always))?")


class FaultInvalidError(InputInvalidError):
    """There is no such switch or endpoint."""

    code = "sandbox.fault_invalid"


@dataclass(slots=True)
class ArmedFault:
    """One switch that is on. `endpoint` None means every one; `count` None means until it is switched off."""

    switch: str
    endpoint: str | None = None
    count: int | None = None
    seconds: float = DEFAULT_SLOW_SECONDS


class Switchboard:
    """The switches that are on now. Safe to use from several threads."""

    def __init__(self) -> None:
        self._armed: list[ArmedFault] = []
        self._lock = threading.Lock()

    def arm(
        self,
        switch: str,
        *,
        endpoint: str | None = None,
        count: int | None = None,
        always: bool = False,
        seconds: float = DEFAULT_SLOW_SECONDS,
    ) -> None:
        """Switch a fault on: `count` times, or always. Modes are always on by default, faults happen once.

        Raises FaultInvalidError.
        """
        if switch not in SWITCHES:
            raise FaultInvalidError(f"there is no switch {switch[:40]}", field="switch", remedy=", ".join(SWITCHES))
        if endpoint is not None and endpoint not in ENDPOINTS:
            raise FaultInvalidError("there is no such endpoint", field="endpoint", remedy=", ".join(ENDPOINTS))
        if count is not None and count < 1:
            raise FaultInvalidError("a fault happens at least once", field="count", remedy="send a count above 0")
        if count is None and not always and switch not in MODES:
            count = 1
        with self._lock:
            self._armed.append(ArmedFault(switch, endpoint, count, seconds))

    def arm_flag(self, flag: str) -> None:
        """Switch on what `NAME[:ENDPOINT][=COUNT|=always]` says. Raises FaultInvalidError."""
        parts = _FLAG.fullmatch(flag)
        if parts is None:
            raise FaultInvalidError(
                f"{flag[:60]} is not NAME[:ENDPOINT][=COUNT]", remedy="as in drop_after_commit:submit=1"
            )
        count = parts["count"]
        self.arm(
            parts["switch"],
            endpoint=parts["endpoint"],
            count=int(count) if count and count != "always" else None,
            always=count == "always",
        )

    def take(self, switch: str, endpoint: str) -> ArmedFault | None:
        """Return the fault if it strikes this call, and count it down."""
        with self._lock:
            for fault in self._armed:
                if fault.switch == switch and fault.endpoint in (None, endpoint):
                    if fault.count is not None:
                        fault.count -= 1
                        if fault.count == 0:
                            self._armed.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._armed.clear()

    def describe(self) -> list[dict[str, object]]:
        """Return what is on, as JSON values."""
        with self._lock:
            return [{"switch": fault.switch, "endpoint": fault.endpoint, "count": fault.count} for fault in self._armed]
