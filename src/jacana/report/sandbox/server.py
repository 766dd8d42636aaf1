"""Runs the sandbox on a socket: in the foreground for the command, in a thread for tests and the demonstration."""

import asyncio
import socket
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from jacana.model.clock import Clock, utc_now
from jacana.report.sandbox.application import BASE_PATH, SandboxApplication
from jacana.report.sandbox.faults import Switchboard
from jacana.report.sandbox.receiver import Account, Receiver
from jacana.report.sandbox.store import Shelf

_START_SECONDS = 10.0
_connections: dict[tuple[str, int], asyncio.Transport] = {}


class _DroppableProtocol(H11Protocol):
    """HTTP/1.1 whose connections can be cut from inside, which ASGI has no word for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            _connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _connections.pop(self.client, None)
        super().connection_lost(exc)


async def _drop_connection(request: Request) -> None:
    """Cut the connection of a request, as a crash or a network would."""
    client = request.client
    transport = None if client is None else _connections.get((client.host, client.port))
    if transport is not None:
        transport.abort()
    await asyncio.sleep(0.02)  # lets the server notice, so that it does not answer


class SandboxServer:
    """A running sandbox CyberTipline. `url` is what a client takes as base address; port 0 picks a free one.

    Use it as a context manager to run it in a thread, or call `run` to serve until stopped.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        database: Path | None = None,
        clock: Clock = utc_now,
        edition: str = "2025",
        faults: Iterable[str] = (),
    ) -> None:
        self._clock, self._offset = clock, timedelta()
        self.switches = Switchboard()
        for flag in faults:
            self.switches.arm_flag(flag)
        self._shelf = Shelf(database)
        self.receiver = Receiver(self._shelf, accounts, self.now, edition=edition)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        self.origin = f"http://{shown}:{self._socket.getsockname()[1]}"
        self.url = f"{self.origin}{BASE_PATH}"
        application = SandboxApplication(self.receiver, self.switches, self.now, _drop_connection)
        self._server = uvicorn.Server(
            uvicorn.Config(
                application.build(self.advance_clock),
                http=_DroppableProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread: threading.Thread | None = None

    def now(self) -> datetime:
        """Return the sandbox's time: the clock plus what was advanced."""
        return self._clock() + self._offset

    def advance_clock(self, seconds: float) -> None:
        """Move the sandbox's time on, to see reports expire."""
        self._offset += timedelta(seconds=seconds)

    def run(self) -> None:
        """Serve until interrupted."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._shelf.close()

    def __enter__(self) -> "SandboxServer":
        """Start serving in a thread. Raises TimeoutError if it does not come up."""
        self._thread = threading.Thread(target=self.run, name="sandbox-cybertipline", daemon=True)
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_START_SECONDS / 0.02)):
            if self._server.started:
                return self
            waited.wait(0.02)
        raise TimeoutError("the sandbox did not start")

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_START_SECONDS)
        self._socket.close()
