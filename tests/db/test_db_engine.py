"""One Database over both engines: durable, one writer at a time, reads beside it, errors of our own."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from jacana.db.engine import Database, DatabaseMissingError, DatabaseUnavailableError, DatabaseUrlInvalidError

counter = sa.Table("counter", sa.MetaData(), sa.Column("value", sa.Integer, nullable=False))


@pytest.fixture
def counted(database: Database) -> Database:
    with database.write() as connection:
        counter.create(connection)
        connection.execute(counter.insert().values(value=0))
    return database


def read_value(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(counter.c.value))


def increment(database: Database) -> None:
    """Read, then write: loses counts unless writers exclude one another."""
    with database.write() as connection:
        value = connection.scalar(sa.select(counter.c.value).with_for_update())
        connection.execute(counter.update().values(value=value + 1))


def pragma(database: Database, name: str) -> object:
    with database.read() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("busy_timeout", 30000)],
)
def test_sqlite_is_durable_and_strict(sqlite_url: str, name: str, value: object) -> None:
    database = Database(sqlite_url)
    assert pragma(database, name) == value
    database.close()


def test_a_block_that_raises_changes_nothing(counted: Database) -> None:
    with pytest.raises(RuntimeError), counted.write() as connection:
        connection.execute(counter.update().values(value=9))
        raise RuntimeError
    assert read_value(counted) == 0


def test_a_read_that_writes_is_not_kept(counted: Database) -> None:
    with counted.read() as connection:
        connection.execute(counter.update().values(value=9))
    assert read_value(counted) == 0


def test_threads_lose_no_increment(counted: Database) -> None:
    def work() -> None:
        for _ in range(20):
            increment(counted)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_value(counted) == 120


PROCESS = """
import sys
import sqlalchemy as sa
from jacana.db.engine import Database

database = Database(sys.argv[1])
for _ in range(40):
    with database.write() as connection:
        value = connection.scalar(sa.text("SELECT value FROM counter" + sys.argv[2]))
        connection.execute(sa.text("UPDATE counter SET value = :value"), {"value": value + 1})
"""


def test_processes_lose_no_increment(counted: Database) -> None:
    lock = "" if counted.is_sqlite else " FOR UPDATE"
    url = counted.engine.url.render_as_string(hide_password=False)
    processes = [subprocess.Popen([sys.executable, "-c", PROCESS, url, lock]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert read_value(counted) == 80


def test_reading_goes_on_during_a_write(counted: Database) -> None:
    with counted.write() as connection:
        connection.execute(counter.update().values(value=5))
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(read_value(counted)))
        thread.start()
        thread.join(timeout=10)
        assert seen == [0]
    assert read_value(counted) == 5


def test_a_reader_sees_one_state_of_sqlite_throughout(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.write() as connection:
        counter.create(connection)
        connection.execute(counter.insert().values(value=0))
    with database.read() as connection:
        before = connection.scalar(sa.select(counter.c.value))
        increment(database)
        assert connection.scalar(sa.select(counter.c.value)) == before
    assert read_value(database) == 1
    database.close()


def test_a_database_that_stays_locked_is_unavailable(sqlite_url: str) -> None:
    holder, waiter = Database(sqlite_url), Database(f"{sqlite_url}?timeout=0.05")
    sa.event.listen(waiter.engine, "connect", lambda raw, _record: raw.execute("PRAGMA busy_timeout=50"))
    with holder.write(), pytest.raises(DatabaseUnavailableError) as caught, waiter.write():
        pass
    assert caught.value.retryable
    holder.close()
    waiter.close()


def test_a_database_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    nowhere = Database("postgresql://jacana:not-shown@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailableError) as caught, nowhere.read():
        pass
    assert "not-shown" not in caught.value.message
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(DatabaseUnavailableError), Database(f"sqlite:///{tmp_path / 'folder.db'}").read():
        pass


def test_opening_makes_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a' / 'jacana.db'}")
    assert database.is_missing()
    for open_it in (database.read, database.write):
        with pytest.raises(DatabaseMissingError) as caught, open_it():
            pass
        assert "no database yet" in caught.value.message
        assert "jacana init" in caught.value.remedy
    assert not (tmp_path / "a").exists()
    database.close()


def test_a_sqlite_file_is_made_on_request_for_its_user_only(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "jacana.db"
    database = Database(f"sqlite:///{file}")
    database.create_file()
    database.create_file()
    with database.read():
        pass
    assert not database.is_missing()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    database.close()


def test_a_file_that_cannot_be_made_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    database = Database(f"sqlite:///{tmp_path / 'file' / 'jacana.db'}")
    with pytest.raises(DatabaseUnavailableError):
        database.create_file()


def test_nothing_is_made_for_other_databases(database: Database) -> None:
    assert not database.is_missing()
    database.create_file()
    assert not database.is_missing()


@pytest.mark.parametrize("url", ["postgresql://h/d", "postgres://h/d", "postgresql+psycopg://h/d"])
def test_every_postgres_address_gets_our_driver(url: str) -> None:
    assert Database(url).url == "postgresql+psycopg://h/d"


@pytest.mark.parametrize("url", ["", "mysql://h/d", "jacana.db", "postgresql+asyncpg://h/d"])
def test_other_addresses_are_refused_with_a_remedy(url: str) -> None:
    with pytest.raises(DatabaseUrlInvalidError) as caught:
        Database(url)
    assert caught.value.remedy


def test_the_server_s_clock_is_read_where_there_is_one(database: Database) -> None:
    moment = database.read_clock()
    if database.is_sqlite:
        assert moment is None
    else:
        assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)
