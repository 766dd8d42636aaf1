from datetime import UTC, datetime

from jacana.db.engine import Database
from jacana.pipeline.eventwork.store import move_cursor, read_cursor

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_cursor_begins_at_nothing_and_each_has_its_own_place(database: Database) -> None:
    with database.write() as connection:
        assert read_cursor(connection, "a") == 0
        move_cursor(connection, "a", 7, NOW)
        move_cursor(connection, "b", 3, NOW)
        move_cursor(connection, "a", 9, NOW)
    with database.read() as connection:
        assert (read_cursor(connection, "a"), read_cursor(connection, "b"), read_cursor(connection, "c")) == (9, 3, 0)
