from datetime import timedelta

import sqlalchemy as sa
from event_floor import TERM, add_term, say, tell

from jacana.audit import last_entry
from jacana.db.tables.detect_accounts import detect_accounts, detect_ties
from jacana.db.tables.detect_text import detect_handovers, detect_text_tokens
from jacana.db.tables.ingest import ingest_events
from jacana.model.term import TermState
from jacana.pipeline.eventwork.worker import work_events
from jacana.pipeline.retention import forget_old


def count(stages, table) -> int:
    with stages.db.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def test_each_table_forgets_after_its_own_time(stages, clock) -> None:
    term_id = add_term(stages)
    tell(
        stages,
        say(f"{TERM} log in: mira pass: Kestrel-4711"),
        {"type": "session_started", "device_id": "phone", "ip": "192.0.2.1"},
    )
    work_events(stages)
    assert forget_old(stages).total() == 0
    assert count(stages, detect_handovers) == 1

    clock.now += timedelta(days=100)  # account_state_days and term_idle_days are over
    assert forget_old(stages)["accounts"] == 1
    assert count(stages, detect_accounts) == 0
    assert count(stages, ingest_events) == 2
    with stages.db.read() as connection:
        assert stages.lexicon.show_term(connection, term_id).state is TermState.EXPIRED

    clock.now += timedelta(days=100)  # events_days too
    tell(stages, say("later"))
    work_events(stages)
    assert forget_old(stages)["events"] == 2
    assert (count(stages, ingest_events), count(stages, detect_text_tokens)) == (1, 1)
    assert count(stages, detect_handovers) == 0
    assert count(stages, detect_ties) > 0

    clock.now += timedelta(days=200)  # and ties_days
    forget_old(stages)
    assert count(stages, detect_ties) == 0
    with stages.db.read() as connection:
        assert last_entry(connection, "records.forgotten").details["ties"] > 0


def test_events_are_kept_without_end_if_the_operator_says_so(stages, clock) -> None:
    object.__setattr__(stages.settings, "events_days", 0)
    tell(stages, say("a"), say("b"))
    clock.now += timedelta(days=3000)
    assert forget_old(stages)["events"] == 0


def test_stops_between_portions_when_told(stages) -> None:
    assert forget_old(stages, lambda: False).total() == 0
