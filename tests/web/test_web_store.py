"""Rows of users and sessions."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from jacana.db.engine import Database
from jacana.web import store


@pytest.fixture
def row(database: Database, clock) -> store.UserRow:
    made = store.UserRow("user_1", "anna", "lead", "$argon2id$…", clock(), None, 0, None)
    with database.write() as connection:
        store.insert_user(connection, made)
    return made


def test_a_user_comes_back_as_it_went_in(database: Database, row: store.UserRow) -> None:
    with database.write() as connection:
        assert store.find_user(connection, "anna") == row
        assert store.load_user(connection, "user_1") == store.load_user(connection, "user_1", lock=True) == row
        assert store.find_user(connection, "ANNA") is None
        assert store.load_user(connection, "user_2") is None
        assert store.list_users(connection) == [row]


def test_a_name_is_unique(database: Database, row: store.UserRow) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        store.insert_user(connection, store.UserRow("user_2", "anna", "lead", "x", row.created_at, None, 0, None))


def test_failures_and_password_are_replaced(database: Database, row: store.UserRow, clock) -> None:
    with database.write() as connection:
        store.save_failures(connection, "user_1", 4, clock())
        store.save_password(connection, "user_1", "new")
        store.disable_user(connection, "user_1", clock())
        found = store.load_user(connection, "user_1")
    assert found is not None
    assert (found.failed_logins, found.locked_until, found.password_hash) == (4, clock(), "new")
    assert found.disabled_at == clock()


def test_sessions_end_once(database: Database, row: store.UserRow, clock) -> None:
    later = clock() + timedelta(hours=1)
    with database.write() as connection:
        for token_hash in ("aa", "bb", "cc"):
            store.insert_session(connection, token_hash, "user_1", "csrf", clock(), later)
        assert store.load_session(connection, "aa", clock()) == store.SessionRow(row, "csrf", later)
        assert store.load_session(connection, "aa", later) is None
        assert store.load_session(connection, "zz", clock()) is None
        assert store.end_session(connection, "aa", clock()) == "user_1"
        assert store.end_session(connection, "aa", clock()) is None
        store.end_user_sessions(connection, "user_1", clock())
        assert store.load_session(connection, "bb", clock()) is None
        assert store.end_session(connection, "cc", clock()) is None


def test_a_disabled_user_has_no_session(database: Database, row: store.UserRow, clock) -> None:
    with database.write() as connection:
        store.insert_session(connection, "aa", "user_1", "csrf", clock(), clock() + timedelta(hours=1))
        store.disable_user(connection, "user_1", clock())
        assert store.load_session(connection, "aa", clock()) is None
