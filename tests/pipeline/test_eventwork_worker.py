import pytest
import sqlalchemy as sa
from event_floor import TERM, add_term, say, tell

from jacana.audit import list_entries, verify_log
from jacana.db.outbox import count_waiting, list_due
from jacana.db.tables.detect_accounts import detect_account_findings, detect_accounts
from jacana.db.tables.detect_text import detect_term_outcomes, detect_text_tokens
from jacana.db.tables.ingest import ingest_events
from jacana.detect.findings.store import list_account_findings
from jacana.detect.text.live import LexiconNotLoadedError
from jacana.model.account_finding import AccountFindingKind
from jacana.pipeline.eventwork import worker
from jacana.pipeline.eventwork.store import move_cursor, read_cursor
from jacana.pipeline.eventwork.worker import CURSOR, promise_judging, work_events


def count(stages, table) -> int:
    with stages.db.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def findings_of(stages, account_id: str = "anna"):
    with stages.db.read() as connection:
        return list_account_findings(connection, account_id)


def judging(stages) -> list[str]:
    with stages.db.read() as connection:
        due = list_due(connection, stages.clock())
    return sorted(row.payload["account_id"] for row in due if row.topic == "judge_account")


def test_what_is_told_is_read_recorded_indexed_and_put_to_the_policy(stages) -> None:
    add_term(stages)
    tell(stages, say(f"look at {TERM} now"), say("nothing to see", "bert"), say(f"{TERM} again", "carla"))
    assert work_events(stages) == 3
    (finding,) = findings_of(stages)
    assert finding.kind is AccountFindingKind.TERM_HIT
    assert [(match.start, match.end) for match in finding.matches] == [(8, 16)]
    assert findings_of(stages, "bert") == []
    assert judging(stages) == ["anna", "carla"]
    assert count(stages, detect_text_tokens) >= 8
    assert count(stages, detect_term_outcomes) == 2
    with stages.db.read() as connection:
        assert read_cursor(connection, CURSOR) == 3
        assert verify_log(connection).green
        (entry,) = [e for _, e in list_entries(connection, subject=CURSOR)]
    assert TERM not in str(entry.details)
    assert work_events(stages) == 0


def test_a_batch_that_is_worked_again_changes_nothing(stages, monkeypatch: pytest.MonkeyPatch) -> None:
    add_term(stages)
    tell(stages, say(TERM), {"type": "session_started", "device_id": "phone", "ip": "192.0.2.1"})
    work_events(stages)
    tables = (detect_account_findings, detect_text_tokens, detect_accounts, detect_term_outcomes)
    before = [count(stages, table) for table in tables]
    monkeypatch.setattr(worker, "read_cursor", lambda _connection, _name: 0)  # as after a crash before the cursor moved
    assert work_events(stages) == 2
    assert [count(stages, table) for table in tables] == before
    with stages.db.read() as connection:
        assert count_waiting(connection)["judge_account"] == 1


def test_whoever_comes_second_writes_nothing(stages, monkeypatch: pytest.MonkeyPatch) -> None:
    add_term(stages)
    tell(stages, say(TERM))
    positions = iter([0, 1])
    monkeypatch.setattr(worker, "read_cursor", lambda _connection, _name: next(positions))
    assert work_events(stages) == 0
    assert findings_of(stages) == []


def test_a_term_in_shadow_is_counted_and_puts_nobody_to_the_policy(stages) -> None:
    add_term(stages, active=False)
    tell(stages, say(TERM))
    work_events(stages)
    assert judging(stages) == []
    assert count(stages, detect_term_outcomes) == 1


def test_an_event_that_cannot_be_opened_is_passed_over_on_record_and_holds_nobody_up(stages) -> None:
    add_term(stages)
    tell(stages, say(TERM), say("spoilt", "bert"), say(TERM, "carla"))
    with stages.db.write() as connection:
        spoil = ingest_events.update().where(ingest_events.c.sequence == 2)
        connection.execute(spoil.values(sealed=b"\0" * 40))
    while work_events(stages):
        pass
    assert judging(stages) == ["anna", "carla"]
    with stages.db.read() as connection:
        (entry,) = [e for _, e in list_entries(connection, subject="2")]
        assert read_cursor(connection, CURSOR) == 3
    assert (entry.verb, entry.details) == ("event.passed_over", {"code": "database.sealed_field_broken"})


def test_only_the_event_that_failed_is_passed_over(stages, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(stages, say("one"), say("two"))

    def overtaken(*_: object) -> None:
        """Somebody else works the first event while this worker fails on it."""
        with stages.db.write() as connection:
            move_cursor(connection, CURSOR, 1, stages.clock())
        raise ValueError

    monkeypatch.setattr(worker, "_work_batch", overtaken)
    assert work_events(stages, 1) == 0
    with stages.db.read() as connection:
        assert read_cursor(connection, CURSOR) == 1


def test_while_the_lexicon_is_not_there_events_wait(stages, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments):
        raise RuntimeError("a term cannot be opened")

    tell(stages, say(TERM))
    with monkeypatch.context() as broken:
        broken.setattr(stages.lexicon, "load_terms", fail)
        with pytest.raises(LexiconNotLoadedError):
            work_events(stages)
    add_term(stages)
    assert work_events(stages) == 1
    assert len(findings_of(stages)) == 1


@pytest.mark.parametrize("off", ["public_text_legal_basis", "accounts_legal_basis"])
def test_what_has_no_basis_is_not_looked_at(stages, off: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add_term(stages)
    tell(stages, say(TERM), {"type": "session_started", "device_id": "phone", "ip": "192.0.2.1"})
    object.__setattr__(stages.settings, off, "")
    work_events(stages)
    assert bool(findings_of(stages)) == (off != "public_text_legal_basis")
    assert bool(count(stages, detect_accounts)) == (off != "accounts_legal_basis")


def test_the_same_log_in_handed_over_again_is_known_again(stages) -> None:
    tell(stages, say("log in: mira pass: Kestrel-4711"))
    work_events(stages)
    tell(stages, say("log in: mira pass: Kestrel-4711", "bert"))
    work_events(stages)
    assert findings_of(stages)[0].details["repeated"] is False
    assert findings_of(stages, "bert")[0].details["repeated"] is True


def test_judging_is_promised_once_for_each_cause(stages) -> None:
    for cause in ("events-1", "events-1", "events-2"):
        with stages.db.write() as connection:
            promise_judging(stages, connection, "x" * 200, cause)
    assert judging(stages) == ["x" * 200] * 2
