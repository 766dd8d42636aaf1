from collections.abc import Iterator
from datetime import timedelta

import pytest
from hma_floor import HmaFloor, flip_bits, open_floor

from jacana.db.engine import Database
from jacana.detect.media.hashing.frames import collect_frames
from jacana.model.bank import BankEntry, BankRole
from jacana.web.hma.lookup import Asked, look_up
from jacana.web.hma.signals import SIGNALS

HASH = "5b23d4dce323a1dcdf237cdc9323ccdc2323fcdc0303fffcaf890223008ba323"


@pytest.fixture
def floor(database: Database, tmp_path, clock) -> Iterator[HmaFloor]:
    with open_floor(database, tmp_path, clock) as opened:
        yield opened


def fill(floor: HmaFloor, name: str, value: str, role: BankRole = BankRole.KNOWN, **entry: object) -> None:
    frames = collect_frames([(0.0, 100, bytes.fromhex(value))])
    made = BankEntry(label=name, frame_count=1, frames=frames.pack(), **entry)  # type: ignore[arg-type]
    with floor.stages.db.write() as connection:
        floor.stages.banks.create(connection, name, "a test", role=role, max_distance=20, actor="test")
        floor.stages.banks.add_entries(connection, name, [made], "test")


def ask(
    floor: HmaFloor, value: str, kind: str = "pdq", names: set[str] | None = None, threshold: int = 31
) -> list[str]:
    with floor.stages.db.read() as connection:
        (found,) = look_up(floor.stages, connection, [Asked(SIGNALS[kind], value)], names, threshold)
    return [one.bank.name for one in found]


def test_a_banks_own_distance_holds(floor: HmaFloor) -> None:
    fill(floor, "near", HASH)
    assert ask(floor, flip_bits(HASH, 20)) == ["near"]
    assert ask(floor, flip_bits(HASH, 21)) == []
    assert ask(floor, flip_bits(HASH, 20), threshold=19) == []


def test_nearest_first_over_all_banks(floor: HmaFloor) -> None:
    for name, bits in (("b", 7), ("a", 3), ("c", 0)):
        fill(floor, name, flip_bits(HASH, bits))
    assert ask(floor, HASH) == ["c", "a", "b"]
    assert ask(floor, HASH, names={"b", "a"}) == ["a", "b"]


def test_an_innocent_picture_is_no_match_unless_its_bank_is_asked(floor: HmaFloor) -> None:
    fill(floor, "known", flip_bits(HASH, 6))
    fill(floor, "benign", HASH, BankRole.BENIGN)
    assert ask(floor, HASH) == []
    assert ask(floor, HASH, names={"benign"}) == ["benign"]
    assert ask(floor, flip_bits(HASH, 6)) == ["known"]  # nearer to the known one


def test_what_has_expired_matches_no_more(floor: HmaFloor, clock) -> None:
    fill(floor, "short", HASH, md5="a" * 32, expires_at=clock() + timedelta(days=1))
    assert ask(floor, HASH) == ask(floor, "a" * 32, "md5") == ["short"]
    clock.advance(86_400)
    assert ask(floor, HASH) == ask(floor, "a" * 32, "md5") == []


def test_nothing_asked_is_nothing_found(floor: HmaFloor) -> None:
    with floor.stages.db.read() as connection:
        assert look_up(floor.stages, connection, [], None, 31) == []
