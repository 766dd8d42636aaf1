"""Appending keeps one unbroken line, whoever writes; reading names what it cannot read."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from jacana.audit import AuditEntry, append_entry, count_entries, last_entry, list_entries, verify_log
from jacana.audit.merkle import CompactTree, hash_leaf
from jacana.audit.store import AuditEntryBrokenError
from jacana.db.engine import Database
from jacana.db.tables.audit import audit_entries


def append(database: Database, clock, verb: str = "case.viewed", subject: str = "case_1", **details) -> int:
    with database.write() as connection:
        return append_entry(connection, AuditEntry(clock(), "user:anna", verb, subject, details))


def test_an_empty_log_has_the_root_of_nothing(database: Database) -> None:
    with database.read() as connection:
        assert count_entries(connection) == (0, CompactTree().root().hex())
        assert list(list_entries(connection)) == []
        assert last_entry(connection, "case.viewed") is None


def test_positions_have_no_gap_and_the_root_is_the_tree_s(database: Database, clock) -> None:
    tree = CompactTree()
    for number in range(9):
        assert append(database, clock, number=number) == number
        leaf = AuditEntry(clock(), "user:anna", "case.viewed", "case_1", {"number": number}).canonical_bytes()
        tree = tree.append(hash_leaf(leaf))
        with database.read() as connection:
            assert count_entries(connection) == (number + 1, tree.root().hex())


def test_a_transaction_with_several_entries_keeps_them_in_order(database: Database, clock) -> None:
    with database.write() as connection:
        for number in range(3):
            append_entry(connection, AuditEntry(clock(), "system", "x.done", "s", {"number": number}))
    with database.read() as connection:
        assert [entry.details["number"] for _, entry in list_entries(connection)] == [0, 1, 2]
        assert verify_log(connection).green


def test_writers_at_once_leave_one_line(database: Database, clock) -> None:
    def work(name: int) -> None:
        for number in range(10):
            append(database, clock, subject=f"case_{name}", number=number)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        result = verify_log(connection)
        assert (result.green, result.size) == (True, 40)
        for name in range(4):
            numbers = [entry.details["number"] for _, entry in list_entries(connection, subject=f"case_{name}")]
            assert numbers == list(range(10))


def test_entries_are_listed_in_parts(database: Database, clock) -> None:
    for number in range(6):
        append(database, clock, subject=f"case_{number % 2}")
    with database.read() as connection:
        assert [position for position, _ in list_entries(connection, subject="case_1")] == [1, 3, 5]
        assert [position for position, _ in list_entries(connection, subject="case_1", start=2, limit=1)] == [3]
        assert [position for position, _ in list_entries(connection, start=4)] == [4, 5]


def test_the_newest_of_a_verb_is_found(database: Database, clock) -> None:
    append(database, clock, "settings.changed", "settings", round=1)
    clock.advance(60)
    append(database, clock, "settings.changed", "settings", round=2)
    append(database, clock)
    with database.read() as connection:
        entry = last_entry(connection, "settings.changed")
    assert (entry.details, entry.at) == ({"round": 2}, clock())
    assert entry.at.utcoffset() == timedelta(0)


def test_a_changed_entry_is_named_not_guessed(database: Database, clock) -> None:
    append(database, clock)
    append(database, clock)
    for leaf in (b"\xff", b"{}", b"[]", b'{"at": 5}'):
        with database.write() as connection:
            connection.execute(audit_entries.update().where(audit_entries.c.position == 1).values(entry=leaf))
        with database.read() as connection:
            with pytest.raises(AuditEntryBrokenError, match="entry 1"):
                list(list_entries(connection))
            with pytest.raises(AuditEntryBrokenError, match="entry 1"):
                last_entry(connection, "case.viewed")
            assert "entry 1" in verify_log(connection).problem


def test_the_same_position_twice_is_impossible(database: Database, clock) -> None:
    append(database, clock)
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(
            audit_entries.insert().values(position=0, entry=b"{}", leaf_hash="", verb="v", actor="a", subject="s")
        )
