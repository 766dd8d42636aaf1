"""The demo's three processes: Jacana, a stand-in network, the sandbox CyberTipline. Stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO

import httpx

from jacana.model.errors import ServiceUnavailableError

START_SECONDS = 30.0


class DemoServerDownError(ServiceUnavailableError):
    """One of the demo's servers did not start."""

    code = "demo.server_down"


def choose_port(preferred: int) -> int:
    """Return the preferred loopback port if it is free, otherwise any free one."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoServerDownError("no free port on loopback")


class DemoServers:
    """Starts `jacana …` processes, waits until each answers, and stops them in reverse order on exit."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        outer = {name: value for name, value in os.environ.items() if not name.startswith("JACANA_")}
        self._environment = {**outer, **environment}
        self._running: list[tuple[str, subprocess.Popen[bytes], IO[bytes]]] = []

    def __enter__(self) -> "DemoServers":
        """Nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, the last started first; kill what does not stop in ten seconds."""
        for _, process, log in reversed(self._running):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()
        self._running.clear()

    def start(self, name: str, *arguments: str) -> None:
        """Start `jacana ARGUMENTS`; its output goes to NAME.log in the demo's folder."""
        log = (self._folder / f"{name}.log").open("ab")
        process = subprocess.Popen(  # noqa: S603  # our own program with our own arguments
            [sys.executable, "-m", "jacana", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only the demo, which then stops them in order
        )
        self._running.append((name, process, log))

    def await_answers(self, urls: dict[str, str]) -> None:
        """Wait until every address answers. Raises DemoServerDownError with the end of that server's log."""
        deadline = time.monotonic() + START_SECONDS
        for name, url in urls.items():
            while not _answers(url):
                process = next(process for started, process, _ in self._running if started == name)
                if process.poll() is not None or time.monotonic() > deadline:
                    tail = (self._folder / f"{name}.log").read_text(errors="replace")[-1500:]
                    raise DemoServerDownError(f"{name} did not start:\n{tail}")
                time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        httpx.get(url, timeout=2)
    except httpx.TransportError:
        return False
    return True
