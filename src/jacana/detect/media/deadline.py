"""A deadline over a whole HTTP call. A client's own time-outs start anew with every byte that drips in, this does not.

Cuts the connection, whatever it is waiting for: the handshake, the head of an answer or its body. Asks nobody itself.
"""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

import httpx

NO_REUSE = httpx.Limits(max_keepalive_connections=0)
"""For the client of such calls: a connection is seen only while it is made, so each call makes its own."""


class Deadline:
    """`with Deadline(seconds) as deadline: client.stream(…, extensions=deadline.extensions)`, with limits NO_REUSE.

    Ends with httpx.ReadTimeout once the time is up, also where the cut would pass for the end of an answer whose length
    nobody stated. Connecting comes before there is anything to cut: bound it with the client's own `connect`.
    """

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._held: list[socket.socket] = []
        self._passed = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self._passed

    @property
    def extensions(self) -> Mapping[str, Any]:
        """Return what lets this see the connections of a request."""
        return {"trace": self._see}

    def __enter__(self) -> "Deadline":
        """Begin to count."""
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the connections. Raises httpx.ReadTimeout if the time is up."""
        self._timer.cancel()
        self._timer.join()
        with self._lock:
            for held in self._held:
                held.close()
            self._held.clear()
        if self._passed and (kind is None or issubclass(kind, httpx.HTTPError)):
            raise httpx.ReadTimeout("the time is up") from problem

    def _see(self, event: str, details: Mapping[str, Any]) -> None:
        if event != "connection.connect_tcp.complete":
            return
        found = details["return_value"].get_extra_info("socket")
        with self._lock:
            self._held.append(found.dup())  # a copy of the handle outlives the wrapping in TLS
            passed = self._passed
        if passed:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            self._passed = True
            for held in self._held:
                with suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)
