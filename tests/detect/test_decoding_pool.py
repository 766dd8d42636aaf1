"""The parent's side of the pool: what it does when children or servers crash, hang, flood, lie or cannot start."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jacana.detect.media.decoding import pool as module
from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.analyse import analyse_file
from jacana.detect.media.decoding.answer import DecoderUnavailableError, read_answer
from jacana.detect.media.decoding.limits import DecoderLimits
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.pool import DecoderPool, DecoderServer
from jacana.model.media import MediaKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLAN = SamplingPlan("rate")

SCRIPTED = """
import os, sys, time, signal, resource, socket
from jacana.detect.media.decoding import server, wire
from jacana.detect.media.hashing import frames
header = wire.write_json(wire.HEADER, dict(container="mp4", codec="h264", width=4, height=4, duration_seconds=1.0))
one = wire.write_record(wire.FRAMES, frames.collect_frames([(0.5, 99, bytes(range(32)))]).pack())
def run_child(file, answer, request, parent):
    def out(data):
        while data:
            data = data[os.write(answer, data):]
    try:
        out(wire.write_json(wire.READY, {"layers": []}) + header + one)
        exec(os.read(file, 1 << 16), dict(globals(), **locals()))
    finally:
        os._exit(1)
server.run_child = run_child
control = socket.socket(fileno=0)
control.sendall(wire.write_record(wire.WARM))
server.serve(control)
"""
"""A server whose children do what the file says: what a decoder taken over by a file could do."""


def wait_until(condition: object, seconds: float = 10.0) -> bool:
    for _ in range(int(seconds * 20)):
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_running(pid: int) -> bool:
    """Whether the process is there and more than a zombie that nobody reaped yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def scripted(limits: DecoderLimits) -> Iterator[DecoderPool]:
    pool = DecoderPool(limits, 1000, (sys.executable, "-I", "-B", "-c", SCRIPTED))
    yield pool
    pool.close()


def run_script(pool: DecoderPool, folder: Path, code: str, **changes: object):
    (folder / "script").write_text(code)
    answer = pool.run(folder / "script", PLAN, replace(pool.limits, **changes))
    return read_answer(answer, "0" * 64, NOW)


END = "out(wire.write_json(wire.END, {'problem': None, 'decoded': 1})); "


@pytest.mark.parametrize(
    ("code", "problem", "frame_count"),
    [
        (END + "os._exit(0)", None, 1),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "decoder_crashed", 1),
        ("os.kill(os.getpid(), signal.SIGKILL)", "decoder_crashed", 1),
        ("sys.exit(3)", "decoder_crashed", 1),
        ("resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass", "cpu_limit", 1),
        ("time.sleep(60)", "time_limit", 1),
        ("os.close(answer); time.sleep(60)", "time_limit", 1),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", "time_limit", 1),
        ("while True: out(b'x' * 1000)", "decoder_misbehaved", 0),
        ("while True: out(one * 10000)", "decoder_misbehaved", 0),
        ("os.kill(parent, signal.SIGKILL); os._exit(0)", "decoder_crashed", 1),
        (END + "os.kill(parent, signal.SIGSTOP); time.sleep(60)", "time_limit", 1),
    ],
)
def test_whatever_a_child_does(
    scripted: DecoderPool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    problem: str | None,
    frame_count: int,
) -> None:
    monkeypatch.setattr(module, "KILL_SECONDS", 1.0)
    wall_seconds = 2.0 if problem == "time_limit" else 60.0
    facts = run_script(scripted, tmp_path, code, wall_seconds=wall_seconds, max_frames=1000, max_windows=1000)
    assert (facts.problem, facts.frame_count) == (problem, frame_count)
    assert run_script(scripted, tmp_path, END).problem is None  # the pool lives on


def test_no_child_outlives_its_file(scripted: DecoderPool, tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); os.close(answer); time.sleep(60)"
    assert run_script(scripted, tmp_path, code, wall_seconds=1.0).problem == "time_limit"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_the_pool_leaks_no_descriptor(scripted: DecoderPool, tmp_path: Path) -> None:
    run_script(scripted, tmp_path, END)
    (server,) = scripted._idle

    def count() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{server.process.pid}/fd"))

    before = count()
    for code in (END, "sys.exit(3)", "os.close(answer); time.sleep(9)", "while True: out(b'x')"):
        run_script(scripted, tmp_path, code, wall_seconds=0.3)
    assert count() == before
    assert scripted._idle == [server]


def test_one_files_child_sees_nothing_of_another(scripted: DecoderPool, tmp_path: Path) -> None:
    """Children are forked from a server that never read a file: what one leaves in its memory is gone."""
    (tmp_path / "seen").touch()
    code = (
        f"seen = open({str(tmp_path / 'seen')!r}, 'a'); seen.write(str((os.getpid(), getattr(wire, 'kept', None))));"
        "wire.kept = 'what the first file brought';" + END
    )
    for _ in range(2):
        run_script(scripted, tmp_path, code)
    first, second = (tmp_path / "seen").read_text().strip("()").split(")(")
    assert first != second
    assert first.endswith("None")
    assert second.endswith("None")


def test_a_child_holds_two_descriptors(pool: DecoderPool, clips: dict[str, Path]) -> None:
    answer = pool.run(clips["known"], PLAN)
    ready = next(wire.read_json(payload) for kind, payload in wire.read_records(answer.output) if kind == wire.READY)
    assert ready["descriptors"] == [0, 1]


def test_a_server_is_replaced_after_its_files(limits: DecoderLimits, clips: dict[str, Path]) -> None:
    pool = DecoderPool(limits, files_per_server=2)
    served = []
    for _ in range(3):
        assert pool.run(clips["known"], PLAN).status == 0
        served += [server.process.pid for server in pool._idle]
    assert len(served) == 2  # none waits after the second file
    assert served[0] != served[1]
    assert not is_running(served[0])
    pool.close()
    assert not is_running(served[1])


def test_a_server_that_died_while_idle_is_replaced(pool: DecoderPool, clips: dict[str, Path]) -> None:
    pool.run(clips["known"], PLAN)
    (server,) = pool._idle
    server.process.kill()
    assert wait_until(lambda: not is_running(server.process.pid))
    assert pool.run(clips["known"], PLAN).status == 0
    assert pool._idle != [server]


def test_files_at_once_have_a_server_each(limits: DecoderLimits, clips: dict[str, Path]) -> None:
    pool = DecoderPool(limits, files_per_server=100)
    answers = []
    threads = [
        threading.Thread(target=lambda name: answers.append(pool.run(clips[name], PLAN)), args=(name,))
        for name in ("known", "other", "disguised")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [0, 0, 0]
    assert 1 <= len(pool._idle) <= 3
    pids = [server.process.pid for server in pool._idle]
    pool.close()
    assert not any(map(is_running, pids))


def test_closing_ends_what_is_being_decoded(limits: DecoderLimits, tmp_path: Path) -> None:
    pool = DecoderPool(limits, 9, (sys.executable, "-I", "-B", "-c", SCRIPTED))
    facts = []
    thread = threading.Thread(target=lambda: facts.append(run_script(pool, tmp_path, "time.sleep(60)")))
    thread.start()
    assert wait_until(lambda: pool._all)
    time.sleep(0.3)
    pool.close()
    thread.join(10)
    assert not thread.is_alive()
    assert [(row.kind, row.problem) for row in facts] == [(MediaKind.UNREADABLE, "decoder_crashed")]
    assert not pool._all
    with pytest.raises(DecoderUnavailableError, match="closed"):
        run_script(pool, tmp_path, END)


def test_a_dropped_pool_ends_its_servers(limits: DecoderLimits, clips: dict[str, Path]) -> None:
    pool = DecoderPool(limits, files_per_server=9)
    pool.run(clips["known"], PLAN)
    pid = pool._idle[0].process.pid
    del pool
    gc.collect()
    assert not is_running(pid)


USES_A_POOL = """
import os, sys, time
from pathlib import Path
from jacana.detect.media.decoding.analyse import DecoderLimits, DecoderPool, SamplingPlan
from jacana.settings import Settings
pool = DecoderPool(DecoderLimits.from_settings(Settings()), 9)
pool.run(Path(sys.argv[1]), SamplingPlan())
print(pool._idle[0].process.pid, flush=True)
"""


def test_the_end_of_the_interpreter_ends_the_servers(clips: dict[str, Path]) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", USES_A_POOL, clips["known"]], capture_output=True, text=True, check=True
    )
    assert result.stderr == ""
    assert wait_until(lambda: not is_running(int(result.stdout)))


def test_a_killed_parent_takes_its_servers_along(clips: dict[str, Path]) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", USES_A_POOL + "time.sleep(60)", clips["known"]], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
    assert is_running(pid)
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not is_running(pid))


def test_a_fork_of_the_parent_ends_nothing(limits: DecoderLimits, clips: dict[str, Path]) -> None:
    pool = DecoderPool(limits, files_per_server=9)
    pool.run(clips["known"], PLAN)
    pid = pool._idle[0].process.pid
    module._end_servers(pool._all, os.getpid() + 1)  # what a fork's exit would do
    assert is_running(pid)
    pool.close()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ((sys.executable, "-c", "raise SystemExit(7)"), "exit status 7"),
        ((sys.executable, "-c", "import os; os.write(0, b'hello'); import time; time.sleep(60)"), "did not start"),
        (("/nonexistent/python",), "could be started"),
    ],
)
def test_a_server_that_cannot_start_is_not_the_files_fault(
    limits: DecoderLimits, clips: dict[str, Path], command: tuple[str, ...], says: str
) -> None:
    pool = DecoderPool(limits, 9, command)
    with pytest.raises(DecoderUnavailableError, match=says):
        analyse_file(clips["known"], "0" * 64, limits, NOW, PLAN, pool)
    assert not pool._all
    pool.close()


def test_a_server_that_is_too_slow_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_SECONDS", 0.5)
    with pytest.raises(DecoderUnavailableError, match="did not start"):
        DecoderServer((sys.executable, "-c", "import time; time.sleep(60)"))


@pytest.mark.parametrize("reply", ["b'nonsense!'", "b''", "b'X' * 9", "wire.write_status(1)"])
def test_a_server_that_talks_nonsense(limits: DecoderLimits, clips: dict[str, Path], reply: str) -> None:
    """No child ever said it was ready, so it is an outage, and the server is not asked again."""
    code = f"""
        import socket
        from jacana.detect.media.decoding import wire
        control = socket.socket(fileno=0)
        control.sendall(wire.write_record(wire.WARM))
        while control.recv(1 << 16):
            control.sendall({reply})
            control.shutdown(socket.SHUT_WR)
    """
    pool = DecoderPool(limits, 9, (sys.executable, "-I", "-c", textwrap.dedent(code)))
    with pytest.raises(DecoderUnavailableError):
        analyse_file(clips["known"], "0" * 64, limits, NOW, PLAN, pool)
    assert not pool._all
    pool.close()


def test_a_server_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACANA_VAULT_KEY", "secret")
    assert set(module._server_environment()) <= {
        "LC_ALL",
        "OPENBLAS_NUM_THREADS",
        "OMP_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "NUMBA_CACHE_DIR",
        "LD_LIBRARY_PATH",
        "HOME",
    }


def test_a_hanging_server_does_not_hang_the_parent(scripted: DecoderPool, tmp_path: Path, monkeypatch) -> None:
    run_script(scripted, tmp_path, END)
    (server,) = scripted._idle
    os.kill(server.process.pid, signal.SIGSTOP)
    monkeypatch.setattr(module, "KILL_SECONDS", 0.5)
    start = time.monotonic()
    facts = run_script(scripted, tmp_path, END, wall_seconds=0.5)
    assert time.monotonic() - start < 10
    assert facts.problem is None  # a fresh server took it over
    assert not is_running(server.process.pid)
