from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from jacana.audit import list_entries
from jacana.db.outbox import count_waiting
from jacana.decide.policy import parse_policy
from jacana.decide.store import list_decisions
from jacana.detect.media.banks.source import read_bank_source
from jacana.detect.media.outside.lookup import LookupAnswer
from jacana.detect.media.outside.memory import MemoryClassifier, MemoryLookup
from jacana.detect.media.outside.panel import Panel, choose_hashes
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.detect.media.outside.store import AskState
from jacana.model.bank import Trust
from jacana.model.decision import Lane
from jacana.model.finding import FindingKind
from jacana.model.upload import UploadState, Visibility
from jacana.model.verdict import Verdict
from jacana.pipeline import outside, screening
from jacana.pipeline.flow import screen_failing_upload, screen_upload
from jacana.pipeline.inline import run_step
from jacana.pipeline.outside import WAITS_SECONDS, ScreeningUnderWayError, ask_again

CSAM = LookupAnswer("csam", "near", 1)
SLOW = OutsideSilentError(Silence.SLOW, "slow")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: what differs between the databases is proven on the stores."""
    return sqlite_url


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def lookup() -> MemoryLookup:
    return MemoryLookup("shield")


@pytest.fixture
def classifier() -> MemoryClassifier:
    return MemoryClassifier({"minor": 0.2}, "eye")


@pytest.fixture
def ask(flow, lookup: MemoryLookup):
    """The flow with a look-up service that knows nothing yet."""
    flow.stages = replace(flow.stages, outside=Panel([lookup]))
    return flow


@pytest.fixture
def score(flow, classifier: MemoryClassifier):
    flow.stages = replace(flow.stages, outside=Panel([], [classifier]))
    return flow


def upload_innocent(flow) -> str:
    return flow.upload("innocent", "anna", Visibility.PUBLIC)


def screen(flow) -> str:
    upload_id = upload_innocent(flow)
    flow.drain(0)
    return upload_id


def queue(flow) -> list[Lane]:
    with flow.stages.db.read() as connection:
        return [row.lane for row in flow.stages.desk.list_queue(connection)]


def audited(flow, *verbs: str) -> list[tuple[str, dict[str, Any]]]:
    with flow.stages.db.read() as connection:
        return [(entry.verb, entry.details) for _, entry in list_entries(connection) if entry.verb in verbs]


def read_asks(flow, upload_id: str) -> dict[str, AskState]:
    with flow.stages.db.read() as connection:
        return {name: one.state for name, one in flow.stages.outside.load_asks(connection, upload_id).items()}


def kinds(flow, upload_id: str) -> list[FindingKind]:
    with flow.stages.db.read() as connection:
        return [finding.kind for finding in flow.stages.screener.list_findings(connection, upload_id)]


def rules(flow, upload_id: str) -> list[list[str]]:
    with flow.stages.db.read() as connection:
        return [[fired.rule for fired in one.fired] for _, one, _ in list_decisions(connection, upload_id)]


def waiting(flow) -> int:
    with flow.stages.db.read() as connection:
        return count_waiting(connection).get("ask_outside", 0)


def know_innocent(flow, lookup: MemoryLookup, upload_id: str) -> None:
    """Let the service know the frames of the innocent clip."""
    with flow.stages.db.read() as connection:
        facts = flow.stages.screener.load_facts(connection, flow.sha256(upload_id))
    lookup.hashes = dict.fromkeys(choose_hashes(facts).hashes, CSAM)
    assert lookup.hashes


def test_nobody_configured_means_nobody_asked_and_no_step(flow) -> None:
    names: list[str] = []

    def note(name: str, /, body: Any, *arguments: Any) -> Any:
        names.append(name)
        return run_step(name, body, *arguments)

    upload_id = upload_innocent(flow)
    screen_upload(flow.stages, note, upload_id)
    assert "ask outside" not in names
    assert flow.upload_state(upload_id) is UploadState.RELEASED


def test_nothing_known_outside_is_released_and_on_record(ask, lookup: MemoryLookup) -> None:
    upload_id = screen(ask)
    assert ask.upload_state(upload_id) is UploadState.RELEASED
    assert lookup.asked == ["hashes"]
    assert read_asks(ask, upload_id) == {"shield": AskState.ANSWERED}
    (asked, answered) = audited(ask, "lookup.asked", "lookup.answered")
    assert (asked[1]["service"], asked[1]["sent"], asked[1]["attempt"]) == ("shield", "hashes", 1)
    assert asked[1]["hashes"] >= 1
    assert answered[1] == {"service": "shield", "findings": 0}


def test_what_a_service_knows_is_held_and_looked_at(ask, lookup: MemoryLookup) -> None:
    lookup.silent = None
    first = screen(ask)
    know_innocent(ask, lookup, first)
    second = ask.upload("innocent", "bert", Visibility.ONLY_ME)
    ask.drain(0)
    assert ask.upload_state(second) is UploadState.HELD
    assert kinds(ask, second) == [FindingKind.LOOKUP_MATCH]
    assert queue(ask) == [Lane.APPARENT_CSAM]


def test_silence_holds_and_a_later_answer_releases(ask, lookup: MemoryLookup, clock) -> None:
    lookup.silent = SLOW
    upload_id = screen(ask)
    assert ask.upload_state(upload_id) is UploadState.HELD
    assert queue(ask) == []
    assert rules(ask, upload_id) == [["silent_outside"]]
    assert waiting(ask) == 1
    clock.advance(WAITS_SECONDS[0] - 1)
    assert "ask_outside" not in ask.drain(0)
    lookup.silent = None
    assert "ask_outside" in ask.drain(1)
    assert ask.upload_state(upload_id) is UploadState.RELEASED
    assert rules(ask, upload_id) == [["silent_outside"], ["otherwise"]]
    assert kinds(ask, upload_id) == [FindingKind.LOOKUP_SILENT]  # it stays on record
    assert waiting(ask) == 0
    with ask.stages.db.read() as connection:
        holds = ask.stages.vault.list_holds(connection, ask.sha256(upload_id))
    assert holds and all(hold.released_at for hold in holds)


def test_silence_holds_and_a_later_match_goes_before_a_person(ask, lookup: MemoryLookup) -> None:
    lookup.silent = SLOW
    upload_id = screen(ask)
    know_innocent(ask, lookup, upload_id)
    lookup.silent = None
    ask.drain(WAITS_SECONDS[0])
    assert ask.upload_state(upload_id) is UploadState.HELD
    assert queue(ask) == [Lane.APPARENT_CSAM]
    assert rules(ask, upload_id)[-1] == ["known_outside"]


def test_lasting_silence_is_asked_ever_more_slowly_then_left_to_a_person(ask, lookup: MemoryLookup) -> None:
    lookup.silent = SLOW
    upload_id = screen(ask)
    for attempt, wait in enumerate(WAITS_SECONDS, 1):
        assert queue(ask) == []
        assert "ask_outside" not in ask.drain(wait - 1)
        assert "ask_outside" in ask.drain(1)
        assert len(lookup.asked) == attempt + 1
    assert (waiting(ask), read_asks(ask, upload_id)) == (0, {"shield": AskState.GIVEN_UP})
    assert queue(ask) == [Lane.REVIEW]
    assert ask.upload_state(upload_id) is UploadState.HELD
    ask.decide_only_case(upload_id, Verdict.CLEARED)
    ask.drain(60)
    assert ask.upload_state(upload_id) is UploadState.RELEASED
    assert len(lookup.asked) == len(WAITS_SECONDS) + 1


def test_comes_back_no_sooner_than_it_was_asked_to(ask, lookup: MemoryLookup) -> None:
    lookup.silent = OutsideSilentError(Silence.THROTTLED, "wait", retry_after_seconds=1_000)
    screen(ask)
    assert "ask_outside" not in ask.drain(999)
    assert "ask_outside" in ask.drain(1)


def test_a_passing_fault_gets_a_second_try_at_once(ask, lookup: MemoryLookup, monkeypatch) -> None:
    answers = [OutsideSilentError(Silence.FAILING, "500"), ()]

    def answer(hashes: Any) -> Any:
        first = answers.pop(0)
        if isinstance(first, Exception):
            raise first
        return tuple(LookupAnswer("no-known-match") for _ in hashes)

    monkeypatch.setattr(lookup, "ask_hashes", answer)
    assert ask.upload_state(screen(ask)) is UploadState.RELEASED
    assert answers == []


def test_a_broken_adapter_is_silence_and_not_a_pass(ask, lookup: MemoryLookup, monkeypatch) -> None:
    def fail(_hashes: Any) -> Any:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(lookup, "ask_hashes", fail)
    upload_id = screen(ask)
    assert ask.upload_state(upload_id) is UploadState.HELD
    assert audited(ask, "lookup.silent")[0][1]["why"] == "failing"


def test_what_is_about_to_leave_is_on_record_before_it_leaves(ask, lookup: MemoryLookup, monkeypatch) -> None:
    seen: list[int] = []

    def watch(hashes: Any) -> Any:
        seen.append(len(audited(ask, "lookup.asked")))
        return tuple(LookupAnswer("no-known-match") for _ in hashes)

    monkeypatch.setattr(lookup, "ask_hashes", watch)
    screen(ask)
    assert seen == [1]


def test_media_leave_only_where_a_service_takes_them(ask, lookup: MemoryLookup) -> None:
    lookup.takes_media = True
    lookup.files = {ask.bytes_of("innocent"): CSAM}
    upload_id = screen(ask)
    assert lookup.asked == ["hashes", "media"]
    assert audited(ask, "lookup.asked")[0][1]["sent"] == "both"
    assert ask.upload_state(upload_id) is UploadState.HELD
    assert queue(ask) == [Lane.APPARENT_CSAM]


@pytest.mark.parametrize(("value", "state"), [(0.95, UploadState.HELD), (0.5, UploadState.RELEASED)])
def test_a_sure_classifier_asks_a_person_and_no_more(score, classifier, value: float, state: UploadState) -> None:
    classifier.scores = {"minor": value}
    upload_id = screen(score)
    assert score.upload_state(upload_id) is state
    assert queue(score) == ([Lane.REVIEW] if state is UploadState.HELD else [])
    assert kinds(score, upload_id) == [FindingKind.CLASSIFIER_SCORE]
    assert score.account_state("anna").value == "active"
    with score.stages.db.read() as connection:
        assert score.stages.reports.list_reports(connection) == []


def test_a_silent_classifier_is_asked_again_with_bytes_from_the_vault(score, classifier: MemoryClassifier) -> None:
    classifier.silent = SLOW
    upload_id = screen(score)
    with score.stages.db.read() as connection:
        assert score.stages.intake.spool_path(connection, upload_id) is None
    classifier.silent = None
    score.drain(WAITS_SECONDS[0])
    assert score.upload_state(upload_id) is UploadState.RELEASED
    assert classifier.asked == [len(score.bytes_of("innocent"))] * 2
    assert ("object.read", {"purpose": f"ask outside:{upload_id}"}) in audited(score, "object.read")
    assert list((score.stages.settings.data_dir / "spool").iterdir()) == []


def test_a_file_that_cannot_be_read_is_not_sent_to_a_classifier(score, classifier: MemoryClassifier) -> None:
    upload_id = score.upload("broken", "anna", Visibility.PUBLIC)
    score.drain(0)
    assert classifier.asked == []
    assert queue(score) == [Lane.UNREADABLE]
    assert audited(score, "classifier.asked") == []
    assert read_asks(score, upload_id) == {"eye": AskState.ANSWERED}


def test_what_a_verified_bank_knows_is_asked_of_nobody(ask, lookup: MemoryLookup) -> None:
    source = read_bank_source(ask.clips["innocent"], ask.stages.screener)
    with ask.stages.db.write() as connection:
        banks = ask.stages.banks
        banks.create(connection, "verified", "drawn", None, ("hold", "open_case"), trust=Trust.VERIFIED, actor="test")
        banks.add_entries(connection, "verified", source.entries, "test")
    ask.upload("disguised", "anna", Visibility.PUBLIC)  # in a bank that nobody has verified: asked
    ask.drain(0)
    assert len(lookup.asked) == 1
    screen(ask)
    assert len(lookup.asked) == 1


def test_bytes_that_a_person_confirmed_are_asked_of_nobody(ask, lookup: MemoryLookup) -> None:
    upload_id = ask.upload("known", "anna", Visibility.PUBLIC)
    ask.drain(0)
    ask.decide_only_case(upload_id, Verdict.CONFIRMED)
    ask.drain(60)
    asked = len(lookup.asked)
    ask.upload("known", "bert", Visibility.PUBLIC)
    ask.drain(0)
    assert len(lookup.asked) == asked


PASSING = """
policy: passing
language: 1
rules:
  - name: pass_silence
    on: upload
    when: finding.kind == "lookup_silent"
    then: [release]
    reason: We do not wait for the service.
  - name: known_outside
    on: upload
    when: finding.kind == "lookup_match"
    then: [hold, {open_case: apparent_csam}]
    reason: A service knows the file.
  - name: bad
    on: verdict
    when: verdict.kind in ["confirmed", "violating"]
    then: [remove]
    reason: A person said so.
  - name: good
    on: verdict
    when: verdict.kind == "cleared"
    then: [release]
    reason: A person said so.
otherwise:
  then: [release]
  reason: Nothing was found.
"""


def test_silence_passes_by_the_operators_rule_on_record_and_a_later_match_is_hidden(ask, lookup: MemoryLookup) -> None:
    ask.stages = replace(ask.stages, policy=parse_policy(PASSING.encode(), "passing.yaml"))
    lookup.silent = SLOW
    upload_id = screen(ask)
    assert ask.upload_state(upload_id) is UploadState.RELEASED
    assert rules(ask, upload_id) == [["pass_silence"]]
    know_innocent(ask, lookup, upload_id)
    lookup.silent = None
    ask.drain(WAITS_SECONDS[0])
    assert ask.upload_state(upload_id) is UploadState.HELD
    assert queue(ask) == [Lane.APPARENT_CSAM]
    with ask.stages.db.read() as connection:  # the bytes were let go: the network is asked to send them again
        assert ask.stages.intake.wants_bytes(connection, upload_id)


def test_silence_passed_and_nothing_known_later_asks_for_no_bytes(ask, lookup: MemoryLookup) -> None:
    ask.stages = replace(ask.stages, policy=parse_policy(PASSING.encode(), "passing.yaml"))
    lookup.silent = SLOW
    upload_id = screen(ask)
    lookup.silent = None
    ask.drain(WAITS_SECONDS[0])
    assert ask.upload_state(upload_id) is UploadState.RELEASED
    with ask.stages.db.read() as connection:
        assert not ask.stages.intake.wants_bytes(connection, upload_id)


@pytest.mark.parametrize("noun", ["lookup", "classifier"])
def test_a_service_that_was_taken_out_of_the_settings_is_given_up(flow, noun: str) -> None:
    silent = {"lookup": MemoryLookup("x", silent=SLOW), "classifier": MemoryClassifier(name="x", silent=SLOW)}[noun]
    panel = Panel([silent]) if noun == "lookup" else Panel([], [silent])
    flow.stages = replace(flow.stages, outside=panel)
    upload_id = screen(flow)
    flow.stages = replace(flow.stages, outside=Panel())
    flow.drain(WAITS_SECONDS[0])
    assert queue(flow) == [Lane.REVIEW]
    assert set(kinds(flow, upload_id)) == {FindingKind(f"{noun}_silent")}
    assert waiting(flow) == 0


def test_one_answer_of_two_leaves_the_other_silence_standing(flow, lookup, classifier) -> None:
    flow.stages = replace(flow.stages, outside=Panel([lookup], [classifier]))
    lookup.silent = classifier.silent = SLOW
    upload_id = screen(flow)
    lookup.silent = None
    flow.drain(WAITS_SECONDS[0])
    assert flow.upload_state(upload_id) is UploadState.HELD
    assert read_asks(flow, upload_id) == {"shield": AskState.ANSWERED, "eye": AskState.SILENT}
    classifier.silent = None
    flow.drain(WAITS_SECONDS[1])
    assert flow.upload_state(upload_id) is UploadState.RELEASED
    assert len(lookup.asked) == 2


def test_asking_twice_after_a_crash_changes_nothing_twice(ask, lookup: MemoryLookup) -> None:
    lookup.silent = SLOW
    upload_id = upload_innocent(ask)
    screening.detect_media(ask.stages, upload_id)
    for _ in range(2):
        outside.ask_outside(ask.stages, upload_id)
    assert kinds(ask, upload_id) == [FindingKind.LOOKUP_SILENT]
    assert waiting(ask) == 1
    lookup.silent = None
    outside.ask_outside(ask.stages, upload_id)
    outside.ask_outside(ask.stages, upload_id)
    assert len(lookup.asked) == 3  # what has answered is not asked again


@pytest.mark.parametrize("known", [True, False])
def test_an_answer_recorded_just_before_a_crash_is_decided_on_after_it(ask, lookup, clock, monkeypatch, known) -> None:
    lookup.silent = SLOW
    upload_id = screen(ask)
    lookup.silent = None
    if known:
        know_innocent(ask, lookup, upload_id)
    clock.advance(WAITS_SECONDS[0])
    outside._ask_all(ask.stages, upload_id, last=False)  # and here the process dies
    clock.advance(1)
    ask.drain(0)
    assert ask.upload_state(upload_id) is (UploadState.HELD if known else UploadState.RELEASED)
    assert queue(ask) == ([Lane.APPARENT_CSAM] if known else [])


def test_a_failing_upload_is_asked_about_too(ask, lookup: MemoryLookup) -> None:
    lookup.silent = SLOW
    upload_id = upload_innocent(ask)
    screen_failing_upload(ask.stages, run_step, upload_id)
    assert ask.upload_state(upload_id) is UploadState.HELD
    assert lookup.asked == ["hashes"]


def test_a_second_decision_never_overtakes_the_first(ask, lookup: MemoryLookup, clock) -> None:
    lookup.silent = SLOW
    upload_id = upload_innocent(ask)
    screening.detect_media(ask.stages, upload_id)
    outside.ask_outside(ask.stages, upload_id)
    clock.now += timedelta(hours=1)
    with pytest.raises(ScreeningUnderWayError):
        ask_again(ask.stages, upload_id, 1)


def test_the_log_is_locked_before_any_row_of_an_asking(ask, lookup: MemoryLookup) -> None:
    """Else two askings of one upload wait for each other (Postgres)."""
    lookup.silent = SLOW
    upload_id, order = upload_innocent(ask), []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        order.append(statement)

    engine = ask.stages.db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    sa.event.listen(engine, "begin", lambda _connection: order.append("begin"))
    ask.drain(0)
    transactions = "\n".join(order).split("begin\n")
    touching = [one for one in transactions if "UPDATE detect_asks" in one or "INSERT INTO detect_asks" in one]
    assert len(touching) == 2
    assert all(0 <= one.find("FROM audit_head") < one.find("detect_asks") for one in touching)
    assert read_asks(ask, upload_id) == {"shield": AskState.SILENT}
