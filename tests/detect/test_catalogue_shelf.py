"""What is appended is there after a crash; parts keep their numbers; what is old is forgotten."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jacana.detect.media.catalogue import shelf
from jacana.detect.media.catalogue.shelf import Catalogue, CatalogueUnavailableError
from jacana.detect.media.hashing.frames import HASHER_VERSION, collect_frames
from jacana.model.media import MediaFacts, MediaKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def make_facts(name: int, frames: int = 10, at: datetime = NOW) -> MediaFacts:
    rng = np.random.default_rng(name)
    packed = collect_frames([(float(index), 90, rng.bytes(32)) for index in range(frames)]).pack()
    sha256 = name.to_bytes(32, "big").hex()
    return MediaFacts(sha256, MediaKind.VIDEO, HASHER_VERSION, at, frame_count=frames, frames=packed)


def names(catalogue: Catalogue) -> list[int]:
    return [int.from_bytes(sha.tobytes(), "big") for part in catalogue.list_parts() for sha in part.read().sha256]


@pytest.mark.parametrize("parquet", [False, True])
def test_logs_fill_up_and_are_sealed_under_their_numbers(tmp_path: Path, parquet: bool) -> None:
    catalogue = Catalogue(tmp_path / "c", parquet=parquet, max_hashes=25)
    assert catalogue.list_parts() == []
    for name in range(10):
        assert catalogue.append(make_facts(name)) == 10
    before = [part.number for part in catalogue.list_parts()]
    assert len(before) > 2
    sealed = catalogue.seal_full()
    assert [part.number for part in sealed] == before[:-1]
    assert [part.number for part in catalogue.list_parts()] == before
    assert [part.is_log for part in catalogue.list_parts()] == [False] * (len(before) - 1) + [True]
    assert names(catalogue) == list(range(10))
    catalogue.append(make_facts(99))
    assert names(Catalogue(tmp_path / "c", parquet=parquet))[-1] == 99
    assert catalogue.seal_full() == []


def test_a_crash_between_sealing_and_deleting_the_log_counts_nothing_twice(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path, max_hashes=10)
    for name in range(4):
        catalogue.append(make_facts(name))
    log = catalogue.list_parts()[0].path
    kept = log.read_bytes()
    catalogue.seal_full()
    log.write_bytes(kept)
    assert names(catalogue) == [0, 1, 2, 3]
    catalogue.seal_full()
    assert not log.exists()


def test_what_a_dying_writer_left_is_cut_off(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    catalogue.append(make_facts(1))
    log = catalogue.list_parts()[0].path
    with log.open("ab") as file:
        file.write(b"JCB1\x05")
    (tmp_path / "lock").write_bytes(b"w")
    catalogue.append(make_facts(2))
    assert names(catalogue) == [1, 2]


def test_a_damaged_log_does_not_keep_what_comes_from_being_kept(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    for name in (1, 2):
        catalogue.append(make_facts(name))
    log = catalogue.list_parts()[0].path
    data = bytearray(log.read_bytes())
    data[70] ^= 1
    log.write_bytes(data)
    (tmp_path / "lock").write_bytes(b"w")
    catalogue.append(make_facts(3))
    assert [part.count() for part in catalogue.list_parts()] == [0, 10]


WRITER = """
import sys
sys.path.insert(0, {here!r})
from pathlib import Path
from test_catalogue_shelf import Catalogue, make_facts
catalogue = Catalogue(Path({folder!r}), max_hashes=2000)
for name in range({first}, 10**6):
    catalogue.append(make_facts(name, 200))
    print(name, flush=True)
    if name % 7 == 0:
        catalogue.seal_full()
"""


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    acknowledged: list[int] = []
    for turn in range(4):
        code = WRITER.format(here=str(Path(__file__).parent), folder=str(tmp_path), first=turn * 10_000)
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert child.stdout
        first = child.stdout.readline()
        time.sleep(0.05 + 0.03 * turn)
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read()
        child.wait()
        child.stdout.close()
        acknowledged += [int(line) for line in (first + rest).splitlines() if line.strip()]
        assert set(acknowledged) <= set(names(Catalogue(tmp_path)))
    assert len(acknowledged) > 4
    found = names(Catalogue(tmp_path))
    assert len(found) == len(set(found))


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path, max_hashes=20)
    for name in range(9):
        catalogue.append(make_facts(name, at=NOW - timedelta(days=20 - name)))
    catalogue.seal_full()
    assert catalogue.forget_before(NOW - timedelta(days=15)) == 5
    assert sorted(names(catalogue)) == [5, 6, 7, 8]
    assert catalogue.forget_before(NOW - timedelta(days=15)) == 0


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CatalogueUnavailableError):
        Catalogue(tmp_path / "file" / "below").append(make_facts(1))


def test_a_log_that_is_sealed_before_it_is_read_is_read_as_a_shard(tmp_path: Path) -> None:
    """Live uploads fill the log, and another look-back seals it, between listing and reading."""
    catalogue = Catalogue(tmp_path / "c", max_hashes=5)
    catalogue.append(make_facts(1))
    (listed,) = catalogue.list_parts()
    catalogue.append(make_facts(2))
    assert len(catalogue.seal_full()) == 1
    assert listed.is_log
    assert len(listed.read()) == 10
    assert listed.count() == 10


def test_two_that_seal_at_once_leave_every_part_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-back and the housekeeping, in two threads or processes."""
    catalogue, write_shard = Catalogue(tmp_path / "c", max_hashes=5), shelf.write_shard
    for name in range(4):
        catalogue.append(make_facts(name))

    def write_slowly(*given: Any) -> None:
        time.sleep(0.05)
        write_shard(*given)

    monkeypatch.setattr(shelf, "write_shard", write_slowly)
    failures: list[BaseException] = []

    def seal() -> None:
        try:
            Catalogue(tmp_path / "c", max_hashes=5).seal_full()
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=seal) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert names(catalogue) == list(range(4))
    assert [part.is_log for part in catalogue.list_parts()] == [False, False, False, True]
