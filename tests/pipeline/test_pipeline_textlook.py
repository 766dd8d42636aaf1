"""A new term finds what was written before it; once, through crashes, and only what the policy may act on is judged."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from event_floor import TERM, add_term, say, tell, work_all

from jacana.audit import list_entries
from jacana.db.outbox import list_due
from jacana.db.tables.detect_accounts import detect_account_findings
from jacana.db.tables.detect_text import detect_term_outcomes, detect_terms
from jacana.detect.findings.store import list_account_findings
from jacana.detect.text.textindex import store
from jacana.model.term import MatchMode, Term, TermState
from jacana.pipeline import textlook
from jacana.pipeline.eventwork.worker import work_events
from jacana.pipeline.inline import drain_outbox
from jacana.pipeline.textlook import begin_term_look_back, list_all_tokens, take_turn


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: what differs between the databases is proven on the stores."""
    return sqlite_url


@pytest.fixture
def stages_at_work(stages, monkeypatch):
    """Wired stages whose event path has loaded the (empty) lexicon."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    refresh(stages)
    return stages


def refresh(stages) -> None:
    with stages.db.read() as connection:
        stages.live.refresh(connection)


def begin(stages):
    refresh(stages)
    return begin_term_look_back(stages)


def run(stages, limit: int = 50) -> list[str]:
    stages.clock.advance(3)
    return drain_outbox(stages, limit=limit)


def findings_of(stages, account_id: str = "anna"):
    with stages.db.read() as connection:
        return list_account_findings(connection, account_id)


def count(stages, table) -> int:
    with stages.db.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def judged(stages) -> list[str]:
    with stages.db.read() as connection:
        return [
            row.payload["account_id"] for row in list_due(connection, stages.clock()) if row.topic == "judge_account"
        ]


def lookbacks(stages):
    with stages.db.read() as connection:
        return store.list_lookbacks(connection)


def add_mode_term(stages, text: str, mode: MatchMode) -> str:
    term = Term("", text, mode, 4, TermState.SHADOW, source="test", licence="none")
    with stages.db.write() as connection:
        term_id = stages.lexicon.add_term(connection, term, "cli:test")
        for user in ("user_1", "user_2"):
            stages.lexicon.approve_term(connection, term_id, user)
    return term_id


@pytest.mark.parametrize(("mode", "opened"), [(MatchMode.SUBSTRING, 3), (MatchMode.TOKEN, 2)], ids=["scan", "index"])
def test_a_new_term_finds_what_was_written_before_it(stages_at_work, mode: MatchMode, opened: int) -> None:
    stages = stages_at_work
    tell(stages, say(f"look at {TERM} now"), say("nothing to see", "bert"), say(f"{TERM} again", "carla"))
    tell(stages, {"type": "session_started", "account_id": "dora", "ip": "192.0.2.1"})
    work_all(stages)
    assert findings_of(stages) == []
    add_mode_term(stages, TERM, mode)
    begun = begin(stages)
    assert (begun.until_sequence, len(begun.term_ids)) == (4, 1)
    assert take_turn(stages, begun.id) is None
    (finding,) = findings_of(stages)
    assert [(match.start, match.end, match.state) for match in finding.matches] == [(8, 16, "active")]
    assert judged(stages) == ["anna", "carla"] and findings_of(stages, "bert") == []
    assert count(stages, detect_term_outcomes) == 2
    (done,) = lookbacks(stages)
    assert (done.state, done.hits, done.cursor) == ("done", 2, 4)
    assert done.texts == opened, "through the index only the texts with the word are opened"
    assert begin(stages) is None and take_turn(stages, begun.id) is None


def test_its_turns_are_promised_and_lead_to_the_policy(stages_at_work) -> None:
    stages = stages_at_work
    tell(stages, say(TERM))
    work_all(stages)
    add_term(stages)
    begun = begin(stages)
    topics = run(stages)
    assert topics[:2] == ["look_back_term", "judge_account"]
    with stages.db.read() as connection:
        entries = [entry for _, entry in list_entries(connection, subject=begun.id)]
    assert [entry.verb for entry in entries] == ["term_lookback.begun", "term_lookback.finished"]
    assert [dict(entry.details) for entry in entries] == [{"terms": 1, "until": 1}, {"terms": 1, "texts": 1, "hits": 1}]
    assert TERM not in str(entries)


def test_what_the_event_path_found_is_not_found_again(stages_at_work) -> None:
    stages = stages_at_work
    add_term(stages)
    tell(stages, say(TERM), say("a day out", "bert"))
    work_all(stages)
    before = count(stages, detect_account_findings)
    begun = begin(stages)
    take_turn(stages, begun.id)
    assert (count(stages, detect_account_findings), lookbacks(stages)[0].hits) == (before, 0)
    add_term(stages, "quandrel")
    tell(stages, say(f"{TERM} and quandrel", "carla"))
    work_all(stages)
    take_turn(stages, begin(stages).id)
    assert len(findings_of(stages, "carla")) == 1


def test_a_second_term_in_a_text_with_a_known_one_is_found(stages_at_work) -> None:
    stages = stages_at_work
    add_term(stages)
    tell(stages, say(f"{TERM} and quandrel"))
    work_all(stages)
    second = add_term(stages, "quandrel", severity=5)
    take_turn(stages, begin(stages).id)
    first, later = sorted(findings_of(stages), key=lambda finding: finding.severity)
    assert [match.term_id for match in later.matches] == [second]
    assert (first.severity, later.severity) == (4, 5)


def test_a_term_that_leaves_the_shadow_is_looked_for_again(stages_at_work) -> None:
    stages = stages_at_work
    term_id = add_term(stages, active=False)
    tell(stages, say(TERM))
    work_all(stages)
    take_turn(stages, begin(stages).id)
    assert [finding.score for finding in findings_of(stages)] == [0] and judged(stages) == []
    with stages.db.write() as connection:
        for user in ("user_1", "user_2"):
            stages.lexicon.approve_term(connection, term_id, user)
    take_turn(stages, begin(stages).id)
    assert {finding.details["term_state"] for finding in findings_of(stages)} == {"shadow", "active"}
    assert judged(stages) == ["anna"]
    with stages.db.write() as connection:  # less trusted than before: nothing new is said of old texts
        connection.execute(detect_terms.update().values(state="probation", sequence=detect_terms.c.sequence + 1))
    take_turn(stages, begin(stages).id)
    assert len(findings_of(stages)) == 2


def test_a_bio_that_every_upload_repeats_is_found_once(stages_at_work) -> None:
    stages = stages_at_work
    for number in range(3):
        tell(stages, {"type": "account_updated", "account_id": "anna", "bio": f"my {TERM}", "id": f"u{number}"})
    work_all(stages)
    add_term(stages)
    take_turn(stages, begin(stages).id)
    assert len(findings_of(stages)) == 1


def test_a_look_back_goes_on_where_it_stopped(stages_at_work, monkeypatch) -> None:
    stages = stages_at_work
    monkeypatch.setattr(textlook, "PAGE_EVENTS", 2)
    monkeypatch.setattr(textlook, "TURN_SECONDS", 0)
    tell(stages, *(say(f"{TERM} {number}", f"a{number}") for number in range(7)))
    work_all(stages)
    add_term(stages)
    begun = begin(stages)
    assert [take_turn(stages, begun.id) for _ in range(4)] == [0.0, 0.0, 0.0, None]
    (done,) = lookbacks(stages)
    assert (done.state, done.hits, done.texts) == ("done", 7, 7)
    assert len(judged(stages)) == 7


def test_a_page_that_was_not_recorded_is_read_again_and_counts_once(stages_at_work, monkeypatch) -> None:
    stages = stages_at_work
    monkeypatch.setattr(textlook, "PAGE_EVENTS", 2)
    tell(stages, *(say(TERM, f"a{number}") for number in range(5)))
    work_all(stages)
    add_term(stages)
    begun = begin(stages)
    pages = iter(range(10))

    def crash(_point: str) -> None:
        if next(pages) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(textlook, "fault", crash)
    with pytest.raises(KeyboardInterrupt):
        take_turn(stages, begun.id)
    assert lookbacks(stages)[0].cursor == 4
    real = store.update_lookback

    def fail(*_arguments: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(store, "update_lookback", fail)
    before = count(stages, detect_account_findings)
    with pytest.raises(RuntimeError):
        take_turn(stages, begun.id)
    assert count(stages, detect_account_findings) == before, "findings and progress are one transaction"
    monkeypatch.setattr(store, "update_lookback", real)
    assert take_turn(stages, begun.id) is None
    assert (lookbacks(stages)[0].hits, count(stages, detect_account_findings)) == (5, 5)


def test_another_worker_on_the_same_look_back_doubles_nothing(stages_at_work, monkeypatch) -> None:
    stages = stages_at_work
    tell(stages, say(TERM))
    work_all(stages)
    add_term(stages)
    begun = begin(stages)
    stale = lookbacks(stages)[0]
    take_turn(stages, begun.id)
    with stages.db.read() as connection:
        (told,) = stages.events.load_events(connection, [1])
    after, went_on = textlook._record_page(stages, stale, [], 1, 1)
    assert told and not went_on and after.texts == 1


def test_it_waits_for_the_event_path(stages_at_work) -> None:
    stages = stages_at_work
    tell(stages, say(TERM))
    work_all(stages)
    tell(stages, say(f"{TERM} later", "berta"))
    add_term(stages)
    begun = begin(stages)
    assert take_turn(stages, begun.id) == textlook.WAIT_SECONDS
    assert len(findings_of(stages)) == 1 and findings_of(stages, "berta") == []
    work_events(stages)
    assert take_turn(stages, begun.id) is None
    assert len(findings_of(stages, "berta")) == 1, "found by the event path, and once"


def test_it_begins_only_when_the_event_path_has_the_terms(stages_at_work) -> None:
    stages = stages_at_work
    assert begin_term_look_back(stages) is None
    add_term(stages)
    assert begin_term_look_back(stages) is None, "texts are still screened without it"
    assert begin(stages) is not None
    assert begin(stages) is None


def test_a_term_that_was_retired_meanwhile_is_not_looked_for(stages_at_work) -> None:
    stages = stages_at_work
    tell(stages, say(TERM))
    work_all(stages)
    term_id = add_term(stages)
    begun = begin(stages)
    with stages.db.write() as connection:
        stages.lexicon.retire_term(connection, term_id, "cli:test", "a mistake")
    assert take_turn(stages, begun.id) is None
    assert findings_of(stages) == [] and lookbacks(stages)[0].state == "done"
    assert begin(stages) is None


def test_what_has_no_basis_is_not_read(stages_at_work, monkeypatch) -> None:
    stages = stages_at_work
    tell(stages, say(TERM))
    work_all(stages)
    add_term(stages)
    begun = begin(stages)
    off = replace(stages, settings=replace(stages.settings, public_text_legal_basis=""))
    assert take_turn(off, begun.id) is None
    assert findings_of(stages) == [] and lookbacks(stages)[0].texts == 0


def test_an_unknown_look_back_is_done(stages_at_work) -> None:
    assert take_turn(stages_at_work, "look_nobody") is None


def test_terms_are_looked_up_together_or_every_text_is_read(monkeypatch) -> None:
    def make(text: str, mode: MatchMode) -> Term:
        return Term(f"term_{text}", text, mode, 3, TermState.ACTIVE)

    words = [make("zorvalim", MatchMode.TOKEN), make("quandrel", MatchMode.TOKEN)]
    assert len(list_all_tokens(words)) >= 2
    assert list_all_tokens([]) == set()
    assert list_all_tokens([*words, make("mipsodor", MatchMode.SUBSTRING)]) is None
    monkeypatch.setattr(textlook, "TOKENS_AT_MOST", 1)
    assert list_all_tokens(words) is None
