"""A process killed at any moment loses nothing it has said to be done, and leaves nothing half done."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from jacana.detect.media.index.address import ROW_BITS
from jacana.detect.media.index.live import HashIndex

WRITER = """
import sys
from pathlib import Path
import numpy as np
from jacana.detect.media.index import live
from jacana.detect.media.index.address import make_addresses

live.HEAD_ROWS = 1200
index = live.HashIndex.open(Path(sys.argv[1]))
index._merge_above = 1200
said = open(sys.argv[2], "a", buffering=1)
while True:
    with index.writing() as position:
        number = position + 1
        if number % 7 == 0:
            index.remove(np.array([number - 3], np.uint64), number)
        else:
            rows = np.random.default_rng(number).integers(0, 256, (30, 32), np.uint8)
            index.add(rows, make_addresses(number, 30), number, digests=[("md5", number.to_bytes(16, "big"), number)])
    said.write(f"{number}\\n")
    if number % 60 == 0:
        index.merge()
"""


def list_alive(position: int) -> list[int]:
    removed = {number - 3 for number in range(7, position + 1, 7)}
    return [number for number in range(1, position + 1) if number % 7 and number not in removed]


@pytest.mark.fault
def test_nothing_acknowledged_is_lost_and_nothing_half_written_is_seen(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    said = tmp_path / "said"
    before = 0
    for _ in range(4):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "index"), str(said)]) for _ in range(2)
        ]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not said.exists() or said.read_text().count("\n") < before + 20):
            time.sleep(0.01)
        time.sleep(float(rng.uniform(0, 0.4)))
        for writer in writers:
            writer.kill()
        for writer in writers:
            assert writer.wait() == -9
        lines = [line for line in said.read_text().splitlines() if line]
        assert len(lines) > before, "the writers wrote"
        before = len(lines)
        assert_whole(tmp_path / "index", max(map(int, lines)))


def assert_whole(directory: Path, acknowledged: int) -> None:
    index = HashIndex.open(directory)
    assert index.position >= acknowledged
    assert index.verify() == []
    alive = list_alive(index.position)
    queries = [
        np.random.default_rng(number).integers(0, 256, (30, 32), np.uint8) for number in range(1, index.position + 1)
    ]
    hits = index.search(np.concatenate(queries))
    expected = [number << ROW_BITS | row for number in alive for row in range(30)]
    assert sorted(hits.address.tolist()) == expected
    digests = [number.to_bytes(16, "big") for number in range(1, index.position + 1)]
    found = index.digests.find("md5", np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 16))
    assert sorted(found.number.tolist()) == alive
