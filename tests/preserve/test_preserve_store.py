"""Rows of the vault on both databases."""

from datetime import timedelta

import pytest

from jacana.db.engine import Database
from jacana.model.preservation import Hold, HoldReason
from jacana.preserve import store
from jacana.preserve.store import VaultObject

DAY = timedelta(days=1)
A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def make_row(sha256: str, clock, **more) -> VaultObject:
    values = {
        "size_bytes": 5,
        "media_type": None,
        "wrapped_key": b"key",
        "object_path": f"objects/{sha256}.1",
        "key_id": "k1",
        "sealed_at": clock(),
    }
    return VaultObject(sha256, **{**values, **more})


@pytest.fixture
def filled(database: Database, clock) -> Database:
    with database.write() as connection:
        for sha256 in (A, B, C):
            assert store.insert_object(connection, make_row(sha256, clock))
    return database


def test_a_second_insert_changes_nothing(filled: Database, clock) -> None:
    with filled.write() as connection:
        assert not store.insert_object(connection, make_row(A, clock, key_id="other"))
        assert store.find_object(connection, A, lock=True) == make_row(A, clock)
        store.replace_object(connection, make_row(A, clock, key_id="other"))
        assert store.find_object(connection, A) == make_row(A, clock, key_id="other")
        assert store.find_object(connection, "none") is None


def test_live_objects_are_paged_and_measured(filled: Database) -> None:
    with filled.read() as connection:
        assert [row.sha256 for row in store.list_live(connection, limit=2)] == [A, B]
        assert [row.sha256 for row in store.list_live(connection, after=B)] == [C]
        assert store.measure_live(connection) == (3, 15)


def test_a_destroyed_object_leaves_its_path_until_that_is_forgotten(filled: Database, clock) -> None:
    with filled.write() as connection:
        store.forget_path(connection, A, f"objects/{A}.1")
        assert store.find_object(connection, A).object_path  # it is live: never forget where it lies
        store.erase_key(connection, A, clock())
        assert [row.sha256 for row in store.list_half_destroyed(connection)] == [A]
        assert store.measure_live(connection) == (2, 10)
        store.forget_path(connection, A, "another path")
        assert store.list_half_destroyed(connection)
        store.forget_path(connection, A, f"objects/{A}.1")
        assert store.list_half_destroyed(connection) == []
        assert store.find_paths(connection, [A, B, "none"]) == {f"objects/{B}.1"}


def test_expired_is_what_has_holds_and_no_live_one(filled: Database, clock) -> None:
    now = clock()
    with filled.write() as connection:
        store.save_hold(connection, Hold("h1", A, HoldReason.SCREENING, "up_1", now, now + DAY))
        store.save_hold(connection, Hold("h2", B, HoldReason.SCREENING, "up_1", now, now + DAY))
        store.save_hold(connection, Hold("h3", B, HoldReason.REPORT, "rep_1", now, None))
        assert store.list_expired(connection, now) == []
        assert store.list_expired(connection, now + DAY) == [A]  # C never had a hold: someone is about to place one
        store.save_hold(connection, Hold("h3", B, HoldReason.REPORT, "rep_1", now, None, released_at=now))
        assert store.list_expired(connection, now + DAY) == [A, B]
        store.erase_key(connection, A, now)
        assert store.list_expired(connection, now + DAY) == [B]


def test_holds_are_found_by_id_and_by_what_they_are_for(filled: Database, clock) -> None:
    first = Hold("h1", A, HoldReason.SCREENING, "up_1", clock(), None)
    second = Hold("h2", A, HoldReason.REPORT, "up_1", clock() + DAY, clock() + 2 * DAY)
    with filled.write() as connection:
        store.save_hold(connection, second)
        store.save_hold(connection, first)
        assert store.list_holds(connection, A) == [first, second]
        assert store.list_holds_for(connection, first.reason, first.subject) == [
            hold for hold in (first, second) if (hold.reason, hold.subject) == (first.reason, first.subject)
        ]
        assert store.list_holds_for(connection, first.reason, "another") == []
        assert store.list_holds(connection, B) == []
        assert store.find_hold(connection, "h2") == second
        assert store.find_hold(connection, "none") is None
        assert store.find_hold_for(connection, A, HoldReason.REPORT, "up_1") == second
        assert store.find_hold_for(connection, A, HoldReason.REPORT, "up_2") is None
