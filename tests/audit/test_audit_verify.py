"""The audit log on both databases: whole when untouched, red after any one byte is changed."""

import pytest
import sqlalchemy as sa

from jacana.audit import AuditEntry, append_entry, count_entries, last_entry, list_entries, verify_log
from jacana.db.engine import Database
from jacana.db.tables.audit import audit_entries, audit_head


@pytest.fixture
def log(database: Database, clock) -> Database:
    for number in range(7):
        with database.write() as connection:
            position = append_entry(
                connection, AuditEntry(clock(), "user:anna", "case.viewed", f"case_{number}", {"seconds": number})
            )
            assert position == number
        clock.advance(1)
    return database


def test_untouched_log_is_green(log: Database) -> None:
    seen: list[tuple[int, int]] = []
    with log.read() as connection:
        result = verify_log(connection, progress=lambda done, total: seen.append((done, total)))
        assert (result.size, result.root) == count_entries(connection)
    assert result.green
    assert seen == [(7, 7)]


def test_a_rolled_back_change_leaves_no_entry(log: Database, clock) -> None:
    with pytest.raises(RuntimeError), log.write() as connection:
        append_entry(connection, AuditEntry(clock(), "system", "x.y", "z"))
        raise RuntimeError
    with log.read() as connection:
        assert verify_log(connection).size == 7


@pytest.mark.parametrize("offset", [0, 10, 40])
def test_one_changed_byte_is_found(log: Database, offset: int) -> None:
    with log.write() as connection:
        row = connection.execute(sa.select(audit_entries).where(audit_entries.c.position == 3)).one()
        changed = bytearray(row.entry)
        changed[offset] ^= 1
        connection.execute(audit_entries.update().where(audit_entries.c.position == 3).values(entry=bytes(changed)))
    with log.read() as connection:
        result = verify_log(connection)
    assert not result.green
    assert "entry 3" in str(result.problem)


@pytest.mark.parametrize("column", ["verb", "actor", "subject"])
def test_changed_columns_are_found(log: Database, column: str) -> None:
    with log.write() as connection:
        connection.execute(audit_entries.update().where(audit_entries.c.position == 5).values({column: "other"}))
    with log.read() as connection:
        assert "columns" in str(verify_log(connection).problem)


def test_a_removed_entry_is_found(log: Database) -> None:
    with log.write() as connection:
        connection.execute(audit_entries.delete().where(audit_entries.c.position == 2))
    with log.read() as connection:
        assert verify_log(connection).problem == "entry 2 is missing"


def test_a_cut_tail_is_found(log: Database) -> None:
    with log.write() as connection:
        connection.execute(audit_entries.delete().where(audit_entries.c.position == 6))
    with log.read() as connection:
        assert "the head says 7 entries" in str(verify_log(connection).problem)


def test_a_kept_root_proves_the_past(log: Database, clock) -> None:
    with log.read() as connection:
        size, root = count_entries(connection)
    with log.write() as connection:
        append_entry(connection, AuditEntry(clock(), "system", "x.y", "z"))
    with log.read() as connection:
        assert verify_log(connection, kept_size=size, kept_root=root).green
        assert "kept root" in str(verify_log(connection, kept_size=size, kept_root="00" * 32).problem)
        assert "kept root" in str(verify_log(connection, kept_size=99, kept_root=root).problem)


def test_peaks_are_checked(log: Database) -> None:
    with log.write() as connection:
        connection.execute(audit_head.update().values(peaks=[]))
    with log.read() as connection:
        assert "peaks" in str(verify_log(connection).problem)


def test_entries_are_listed_by_subject_and_by_verb(log: Database) -> None:
    with log.read() as connection:
        assert [position for position, _ in list_entries(connection, subject="case_4")] == [4]
        assert [position for position, _ in list_entries(connection, start=2, limit=3)] == [2, 3, 4]
        newest = last_entry(connection, "case.viewed")
        assert newest is not None
        assert newest.subject == "case_6"
        assert last_entry(connection, "no.such") is None
