"""A text is answered at once from memory, fails closed, and is kept as an event when something was found in it."""

import threading
from dataclasses import replace

import pytest
from event_floor import TERM, add_term, tell, work_all

from jacana.db.engine import DatabaseUnavailableError
from jacana.db.sealing import FieldSealer
from jacana.detect.findings.store import list_account_findings
from jacana.detect.text.item import TextItem
from jacana.ingest.surfaces import SurfaceOffError
from jacana.model.account_finding import AccountFindingKind, TextField
from jacana.model.check import Answer, CheckAnswer
from jacana.model.event import EventType
from jacana.pipeline import checktext
from jacana.pipeline.checktext import CheckedTexts, check_texts

HANDOVER = "user: moonfan22 pass: sunny123"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: what differs between the databases is proven on the stores."""
    return sqlite_url


@pytest.fixture
def ready(stages):
    refresh(stages)
    return stages


def refresh(stages) -> None:
    with stages.db.read() as connection:
        stages.live.refresh(connection)


def ask(stages, text: str, field: TextField = TextField.COMMENT, **changed: object) -> CheckAnswer:
    known = {"account_id": "anna", "occurred_at": stages.clock(), "checked_only": True, **changed}
    item = TextItem(str(known.pop("id", "")), text, field, **known)
    (answer,) = check_texts(stages, [item], "key:test")
    return answer


def list_checked(stages) -> list[tuple[str, str, str]]:
    with stages.db.read() as connection:
        told = stages.events.list_after(connection, 0, 100)
    return [
        (event.account_id, event.payload["field"], opened["text"])
        for event, opened in told
        if event.type is EventType.TEXT_CHECKED
    ]


def test_an_innocent_text_is_allowed_and_leaves_nothing(ready) -> None:
    answer = ask(ready, "a day out at the sea")
    assert (answer.answer, answer.findings, answer.message) == (Answer.ALLOW, (), None)
    assert ready.checked.flush() == 0


def test_a_search_is_deterred_with_the_words_of_the_operator(stages) -> None:
    settings = replace(
        stages.settings, deterrence_message="This is against the law.", deterrence_url="https://help.example/"
    )
    stages = replace(stages, settings=settings)
    add_term(stages)
    refresh(stages)
    answer = ask(stages, f"show {TERM}", TextField.SEARCH)
    assert answer.answer is Answer.DETER
    assert (answer.message, answer.help_url) == ("This is against the law.", "https://help.example/")
    other = ask(stages, "show ducks", TextField.SEARCH)
    assert (other.answer, other.message, other.help_url) == (Answer.ALLOW, None, None)


def test_what_would_advertise_is_not_posted(ready) -> None:
    add_term(ready)
    refresh(ready)
    answer = ask(ready, f"new {TERM} here", TextField.CAPTION)
    assert answer.answer is Answer.REFUSE and answer.rules
    assert TERM not in repr(answer)
    assert ask(ready, HANDOVER, TextField.BIO).answer is Answer.HOLD


def test_what_was_found_is_kept_as_an_event_and_counts_for_the_account(ready) -> None:
    add_term(ready)
    refresh(ready)
    ask(ready, f"new {TERM} here", TextField.CAPTION)
    assert list_checked(ready) == []
    assert ready.checked.flush() == 1
    assert list_checked(ready) == [("anna", "caption", f"new {TERM} here")]
    work_all(ready)
    with ready.db.read() as connection:
        (finding,) = list_account_findings(connection, "anna")
    assert finding.details["checked_only"] is True and finding.field is TextField.CAPTION


def test_the_same_text_asked_about_again_is_kept_once(ready, clock) -> None:
    for _ in range(2):
        ask(ready, HANDOVER, id="draft-1")
        clock.advance(3)
    assert ready.checked.flush() == 1
    clock.advance(60)
    ask(ready, HANDOVER, id="draft-1")
    assert ready.checked.flush() == 0
    ask(ready, HANDOVER + " now", id="draft-1")
    ask(ready, HANDOVER, id="draft-1", account_id="berta")
    ask(ready, HANDOVER)
    ask(ready, HANDOVER)
    assert ready.checked.flush() == 4, "a changed text, another account, and what has no id are others"


def test_ids_as_long_as_they_may_be_are_kept(ready) -> None:
    ask(ready, HANDOVER, id="x" * 200)
    ask(ready, HANDOVER, id="x" * 199 + "y")
    assert ready.checked.flush() == 2


def test_without_an_account_there_is_nobody_to_keep_it_for(ready) -> None:
    assert ask(ready, HANDOVER, account_id="").answer is Answer.HOLD
    assert ready.checked.flush() == 0


def test_a_term_in_shadow_is_kept_and_causes_nothing(ready) -> None:
    add_term(ready, active=False, severity=5)
    refresh(ready)
    answer = ask(ready, TERM, TextField.CAPTION)
    assert (answer.answer, answer.findings) == (Answer.ALLOW, ())
    assert ready.checked.flush() == 1


def test_a_batch_is_answered_in_order(ready) -> None:
    add_term(ready)
    refresh(ready)
    texts = ["a day out", TERM, "another day", HANDOVER]
    items = [TextItem("", text, TextField.COMMENT, account_id="anna", occurred_at=ready.clock()) for text in texts]
    answers = check_texts(ready, items, "key:test")
    assert [answer.answer for answer in answers] == [Answer.ALLOW, Answer.REFUSE, Answer.ALLOW, Answer.HOLD]
    assert check_texts(ready, [], "key:test") == []


def test_what_is_known_of_the_account_is_told_to_the_policy(ready, monkeypatch) -> None:
    tell(ready, {"type": "account_created", "account_id": "anna", "screen_name": "anna_b"})
    asked = []
    real = checktext.answer_check
    monkeypatch.setattr(
        checktext, "answer_check", lambda policy, moment, facts: (asked.append(facts), real(policy, moment, facts))[1]
    )
    ask(ready, "hello")
    ask(ready, "hello", account_id="nobody")
    assert [facts.account.screen_name for facts in asked] == ["anna_b", None]


def test_before_the_lexicon_is_loaded_nothing_is_let_through(stages, capsys) -> None:
    answer = ask(stages, "a day out")
    assert answer.answer is Answer.HOLD
    assert [finding.kind for finding in answer.findings] == [AccountFindingKind.SCREENING_DOWN]
    assert stages.checked.flush() == 0
    said = "".join(capsys.readouterr())
    assert "cannot be checked" in said and "a day out" not in said


def test_with_a_broken_term_the_last_good_lexicon_answers(ready, monkeypatch) -> None:
    add_term(ready)
    refresh(ready)

    def fail(*_arguments: object) -> list[object]:
        raise ValueError("broken")

    monkeypatch.setattr(ready.lexicon, "load_terms", fail)
    add_term(ready, "quandrel")
    refresh(ready)
    assert ready.live.failing_since is not None
    assert ask(ready, TERM).answer is Answer.REFUSE
    assert ask(ready, "a day out").answer is Answer.ALLOW


def test_while_the_database_is_down_nothing_is_let_through(ready, monkeypatch) -> None:
    def fail(*_arguments: object) -> object:
        raise DatabaseUnavailableError("the database did not answer")

    monkeypatch.setattr(ready.intake, "load_account", fail)
    answer = ask(ready, "a day out")
    assert (answer.answer, answer.findings[0].kind) == (Answer.HOLD, AccountFindingKind.SCREENING_DOWN)
    assert ask(ready, "a day out", account_id="").answer is Answer.ALLOW, "nothing had to be read"


def test_a_surface_that_is_off_is_not_read(ready) -> None:
    with pytest.raises(SurfaceOffError):
        ask(ready, "hello", TextField.MESSAGE)
    with pytest.raises(SurfaceOffError):
        ask(replace(ready, settings=replace(ready.settings, public_text_legal_basis="")), "hello")


def test_an_answer_does_not_wait_for_a_writer(ready) -> None:
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with ready.db.write():
            holding.set()
            done.wait(20)

    writer = threading.Thread(target=hold)
    writer.start()
    try:
        assert holding.wait(10)
        answered = threading.Event()
        asking = threading.Thread(target=lambda: (ask(ready, HANDOVER), answered.set()))
        asking.start()
        assert answered.wait(10)
    finally:
        done.set()
        writer.join()
        asking.join()
    assert ready.checked.flush() == 1


def test_what_cannot_be_written_now_is_written_later(ready, monkeypatch) -> None:
    ask(ready, HANDOVER)
    real = ready.events.append

    def fail(*_arguments: object) -> object:
        raise DatabaseUnavailableError("the database did not answer")

    monkeypatch.setattr(ready.events, "append", fail)
    with pytest.raises(DatabaseUnavailableError):
        ready.checked.flush()
    assert len(ready.checked) == 1
    monkeypatch.setattr(ready.events, "append", real)
    assert (ready.checked.flush(), len(ready.checked)) == (1, 0)


def test_texts_of_several_keys_are_kept_in_their_names(ready) -> None:
    items = [
        TextItem("", f"{HANDOVER} {n}", TextField.BIO, account_id="anna", occurred_at=ready.clock()) for n in range(7)
    ]
    for place, item in enumerate(items):
        ready.checked.note(item, f"key:{place % 2}")
    assert ready.checked.flush() == 7
    assert sorted(text for _, _, text in list_checked(ready)) == sorted(item.text for item in items)


def test_more_than_can_wait_is_counted_and_said(ready, monkeypatch, capsys) -> None:
    monkeypatch.setattr(checktext, "KEPT_AT_MOST", 3)
    checked = CheckedTexts(ready.events, FieldSealer(b"k" * 32))
    item = TextItem("", HANDOVER, TextField.BIO, account_id="anna", occurred_at=ready.clock())
    for _ in range(5):
        checked.note(item, "key:test")
    assert (checked.lost, checked.flush()) == (2, 3)
    said = "".join(capsys.readouterr())
    assert said.count("checked texts were lost") == 1 and "sunny123" not in said
    checked.flush()
    assert "lost" not in "".join(capsys.readouterr()), "it is said once"


def test_long_texts_that_wait_do_not_fill_the_memory(ready, monkeypatch) -> None:
    monkeypatch.setattr(checktext, "KEPT_LETTERS_AT_MOST", 2 * len(HANDOVER))
    checked = CheckedTexts(ready.events, FieldSealer(b"k" * 32))
    item = TextItem("", HANDOVER, TextField.BIO, account_id="anna", occurred_at=ready.clock())
    for lost in (1, 2):
        for _ in range(3):
            checked.note(item, "key:test")
        assert (checked.lost, len(checked), checked.flush()) == (lost, 2, 2), "what was kept makes room"


def test_a_text_without_its_time_is_a_mistake_of_the_caller(ready) -> None:
    with pytest.raises(ValueError, match="without the time"):
        ready.checked.note(TextItem("", HANDOVER, TextField.BIO, account_id="anna"), "key:test")
