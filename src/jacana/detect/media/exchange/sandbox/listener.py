"""Runs the sandbox on a socket of this machine: in the foreground for the command, in a thread for tests."""

import asyncio
import socket
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from jacana.detect.media.exchange.sandbox.controls import FileHasher, build_control_routes
from jacana.detect.media.exchange.sandbox.service import BASE_PATH, DEFAULT_PAGE_SIZE, HashSharing
from jacana.detect.media.exchange.sandbox.shared_list import Account, SharedList
from jacana.detect.media.exchange.sandbox.switches import Switches
from jacana.model.clock import Clock, utc_now

_START_SECONDS = 10.0
_connections: dict[tuple[str, int], asyncio.Transport] = {}


class _CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose connections can be cut from inside, which ASGI has no word for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            _connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _connections.pop(self.client, None)
        super().connection_lost(exc)


async def _cut_connection(request: Request) -> None:
    """Cut the connection of a request, as a crash or a network would."""
    client = request.client
    transport = None if client is None else _connections.get((client.host, client.port))
    if transport is not None:
        transport.abort()
    await asyncio.sleep(0.02)  # lets the server notice, so that it does not answer


class HashSharingSandbox:
    """A running sandbox list on 127.0.0.1. `url` is what a client takes as base address; port 0 picks a free one.

    Use it as a context manager to run it in a thread, or call `run` to serve until stopped.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        *,
        port: int = 0,
        clock: Clock = utc_now,
        page_size: int = DEFAULT_PAGE_SIZE,
        faults: Iterable[str] = (),
        hasher: FileHasher | None = None,
    ) -> None:
        self._clock, self._offset = clock, timedelta()
        self.switches = Switches()
        for flag in faults:
            self.switches.arm_flag(flag)
        self.shared = SharedList(list(accounts), self.now)
        self.service = HashSharing(self.shared, self.switches, self.now, _cut_connection, page_size)
        self._socket = socket.create_server(("127.0.0.1", port))
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.url = f"{self.origin}{BASE_PATH}"
        controls = build_control_routes(self.shared, self.switches, self.advance_clock, hasher)
        self._server = uvicorn.Server(
            uvicorn.Config(
                Starlette(routes=[*controls, *self.service.build_routes()]),
                http=_CuttableProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_level="warning",
                access_log=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread: threading.Thread | None = None

    def now(self) -> datetime:
        """Return the sandbox's time: the clock plus what was advanced."""
        return self._clock() + self._offset

    def advance_clock(self, seconds: float) -> None:
        """Move the sandbox's time on, or back."""
        self._offset += timedelta(seconds=seconds)

    def run(self) -> None:
        """Serve until interrupted."""
        self._server.run(sockets=[self._socket])

    def __enter__(self) -> "HashSharingSandbox":
        """Start serving in a thread. Raises TimeoutError if it does not come up."""
        self._thread = threading.Thread(target=self.run, name="sandbox-hashsharing", daemon=True)
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
