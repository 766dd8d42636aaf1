"""The server's side: one request, one child, one exit status; it ends when its parent does, and reads nothing."""

import ast
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jacana.detect.media.decoding import server as module
from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.limits import DecoderLimits
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.pool import SERVER_COMMAND

F_SETPIPE_SZ = 1031  # Linux
BUSY = SamplingPlan("thorough", windows="entry")
"""Says more than a small pipe holds, so that a child whose answer is not read never ends."""


def request(limits: DecoderLimits, plan: SamplingPlan | None = None) -> bytes:
    return json.dumps({"plan": (plan or SamplingPlan("rate")).to_json(), "limits": limits.to_json()}).encode()


@contextmanager
def started() -> Iterator[tuple[socket.socket, subprocess.Popen[bytes]]]:
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([*SERVER_COMMAND], stdin=theirs.fileno(), start_new_session=True)
    theirs.close()
    ours.settimeout(60)
    try:
        assert ours.recv(100) == wire.write_record(wire.WARM)
        yield ours, process
    finally:
        ours.close()
        process.kill()
        process.wait()


def ask(control: socket.socket, payload: bytes, path: Path) -> int:
    """Send a request and return the reading end of a small pipe for the answer."""
    answer, theirs = os.pipe()
    fcntl.fcntl(theirs, F_SETPIPE_SZ, 4096)
    with path.open("rb") as file:
        head = wire.write_record(wire.ANALYSE, payload)[: wire.HEAD_BYTES]
        socket.send_fds(control, [head], [file.fileno(), theirs])
        control.sendall(payload)
    os.close(theirs)
    return answer


def read_all(answer: int) -> bytes:
    with os.fdopen(answer, "rb") as pipe:
        return pipe.read()


def test_files_one_after_the_other(limits: DecoderLimits, clips: dict[str, Path]) -> None:
    with started() as (control, process):
        outputs = []
        for name in ("known", "known", "other"):
            outputs.append(read_all(ask(control, request(limits), clips[name])))
            assert wire.read_status(control.recv(wire.STATUS_BYTES)) == 0
        assert outputs[0] == outputs[1] != outputs[2]
        control.shutdown(socket.SHUT_WR)
        assert process.wait(10) == 0


def test_a_child_is_killed_on_demand_and_a_late_demand_is_ignored(
    limits: DecoderLimits, clips: dict[str, Path]
) -> None:
    with started() as (control, _):
        answer = ask(control, request(limits, BUSY), clips["known"])
        assert os.read(answer, 1) == wire.READY  # it is at work
        control.sendall(wire.write_record(wire.KILL))
        assert wire.read_status(control.recv(wire.STATUS_BYTES)) == -signal.SIGKILL
        os.close(answer)
        control.sendall(wire.write_record(wire.KILL))
        read_all(ask(control, request(limits), clips["known"]))
        assert wire.read_status(control.recv(wire.STATUS_BYTES)) == 0


def test_it_ends_with_its_parent_and_takes_its_child_along(limits: DecoderLimits, clips: dict[str, Path]) -> None:
    with started() as (control, process):
        answer = ask(control, request(limits, BUSY), clips["known"])
        assert os.read(answer, 1) == wire.READY
        control.close()
        assert process.wait(10) == 0
        while os.read(answer, 1 << 16):  # ends only when the child is gone
            pass
    os.close(answer)


def test_it_ends_if_a_second_request_comes_too_early(limits: DecoderLimits, clips: dict[str, Path]) -> None:
    with started() as (control, process):
        first = ask(control, request(limits, BUSY), clips["known"])
        second = ask(control, request(limits), clips["known"])
        assert process.wait(10) == 0
        assert read_all(second) == b""
        os.close(first)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_killed_server_takes_its_child_along(limits: DecoderLimits, clips: dict[str, Path]) -> None:
    with started() as (control, process):
        answer = ask(control, request(limits, BUSY), clips["known"])
        assert os.read(answer, 1) == wire.READY
        start = time.monotonic()
        process.kill()
        while os.read(answer, 1 << 16):
            pass
        assert time.monotonic() - start < 10
    os.close(answer)


@pytest.mark.parametrize("sent", [b"?\0\0\0\0", b"A\xff\xff\xff\xff", b"A\0\0\0\2{}", b"A\0"])
def test_it_ends_on_a_request_that_is_none(sent: bytes) -> None:
    with started() as (control, process):
        control.sendall(sent)
        control.shutdown(socket.SHUT_WR)
        assert process.wait(10) == 0


@pytest.mark.parametrize("payload", [b"{}", b"[]", b"nonsense", b'{"plan": "{}", "limits": "{}"}'])
def test_a_request_no_child_understands_reaches_no_file(payload: bytes, clips: dict[str, Path]) -> None:
    with started() as (control, _):
        assert read_all(ask(control, payload, clips["known"])) == b""
        assert wire.read_status(control.recv(wire.STATUS_BYTES)) == 1


def test_it_is_ready_with_one_thread() -> None:
    with started() as (_, process):
        if sys.platform == "linux":
            assert len(os.listdir(f"/proc/{process.pid}/task")) == 1


def test_it_rehearses_what_a_child_does(monkeypatch: pytest.MonkeyPatch) -> None:
    module.decode.warm_up()
    assert module.rehearse()

    def fail(_file: object, _size: int, _sampling: object, send) -> None:
        send(wire.write_json(wire.END, {"problem": "corrupt", "decoded": 0}))

    monkeypatch.setattr(module.decode, "decode_file", fail)
    assert not module.rehearse()


def test_the_server_itself_never_touches_a_files_bytes() -> None:
    """It passes descriptors on and closes them. It only reads the pipe that wakes it."""
    tree = ast.parse(Path(module.__file__).read_text())
    calls = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    reading = [call for call in calls if call.startswith(("os.read", "os.pread", "os.fdopen", "open(", "os.dup"))]
    assert reading == ["os.read(woken, 4096)"]
