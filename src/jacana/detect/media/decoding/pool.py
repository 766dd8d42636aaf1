"""Warm decoder servers and what the parent asks of them: decode this open file, within these limits.

One server works on one file at a time and forks a child for each (see server and child), so a file meets a fresh,
locked-in process although nothing has to be loaded. Parses no media, believes no answer: see answer.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import BinaryIO

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.answer import ChildAnswer, DecoderUnavailableError
from jacana.detect.media.decoding.limits import DecoderLimits
from jacana.detect.media.decoding.plan import SamplingPlan

SERVER_COMMAND = (sys.executable, "-I", "-B", "-m", "jacana.detect.media.decoding.server")

START_SECONDS = 300.0
"""A first start on a slow, busy machine also compiles; later ones take about a second."""

KILL_SECONDS = 10.0
"""How long a server may take to kill its child before it is itself killed."""


class ServerLostError(Exception):
    """A server died or spoke nonsense; `answer` is what is known of the child it had, if it had one."""

    def __init__(self, answer: ChildAnswer | None = None) -> None:
        super().__init__("the decoder server is gone")
        self.answer = answer


class DecoderPool:
    """Decodes files in fresh children of warm servers; as many at once as threads ask.

    A server is replaced after `files_per_server` files and after any trouble with it. Safe to use from many threads.
    """

    def __init__(self, limits: DecoderLimits, files_per_server: int, command: tuple[str, ...] = SERVER_COMMAND) -> None:
        self.limits = limits
        self._files_per_server, self._command = files_per_server, command
        self._lock = threading.Lock()
        self._idle: list[DecoderServer] = []
        self._all: set[DecoderServer] = set()
        self._closed = threading.Event()
        # Also when the pool is dropped and when the interpreter ends: no server is left behind.
        self._finalizer = weakref.finalize(self, _end_servers, self._all, os.getpid())

    def run(self, path: Path, plan: SamplingPlan, limits: DecoderLimits | None = None) -> ChildAnswer:
        """Decode a file in a fresh child, which is dead when this returns; under the pool's limits if none are given.

        Raises OSError if the file cannot be opened, and DecoderUnavailableError if no child could be started.
        """
        with path.open("rb") as file:
            for _ in range(2):  # a server may have died while it was idle
                server = self._take()
                try:
                    answer = server.run(file, plan, limits or self.limits)
                except ServerLostError as lost:
                    self._drop(server)
                    if lost.answer and lost.answer.output:  # a child was at work: what it said, and its end, count
                        return lost.answer
                except BaseException:
                    self._drop(server)
                    raise
                else:
                    self._give_back(server, answer)
                    return answer
        raise DecoderUnavailableError("the decoder process ended before it began")

    def close(self) -> None:
        """End every server and whatever it decodes. `run` raises DecoderUnavailableError from now on."""
        self._closed.set()
        with self._lock:
            idle, self._idle = self._idle, []
            busy = self._all.difference(idle)
        for server in idle:
            self._drop(server)
        for server in busy:
            server.kill()  # the thread that uses it cleans up

    def _take(self) -> "DecoderServer":
        with self._lock:
            if self._idle:
                return self._idle.pop()
        server = DecoderServer(self._command)
        with self._lock:
            self._all.add(server)
        if self._closed.is_set():
            self._drop(server)
            raise DecoderUnavailableError("the decoder pool is closed")
        return server

    def _give_back(self, server: "DecoderServer", answer: ChildAnswer) -> None:
        with self._lock:
            keep = server.files < self._files_per_server and bool(answer.output) and not self._closed.is_set()
            if keep:
                self._idle.append(server)
        if not keep:
            self._drop(server)

    def _drop(self, server: "DecoderServer") -> None:
        with self._lock:
            self._all.discard(server)
        server.end()


class DecoderServer:
    """One warm server process and the socket to it. Not for two threads at once, except `kill`."""

    def __init__(self, command: tuple[str, ...] = SERVER_COMMAND) -> None:
        """Start it and wait until it is warm. Raises DecoderUnavailableError."""
        self.files = 0
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        try:
            with theirs:
                self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_server_environment(),
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as problem:
            self._control.close()
            raise DecoderUnavailableError(f"no decoder process could be started ({problem.strerror})") from problem
        try:
            warm = self._receive(wire.HEAD_BYTES, time.monotonic() + START_SECONDS)
        except (ServerLostError, TimeoutError):
            warm = b""
        if warm != wire.write_record(wire.WARM):
            raise DecoderUnavailableError(f"the decoder process did not start (exit status {self.end()})")

    def run(self, file: BinaryIO, plan: SamplingPlan, limits: DecoderLimits) -> ChildAnswer:
        """Have one open file decoded and collect what its child says. Raises ServerLostError."""
        self.files += 1
        deadline = time.monotonic() + limits.wall_seconds
        answer, theirs = os.pipe()
        try:
            try:
                self._ask(file, theirs, {"plan": plan.to_json(), "limits": limits.to_json()})
            finally:
                os.close(theirs)
            output, stopped_by = _collect(answer, deadline, limits.max_answer_bytes)
        finally:
            os.close(answer)
        try:
            status, late = self._read_status(deadline, bool(stopped_by))
        except ServerLostError:
            late = time.monotonic() > deadline
            raise ServerLostError(ChildAnswer(output, -signal.SIGKILL, stopped_by or _name_limit(late))) from None
        return ChildAnswer(output, status, stopped_by or _name_limit(late))

    def kill(self) -> None:
        """Kill the server and its child, whatever they do; `end` must follow."""
        with self._lock, contextlib.suppress(OSError):
            if self.process.poll() is None:
                # Its process id is also its group's, and only under this lock is it reaped: nobody else is reached.
                os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> int:
        """Kill the server and clean up after it; return its exit status. May be called again."""
        self.kill()
        with self._lock:
            status = self.process.wait()
        self._control.close()
        return status

    def _ask(self, file: BinaryIO, answer: int, request: dict[str, str]) -> None:
        payload = json.dumps(request).encode()
        head = wire.write_record(wire.ANALYSE, payload)[: wire.HEAD_BYTES]
        try:
            self._control.settimeout(KILL_SECONDS)
            socket.send_fds(self._control, [head], [file.fileno(), answer])
            self._control.sendall(payload)
        except OSError:
            raise ServerLostError from None

    def _read_status(self, deadline: float, stop: bool) -> tuple[int, bool]:
        """Return the child's exit status and whether it had to be killed for its time. Raises ServerLostError."""
        late = False
        if not stop:
            try:
                # It closed its answer; let it end by itself, and its own status be known.
                return wire.read_status(self._receive(wire.STATUS_BYTES, max(deadline, time.monotonic() + 0.1))), False
            except TimeoutError:
                late = True
            except ValueError:
                raise ServerLostError from None
        try:
            self._control.sendall(wire.write_record(wire.KILL))
            return wire.read_status(self._receive(wire.STATUS_BYTES, time.monotonic() + KILL_SECONDS)), late
        except (OSError, ValueError):
            raise ServerLostError from None

    def _receive(self, count: int, deadline: float) -> bytes:
        """Return exactly so many bytes. Raises TimeoutError at the deadline and ServerLostError at the end."""
        data = b""
        while len(data) < count:
            self._control.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                block = self._control.recv(count - len(data))
            except TimeoutError:
                raise
            except OSError:
                raise ServerLostError from None
            if not block:
                raise ServerLostError
            data += block
        return data


def _name_limit(late: bool) -> str | None:
    return "time_limit" if late else None


def _end_servers(servers: set[DecoderServer], owner: int) -> None:
    if os.getpid() != owner:  # a fork of the owner has none
        return
    for server in tuple(servers):
        server.end()
    servers.clear()


def _server_environment() -> dict[str, str]:
    """Return the little that a server gets to see: no secrets, one thread, where compiled code is kept."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "HOME", "NUMBA_CACHE_DIR") if name in os.environ}
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {"LC_ALL": "C.UTF-8", **dict.fromkeys(threads, "1"), **kept}


def _collect(answer: int, deadline: float, most: int) -> tuple[bytes, str | None]:
    """Read the answer to its end, the deadline or `most` bytes; return it and the limit that stopped it."""
    output = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(answer, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                return bytes(output), "time_limit"
            block = os.read(answer, 1 << 16)
            if not block:
                return bytes(output), None
            output += block
            if len(output) > most:
                return b"", "decoder_misbehaved"
