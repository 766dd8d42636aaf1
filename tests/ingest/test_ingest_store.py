import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from jacana.db.tables.ingest import ingest_accounts
from jacana.ingest import store
from jacana.model.account import AccountState
from jacana.model.event import EventType


def test_facts_overwrite_or_only_fill_gaps(database, clock):
    with database.write() as connection:
        store.upsert_account(connection, "anna", {"screen_name": "one"}, clock(), overwrite=False)
        store.upsert_account(connection, "anna", {"screen_name": "two", "bio": "b"}, clock(), overwrite=False)
        row = store.find_account_row(connection, "anna")
        assert (row.screen_name, row.bio, row.state) == ("one", "b", "active")
        clock.advance(5)
        store.upsert_account(connection, "anna", {"screen_name": "two"}, clock(), overwrite=True)
        row = store.find_account_row(connection, "anna")
        assert (row.screen_name, row.bio) == ("two", "b")
        assert row.updated_at - row.first_seen_at == timedelta(seconds=5)


def test_nothing_is_found_where_nothing_is(database):
    with database.read() as connection:
        assert store.find_account_row(connection, "x") is None
        assert store.find_upload_row(connection, id="x") is None
        assert store.find_upload_row(connection, network_id="x") is None
        assert store.find_request(connection, "x", "y") is None
        assert store.find_key_row(connection, id="x") is None
        assert store.find_event_row(connection, "x") is None
        assert store.load_uploads(connection, set()) == {}
        assert store.load_fingerprints(connection, {"x"}) == {}
        assert not store.is_spool_name_known(connection, "x")


def test_updates_say_whether_there_was_a_row(database):
    with database.write() as connection:
        assert not store.update_upload(connection, "x", state="held")
        assert not store.update_key(connection, "x", name="y")


def test_a_state_is_kept_of_an_account_nobody_has_told_of(database, clock):
    with database.write() as connection:
        store.set_account_state(connection, "anna", AccountState.BANNED, clock())
        store.upsert_account(connection, "anna", {"screen_name": "one"}, clock(), overwrite=True)
        row = store.find_account_row(connection, "anna")
        assert (row.screen_name, row.state, row.first_seen_at) == ("one", "banned", clock())
        store.set_account_state(connection, "anna", AccountState.ACTIVE, clock())
        assert store.find_account_row(connection, "anna").state == "active"


def test_a_writer_that_lost_a_race_looks_again(database, clock):
    """Both look before either inserts; the loser's second run finds what the winner wrote."""
    both_looked = threading.Barrier(2, timeout=20) if not database.is_sqlite else None
    inserted = []

    def work(connection):
        if store.find_account_row(connection, "anna") is not None:
            return "found"
        if both_looked is not None and not inserted:
            both_looked.wait()
        now = clock()  # inserted as it is: upsert_account would look a second time, and then may find it
        connection.execute(
            ingest_accounts.insert().values(id="anna", state="active", first_seen_at=now, updated_at=now)
        )
        inserted.append(1)
        return "made"

    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(store.write_through_races(database, work))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["found", "made"]


def test_a_defect_that_is_no_race_is_not_retried_for_ever(database):
    runs = []

    def work(connection):
        runs.append(1)
        store.insert_upload(connection, {"id": "x", "network_id": None})

    with pytest.raises(IntegrityError):
        store.write_through_races(database, work)
    assert 1 < len(runs) <= 10


def event_row(clock, id, kind, minutes, upload_id=None):
    return {
        "id": id,
        "type": kind.value,
        "account_id": "anna",
        "occurred_at": clock() + timedelta(minutes=minutes),
        "received_at": clock(),
        "payload": {"id": id},
        "sealed": None,
        "upload_id": upload_id,
        "fingerprint": "f" * 64,
    }


def test_newer_events_are_seen_by_type_and_upload(database, clock):
    changed = [EventType.VISIBILITY_CHANGED]
    with database.write() as connection:
        store.insert_events(
            connection,
            [
                event_row(clock, "1", EventType.VISIBILITY_CHANGED, 5, "upload_1"),
                event_row(clock, "2", EventType.FOLLOW, 9, None),
            ],
        )
        store.insert_events(connection, [])
        now = clock()
        assert store.has_newer_event(connection, changed, "anna", now, "upload_1")
        assert not store.has_newer_event(connection, changed, "anna", now, "upload_2")
        assert not store.has_newer_event(connection, changed, "bert", now, "upload_1")
        assert not store.has_newer_event(connection, changed, "anna", now + timedelta(minutes=5), "upload_1")
        assert [row.id for row in store.list_event_rows(connection, "anna", 10)] == ["2", "1"]
        event = store.read_event(store.find_event_row(connection, "1"))
        assert (event.type, event.upload_id) == (EventType.VISIBILITY_CHANGED, "upload_1")
