"""The vault as the stages use it, on both databases: sealed once, read with a trace, destroyed when no hold lives."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from jacana.audit import list_entries, verify_log
from jacana.db.engine import Database
from jacana.db.tables.preserve import preserve_objects
from jacana.model.preservation import HoldReason, PreservationReceipt
from jacana.preserve.envelope import VaultObjectBrokenError, VaultSourceMismatchError
from jacana.preserve.holds import HoldLockedError
from jacana.preserve.objects import ObjectStore, ObjectStoreUnavailableError
from jacana.preserve.vault import (
    Vault,
    VaultKeyInvalidError,
    VaultKeyUnknownError,
    VaultObjectDestroyedError,
    VaultObjectMissingError,
    VaultRangeInvalidError,
    VaultSourceMissingError,
)

KEY = bytes(range(32))
ACTOR = "policy:test@1"
BIG = os.urandom(3 * 2**20 + 17)
DAY = timedelta(days=1)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def keep(vault: Vault, data: bytes, folder: Path, subject: str = "up_1", **more) -> PreservationReceipt:
    source = folder / "source"
    source.write_bytes(data)
    return vault.preserve(source, digest(data), len(data), "video/mp4", HoldReason.SCREENING, subject, ACTOR, **more)


def verbs(database: Database, subject: str) -> list[str]:
    with database.read() as connection:
        return [entry.verb for _, entry in list_entries(connection, subject=subject)]


def stored(objects: ObjectStore) -> list[str]:
    return [item.path for item in objects.list_objects("objects")]


class FailingObjects:
    """The real store, except for what a test makes of it."""

    def __init__(self, real: ObjectStore) -> None:
        self.real = real
        self.after_put = lambda: None

    def put(self, path: str, parts: Iterator[bytes]) -> int:
        written = self.real.put(path, parts)
        self.after_put()
        return written

    def __getattr__(self, name: str):
        return getattr(self.real, name)


def test_a_preserved_file_is_sealed_held_and_audited(
    vault: Vault, database: Database, objects, clock, tmp_path
) -> None:
    receipt = keep(vault, BIG, tmp_path)
    assert (receipt.sha256, receipt.size_bytes, receipt.sealed_at) == (digest(BIG), len(BIG), clock())
    assert b"".join(vault.read(receipt.sha256, "user:anna", "review")) == BIG
    with database.read() as connection:
        (hold,) = vault.list_holds(connection, receipt.sha256)
        assert (hold.id, hold.reason, hold.subject, hold.ends_at) == (
            receipt.hold_id,
            HoldReason.SCREENING,
            "up_1",
            None,
        )
        assert vault.find_receipt(connection, receipt.sha256) == receipt
        assert vault.size_of(connection, receipt.sha256) == len(BIG)
        (row,) = vault.list_objects(connection)
        assert row.media_type == "video/mp4"
        assert verify_log(connection).green
    assert verbs(database, receipt.sha256) == ["object.preserved", "hold.placed", "object.read"]
    (path,) = stored(objects)
    assert BIG[:64] not in objects.get_range(path, 0, len(BIG))


def test_preserving_twice_keeps_the_first_object_and_adds_the_second_hold(vault, database, objects, tmp_path) -> None:
    first = keep(vault, BIG, tmp_path)
    before = stored(objects)
    again = keep(vault, BIG, tmp_path)
    other = keep(vault, BIG, tmp_path, subject="up_2")
    assert again == first
    assert (other.sealed_at, stored(objects)) == (first.sealed_at, before)
    assert other.hold_id != first.hold_id
    assert verbs(database, first.sha256) == ["object.preserved", "hold.placed", "hold.placed"]


def test_bytes_made_by_jacana_are_kept_too(vault: Vault, clock) -> None:
    receipt = vault.preserve_bytes(b"<report/>", "text/xml", HoldReason.REPORT, "rep_1", ACTOR, clock() + 365 * DAY)
    assert b"".join(vault.read(receipt.sha256, ACTOR, "report")) == b"<report/>"
    empty = vault.preserve_bytes(b"", None, HoldReason.CONTEXT, "rep_1", ACTOR)
    assert b"".join(vault.read(empty.sha256, ACTOR, "report")) == b""


def test_bytes_that_are_not_the_announced_ones_are_refused(vault, database, objects, tmp_path) -> None:
    (tmp_path / "source").write_bytes(b"data")
    for sha256, size in ((digest(b"other"), 4), (digest(b"data"), 5), (digest(b"data"), 3), ("../../x", 4)):
        with pytest.raises(VaultSourceMismatchError):
            vault.preserve(tmp_path / "source", sha256, size, None, HoldReason.SCREENING, "up_1", ACTOR)
        assert verbs(database, sha256) == []
    with database.read() as connection:
        assert vault.list_objects(connection) == []
        assert vault.find_receipt(connection, digest(b"data")) is None
    assert stored(objects) == []


def test_a_source_that_is_gone_is_named(vault: Vault, tmp_path) -> None:
    with pytest.raises(VaultSourceMissingError):
        vault.preserve(tmp_path / "none", digest(b""), 0, None, HoldReason.SCREENING, "up_1", ACTOR)


def test_another_size_for_a_known_object_is_refused(vault: Vault, tmp_path) -> None:
    receipt = keep(vault, b"data", tmp_path)
    with pytest.raises(VaultSourceMismatchError):
        vault.preserve(tmp_path / "source", receipt.sha256, 9, None, HoldReason.SCREENING, "up_1", ACTOR)


def test_the_reading_is_recorded_before_the_first_byte(vault: Vault, database: Database, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path)
    stream = vault.read_range(receipt.sha256, 5, 10, "user:anna", "review")
    with database.read() as connection:
        (*_, (_, entry)) = list_entries(connection, subject=receipt.sha256)
    assert (entry.verb, entry.actor) == ("object.read", "user:anna")
    assert entry.details == {"purpose": "review", "start": 5, "end": 10}
    assert b"".join(stream) == BIG[5:10]


def test_no_byte_is_read_when_the_reading_cannot_be_recorded(vault: Vault, database: Database, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path)
    with database.write() as connection:
        connection.execute(sa.text("DELETE FROM audit_head"))
    with pytest.raises(sa.exc.NoResultFound):
        vault.read(receipt.sha256, "user:anna", "review")


def test_ranges_are_the_slices_of_the_whole(vault: Vault, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path)
    for start, end in (
        (0, 1),
        (2**20 - 1, 2**20 + 1),
        (2**20, 2**21),
        (len(BIG) - 1, len(BIG) + 500),
        (0, 2**40),
    ):
        assert b"".join(vault.read_range(receipt.sha256, start, end, ACTOR, "review")) == BIG[start:end]


def test_a_range_outside_the_object_is_refused(vault: Vault, database: Database, tmp_path) -> None:
    receipt = keep(vault, b"data", tmp_path)
    for start, end in ((-1, 4), (3, 3), (9, 4), (4, 5)):
        with pytest.raises(VaultRangeInvalidError):
            vault.read_range(receipt.sha256, start, end, ACTOR, "review")
    assert "object.read" not in verbs(database, receipt.sha256)


def test_what_was_never_there_is_not_found(vault: Vault, database: Database, clock) -> None:
    with pytest.raises(VaultObjectMissingError):
        vault.read("00" * 32, ACTOR, "review")
    with database.write() as connection, pytest.raises(VaultObjectMissingError):
        vault.place_hold(connection, "00" * 32, HoldReason.REPORT, "rep_1", clock(), None, ACTOR)


def change_byte(file: Path, position: int) -> None:
    changed = bytearray(file.read_bytes())
    changed[position] ^= 1
    file.write_bytes(changed)


def test_a_changed_byte_is_found_by_reading(vault, objects, vault_folder, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path)
    file = vault_folder / stored(objects)[0]
    for position in (0, 20, 40, 120, 2**20 + 200, -1):
        change_byte(file, position)
        with pytest.raises(VaultObjectBrokenError):
            b"".join(vault.read(receipt.sha256, ACTOR, "review"))
        change_byte(file, position)
    assert b"".join(vault.read(receipt.sha256, ACTOR, "review")) == BIG


def test_swapped_objects_and_lost_objects_are_found(vault, database, objects, vault_folder, tmp_path) -> None:
    one, two = keep(vault, b"one!", tmp_path), keep(vault, b"two!", tmp_path)
    with database.read() as connection:
        rows = {row.sha256: vault_folder / str(row.object_path) for row in vault.list_objects(connection)}
    a, b = rows[one.sha256].read_bytes(), rows[two.sha256].read_bytes()
    rows[one.sha256].write_bytes(b)
    with pytest.raises(VaultObjectBrokenError, match="do not belong"):
        vault.read(one.sha256, ACTOR, "review")
    rows[one.sha256].write_bytes(a + b"x")
    with pytest.raises(VaultObjectBrokenError, match="do not belong"):
        vault.read(one.sha256, ACTOR, "review")
    rows[two.sha256].unlink()
    with pytest.raises(VaultObjectBrokenError, match="not in the store"):
        vault.read(two.sha256, ACTOR, "review")


def test_lost_bytes_are_sealed_anew_when_they_come_again(vault, database, objects, vault_folder, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path)
    (vault_folder / stored(objects)[0]).unlink()
    again = keep(vault, BIG, tmp_path)
    assert again.hold_id == receipt.hold_id
    assert b"".join(vault.read(receipt.sha256, ACTOR, "review")) == BIG
    with database.read() as connection:
        causes = [
            entry.details["cause"]
            for _, entry in list_entries(connection, subject=receipt.sha256)
            if entry.verb == "object.preserved"
        ]
    assert causes == ["first", "bytes_lost"]


def test_another_key_id_is_named_and_another_key_is_found(vault, database, objects, clock, tmp_path) -> None:
    receipt = keep(vault, b"data", tmp_path)
    rotated = Vault(database, objects, bytes(32), "k2", clock)
    with pytest.raises(VaultKeyUnknownError, match="under key k1, and vault_key is k2"):
        rotated.read(receipt.sha256, ACTOR, "review")
    wrong = Vault(database, objects, bytes(32), "k1", clock)
    with pytest.raises(VaultObjectBrokenError, match="cannot be unwrapped"):
        wrong.read(receipt.sha256, ACTOR, "review")
    assert keep(rotated, b"data", tmp_path) == receipt  # known bytes need no key to be held


def test_an_unusable_key_is_refused(database, objects, clock) -> None:
    for key, key_id in ((b"short", "k1"), (KEY, ""), (KEY, "k" * 41)):
        with pytest.raises(VaultKeyInvalidError):
            Vault(database, objects, key, key_id, clock)


def test_two_writers_at_once_leave_one_object_that_opens(vault, database, objects, clock, tmp_path) -> None:
    failing = FailingObjects(objects)
    slow = Vault(database, failing, KEY, "k1", clock)
    failing.after_put = lambda: keep(vault, BIG, tmp_path, subject="up_2")  # the other one is faster
    (tmp_path / "slow").mkdir()
    receipt = keep(slow, BIG, tmp_path / "slow")
    assert b"".join(vault.read(receipt.sha256, ACTOR, "review")) == BIG
    assert len(stored(objects)) == 1
    assert verbs(database, receipt.sha256) == ["object.preserved", "hold.placed", "hold.placed", "object.read"]


def test_many_threads_preserve_the_same_bytes(vault, database, objects, tmp_path) -> None:
    receipts: list[PreservationReceipt] = []

    def work(number: int) -> None:
        receipts.append(vault.preserve_bytes(BIG, None, HoldReason.SCREENING, f"up_{number}", ACTOR))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({receipt.hold_id for receipt in receipts}) == 6
    assert len({receipt.sealed_at for receipt in receipts}) == 1
    assert b"".join(vault.read(digest(BIG), ACTOR, "review")) == BIG
    assert len(stored(objects)) == 1


def test_a_store_that_is_down_records_nothing(vault, database, objects, clock, tmp_path) -> None:
    failing = FailingObjects(objects)

    def break_down() -> None:
        raise ObjectStoreUnavailableError("down")

    failing.after_put = break_down
    with pytest.raises(ObjectStoreUnavailableError):
        keep(Vault(database, failing, KEY, "k1", clock), BIG, tmp_path)
    assert verbs(database, digest(BIG)) == []
    receipt = keep(vault, BIG, tmp_path)  # the leftover does no harm
    assert b"".join(vault.read(receipt.sha256, ACTOR, "review")) == BIG
    assert [problem.harmless for problem in vault.verify()] == [True]


def test_expiry_destroys_the_key_and_the_bytes(vault, database, objects, clock, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path, ends_at=clock() + DAY)
    kept = keep(vault, b"held", tmp_path)
    assert vault.destroy_expired(clock()) == []
    clock.advance(86_400)
    assert vault.destroy_expired(clock()) == [receipt.sha256]
    assert vault.destroy_expired(clock()) == []
    with pytest.raises(VaultObjectDestroyedError):
        vault.read(receipt.sha256, ACTOR, "review")
    with database.write() as connection:
        assert vault.size_of(connection, receipt.sha256) is None
        assert vault.find_receipt(connection, receipt.sha256) is None
        with pytest.raises(VaultObjectDestroyedError):
            vault.place_hold(connection, receipt.sha256, HoldReason.REPORT, "rep_1", clock(), None, ACTOR)
        row = connection.execute(sa.select(preserve_objects).where(preserve_objects.c.sha256 == receipt.sha256)).one()
        assert (row.wrapped_key, row.object_path, row.destroyed_at) == (None, None, clock())
    assert verbs(database, receipt.sha256) == ["object.preserved", "hold.placed", "object.destroyed"]
    assert [kept.sha256 in path for path in stored(objects)] == [True]
    assert vault.verify() == []


def test_an_end_that_has_passed_is_no_obstacle(vault: Vault, clock, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path, ends_at=clock() - DAY)
    assert vault.destroy_expired(clock()) == [receipt.sha256]


def test_the_key_is_checked_on_an_object(vault, database, objects, clock, tmp_path) -> None:
    with database.read() as connection:
        assert not vault.check_key(connection)
    receipt = keep(vault, BIG, tmp_path)
    with database.read() as connection:
        assert vault.check_key(connection)
        with pytest.raises(VaultKeyUnknownError):
            Vault(database, objects, KEY, "k2", clock).check_key(connection)
        with pytest.raises(VaultObjectBrokenError):
            Vault(database, objects, bytes(32), "k1", clock).check_key(connection)
    assert "object.read" not in verbs(database, receipt.sha256)


def test_destroyed_bytes_can_be_preserved_again(vault, database, objects, clock, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path, ends_at=clock())
    assert vault.destroy_expired(clock()) == [receipt.sha256]
    again = keep(vault, BIG, tmp_path, subject="up_2")
    assert b"".join(vault.read(again.sha256, ACTOR, "review")) == BIG
    assert vault.destroy_expired(clock()) == []


def test_a_crash_between_key_and_bytes_is_finished_by_the_next_call(vault, database, objects, clock, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path, ends_at=clock())
    failing = FailingObjects(objects)

    def refuse(path: str) -> None:
        raise ObjectStoreUnavailableError("down")

    failing.delete = refuse
    with pytest.raises(ObjectStoreUnavailableError):
        Vault(database, failing, KEY, "k1", clock).destroy_expired(clock())
    with pytest.raises(VaultObjectDestroyedError):
        vault.read(receipt.sha256, ACTOR, "review")
    assert len(stored(objects)) == 1
    assert vault.destroy_expired(clock()) == []
    assert stored(objects) == []


def test_the_law_s_holds_are_not_released_early(vault, database, clock, tmp_path) -> None:
    receipt = keep(vault, BIG, tmp_path)
    with database.write() as connection:
        hold = vault.place_hold(
            connection, receipt.sha256, HoldReason.REPORT, "rep_1", clock(), clock() + 365 * DAY, "system"
        )
        assert vault.find_receipt(connection, receipt.sha256).hold_id == receipt.hold_id  # the open end is longest
        vault.release_hold(connection, receipt.hold_id, "user:anna")
        assert vault.find_receipt(connection, receipt.sha256).hold_id == hold.id
        with pytest.raises(HoldLockedError, match="2258A"):
            vault.release_hold(connection, hold.id, "user:anna")
    clock.advance(364 * 86_400)
    assert vault.destroy_expired(clock()) == []
    clock.advance(86_400)
    assert vault.destroy_expired(clock()) == [receipt.sha256]


CRASH = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from jacana.db.engine import Database
from jacana.model.preservation import HoldReason
from jacana.preserve.objects import open_object_store
from jacana.preserve.vault import Vault

url, folder, source, sha256, size = sys.argv[1:]
vault = Vault(
    Database(url), open_object_store(folder), bytes(range(32)), "k1", lambda: datetime(2026, 11, 22, 12, tzinfo=UTC)
)
vault.preserve(Path(source), sha256, int(size), None, HoldReason.SCREENING, "up_1", "system")
"""


@pytest.mark.fault
@pytest.mark.parametrize(("point", "entries"), [("preserve.after_write", 0), ("preserve.after_commit", 2)])
def test_a_process_that_dies_loses_nothing(
    vault, database_url, database, objects, vault_folder, tmp_path, point: str, entries: int
) -> None:
    (tmp_path / "source").write_bytes(BIG)
    arguments = [database_url, vault_folder.as_uri(), str(tmp_path / "source"), digest(BIG), str(len(BIG))]
    died = subprocess.run(
        [sys.executable, "-c", CRASH, *arguments],
        env={**os.environ, "JACANA_FAULT": point},
    )
    assert died.returncode == -signal.SIGKILL
    assert len(stored(objects)) == 1
    assert len(verbs(database, digest(BIG))) == entries
    receipt = keep(vault, BIG, tmp_path)
    assert verbs(database, receipt.sha256) == ["object.preserved", "hold.placed"]
    assert b"".join(vault.read(receipt.sha256, ACTOR, "review")) == BIG
    problems = vault.verify()
    assert [problem.harmless for problem in problems] == [True] * (entries == 0)
