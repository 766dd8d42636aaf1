from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from jacana.db.engine import Database
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.hash_search import QUERIES_AT_ONCE, search_hashes
from jacana.detect.media.hashing.frames import collect_frames
from jacana.detect.media.known import KnownMedia
from jacana.model.bank import BankEntry, BankRole


@pytest.fixture
def known(tmp_path: Path) -> Iterator[KnownMedia]:
    opened = KnownMedia(tmp_path / "index")
    yield opened
    opened.close()


def make_hash(seed: int, turned: int = 0) -> bytes:
    bits = np.unpackbits(np.random.default_rng(seed).integers(0, 256, 32, dtype=np.uint8))
    bits[:turned] ^= 1
    return np.packbits(bits).tobytes()


def fill(
    database: Database, clock, name: str, *frames: bytes, role: BankRole = BankRole.KNOWN, **entry: object
) -> None:
    packed = collect_frames([(float(row), 100, pdq) for row, pdq in enumerate(frames)]).pack()
    with database.write() as connection:
        banks = Banks(clock)
        banks.create(connection, name, "a test", role=role, max_distance=20, actor="test")
        made = BankEntry(label=name, frame_count=len(frames), frames=packed, **entry)  # type: ignore[arg-type]
        banks.add_entries(connection, name, [made], "test")


def search(database: Database, known: KnownMedia, clock, *hashes: bytes) -> list[list[tuple[str, int]]]:
    rows = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32)
    with database.read() as connection:
        found = search_hashes(known, connection, rows, clock())
    return [[(match.bank.name, match.distance) for match in matches] for matches in found]


def test_each_entry_once_at_its_nearest_frame(database: Database, known: KnownMedia, clock) -> None:
    fill(database, clock, "video", make_hash(1), make_hash(1, 9), make_hash(2))
    fill(database, clock, "near", make_hash(1, 2))
    assert search(database, known, clock, make_hash(1, 8), make_hash(2), make_hash(3)) == [
        [("video", 1), ("near", 6)],
        [("video", 0)],
        [],
    ]


def test_a_banks_own_distance_and_an_entrys_end_hold(database: Database, known: KnownMedia, clock) -> None:
    fill(database, clock, "short", make_hash(1), expires_at=clock() + timedelta(days=1))
    assert search(database, known, clock, make_hash(1, 20), make_hash(1, 21)) == [[("short", 20)], []]
    clock.advance(86_400)
    assert search(database, known, clock, make_hash(1)) == [[]]


def test_what_is_nearer_to_innocent_material_is_no_match(database: Database, known: KnownMedia, clock) -> None:
    fill(database, clock, "known", make_hash(1))
    fill(database, clock, "benign", make_hash(1, 10), role=BankRole.BENIGN)
    assert search(database, known, clock, make_hash(1, 3), make_hash(1, 5), make_hash(1, 8)) == [
        [("known", 3), ("benign", 7)],
        [("benign", 5)],
        [("benign", 2)],
    ]


def test_nothing_asked_is_nothing_found(database: Database, known: KnownMedia, clock) -> None:
    assert search(database, known, clock) == []


def test_a_batch_of_one_hash_against_a_still_stays_small(
    database: Database, known: KnownMedia, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every pair is a hit: a thousand hashes of a video's standing picture would be millions at once."""
    fill(database, clock, "still", *[make_hash(1)] * 500, make_hash(2))
    fill(database, clock, "near", make_hash(1, 2))
    met: list[int] = []
    ask = known.search

    def count(*arguments, **named):
        hits = ask(*arguments, **named)
        met.append(len(hits.query))
        return hits

    monkeypatch.setattr(known, "search", count)
    found = search(database, known, clock, *[make_hash(1)] * 200, make_hash(2), *[make_hash(1, 2)] * 99)
    assert found == [[("still", 0), ("near", 2)]] * 200 + [[("still", 0)]] + [[("near", 0), ("still", 2)]] * 99
    assert max(met) <= 600 * QUERIES_AT_ONCE
