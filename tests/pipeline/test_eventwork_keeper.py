import threading
import time

import pytest
from event_floor import TERM, add_term, say, tell

from jacana.db.outbox import count_waiting
from jacana.detect.findings.store import list_account_findings
from jacana.pipeline.eventwork import keeper
from jacana.pipeline.eventwork.keeper import EventKeeper


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: what differs between the databases is proven on the stores."""
    return sqlite_url


def findings(stages, account_id: str = "anna") -> int:
    with stages.db.read() as connection:
        return len(list_account_findings(connection, account_id))


def wait_for(is_true) -> None:
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_events_are_worked_as_they_come_until_it_is_stopped(stages) -> None:
    add_term(stages)
    running = EventKeeper(stages, pause_seconds=0.02)
    running.start()
    try:
        tell(stages, say(TERM))
        wait_for(lambda: findings(stages) == 1)
    finally:
        running.stop()
    assert not running.is_alive()
    tell(stages, say(TERM, "bert"))
    time.sleep(0.1)
    assert findings(stages, "bert") == 0


def test_a_turn_refreshes_what_the_asking_path_answers_from(stages) -> None:
    add_term(stages)
    EventKeeper(stages).turn()
    assert len(stages.live.compiled) == 1
    assert stages.door.book is not None


def test_a_failure_is_waited_out(stages, monkeypatch: pytest.MonkeyPatch) -> None:
    add_term(stages)
    tell(stages, say(TERM))
    broken = threading.Event()
    works = keeper.work_events

    def fail_once(stages):
        if not broken.is_set():
            broken.set()
            raise RuntimeError("away")
        return works(stages)

    monkeypatch.setattr(keeper, "work_events", fail_once)
    running = EventKeeper(stages, pause_seconds=0.02)
    running.start()
    try:
        wait_for(lambda: findings(stages) == 1)
    finally:
        running.stop()
    assert broken.is_set()


def test_what_was_checked_is_kept_at_the_latest_when_it_stops(stages, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    monkeypatch.setattr(type(stages.checked), "flush", lambda self: kept.append(1) or 0)
    EventKeeper(stages).stop()
    assert kept == [1]


def test_a_new_term_is_looked_back_for_without_being_asked(stages) -> None:
    tell(stages, say(TERM))
    running = EventKeeper(stages)
    running.turn()
    add_term(stages)
    running._refreshed_at = running._looked_at = float("-inf")
    running.turn()
    with stages.db.read() as connection:
        assert count_waiting(connection)["look_back_term"] == 1


def test_the_door_stays_fresh_while_checked_texts_cannot_be_kept(stages, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> int:
        raise ValueError("it cannot be kept")

    with monkeypatch.context() as patch:
        patch.setattr(type(stages.checked), "flush", fail)
        with pytest.raises(ValueError, match="kept"):
            EventKeeper(stages).refresh()
    assert not stages.door.is_stale()
