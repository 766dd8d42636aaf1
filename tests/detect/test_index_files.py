"""Locks keep others out, and nobody out for ever."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jacana.detect.media.index.files import FileLock, name_body, name_head


def test_names_say_which_part_it_is() -> None:
    assert (name_body(3), name_head(4)) == ("body-3", "head-4")


def test_the_holding_thread_may_take_the_lock_again(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    with lock.hold(), lock.hold(), FileLock(tmp_path / "lock").try_hold() as is_ours:
        assert not is_ours
    with FileLock(tmp_path / "lock").try_hold() as is_ours:
        assert is_ours


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    with pytest.raises(ZeroDivisionError), lock.hold():
        _ = 1 // 0
    with lock.try_hold() as is_ours:
        assert is_ours


def test_threads_hold_it_one_after_the_other(tmp_path: Path) -> None:
    lock, inside, seen = FileLock(tmp_path / "lock"), [0], []

    def enter() -> None:
        for _ in range(50):
            with lock.hold():
                inside[0] += 1
                seen.append(inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=enter) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {1}


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    code = f"import fcntl,os; fcntl.flock(os.open({str(tmp_path / 'lock')!r}, os.O_RDWR | os.O_CREAT), 2); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    with FileLock(tmp_path / "lock").try_hold() as is_ours:
        assert is_ours
