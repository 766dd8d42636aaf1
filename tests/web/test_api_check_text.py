"""POST /v1/check/text over HTTP: answers without a term in them, problems that name the field, nothing that waits."""

import dataclasses
import json
import threading

import pytest
from api_floor import ON, build_floor

from jacana.db.engine import Database
from jacana.decide.policy import load_policy
from jacana.detect.text.handover.detector import HandoverDetector
from jacana.detect.text.live import LiveLexicon
from jacana.detect.text.screener import TextScreener
from jacana.model.term import MatchMode, Term, TermState
from jacana.pipeline.checktext import CheckedTexts

TERMS = [
    Term("term_1", "zorvalim", MatchMode.CANONICAL, 4, TermState.ACTIVE),
    Term("term_2", "quandrel", MatchMode.TOKEN, 5, TermState.SHADOW),
]
CAPTION = {"field": "caption", "text": "new zorvalim here"}
HANDOVER = {"field": "comment", "text": "user: moonfan22 pass: sunny123"}


class Source:
    def load_terms(self, _connection: object) -> list[Term]:
        return TERMS

    def last_sequence(self, _connection: object) -> int:
        return 1


@pytest.fixture
def database(sqlite_url):
    """SQLite alone: what differs between the databases is proven on the stores."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def build(database, tmp_path, clock):
    def build(*, loaded: bool = True, **changed: str):
        floor = build_floor(database, tmp_path, clock, **changed)
        stages = floor.stages
        stages.live = LiveLexicon(Source(), clock)
        if loaded:
            stages.live.refresh(None)
        stages.texts = TextScreener(stages.live, HandoverDetector(stages.sealer), clock)
        stages.policy = load_policy(None)
        stages.checked = CheckedTexts(stages.events, stages.sealer)
        return floor

    return build


@pytest.fixture
def floor(build):
    return build()


def ask(floor, body: object):
    return floor.client.post("/v1/check/text", json=body)


def test_a_term_is_told_by_its_place_and_not_by_itself(floor) -> None:
    answer = ask(floor, {**CAPTION, "id": "c-1", "account_id": "anna", "language": "en"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["id"], body["answer"]) == ("c-1", "refuse")
    assert body["findings"] == [
        {
            "kind": "term_hit",
            "score": 0.8,
            "severity": 4,
            "field": "caption",
            "attempt": "distribute",
            "start": 4,
            "end": 12,
            "look": "folded",
            "term_id": "term_1",
        }
    ]
    assert body["rules"] and body["reasons"] and "message" not in body
    assert "zorvalim" not in answer.text


def test_an_innocent_text_is_allowed(floor) -> None:
    body = ask(floor, {"field": "bio", "text": "I paint the sea"}).json()
    assert body == {"answer": "allow", "findings": [], "rules": [], "reasons": []}


def test_a_log_in_handed_over_is_told_by_its_place(floor) -> None:
    body = ask(floor, HANDOVER).json()
    (finding,) = body["findings"]
    assert (body["answer"], finding["kind"], finding["start"], finding["end"]) == ("hold", "login_handover", 0, 30)
    assert "sunny123" not in json.dumps(body) and "moonfan22" not in json.dumps(body)


def test_a_search_is_answered_with_the_message_and_the_address_of_help(build) -> None:
    floor = build(deterrence_message="This is against the law.", deterrence_url="https://help.example/")
    body = ask(floor, {"field": "search", "text": "zorvalim"}).json()
    assert (body["answer"], body["message"], body["help_url"]) == (
        "deter",
        "This is against the law.",
        "https://help.example/",
    )
    assert body["findings"][0]["attempt"] == "obtain"


def test_a_term_in_shadow_is_not_told(floor) -> None:
    body = ask(floor, {"field": "caption", "text": "quandrel", "account_id": "anna"}).json()
    assert (body["answer"], body["findings"]) == ("allow", [])


def test_what_was_found_is_kept(floor) -> None:
    ask(floor, {**HANDOVER, "account_id": "anna", "id": "c-1"})
    ask(floor, {**HANDOVER, "account_id": "anna", "id": "c-1"})
    assert floor.stages.checked.flush() == 1


def test_a_batch_has_an_answer_for_each_text_and_an_error_for_each_bad_one(floor) -> None:
    texts = [CAPTION, {"field": "poem", "text": "x"}, {"field": "bio", "text": "sea", "id": "b"}, "text", HANDOVER]
    answers = ask(floor, {"texts": texts}).json()["answers"]
    assert [one.get("answer") for one in answers] == ["refuse", None, "allow", None, "hold"]
    assert answers[1]["error"]["field"] == "texts[1].field"
    assert "remedy" in answers[1]["error"] and "error" not in answers[0]
    assert answers[2]["id"] == "b" and answers[3]["error"]["field"].startswith("texts[3]")


def test_a_hundred_are_a_batch_and_one_more_is_none(floor) -> None:
    assert len(ask(floor, {"texts": [CAPTION] * 100}).json()["answers"]) == 100
    for body in ({"texts": [CAPTION] * 101}, {"texts": []}, {"texts": {}}, {"texts": [CAPTION], "more": 1}):
        answer = ask(floor, body)
        assert (answer.status_code, answer.json()["field"]) == (422, "texts")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"field": "caption"}, "text"),
        ({"text": "x"}, "field"),
        ({"field": "poem", "text": "x"}, "field"),
        ({**CAPTION, "text": "x" * 20_001}, "text"),
        ({**CAPTION, "text": 7}, "text"),
        ({**CAPTION, "account_id": ""}, "account_id"),
        ({**CAPTION, "language": "not a language"}, "language"),
        ({**CAPTION, "colour": "red"}, "colour"),
    ],
    ids=["no_text", "no_field", "unknown_field", "too_long", "number", "no_account", "language", "surplus"],
)
def test_bad_input_names_field_and_remedy(floor, body: object, field: str) -> None:
    answer = ask(floor, body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (422, "input.fields_invalid", field)
    assert problem["remedy"]


@pytest.mark.parametrize("body", [[], "x", None, 3], ids=["list", "text", "null", "number"])
def test_what_is_no_question_is_refused(floor, body: object) -> None:
    sent = json.dumps(body).encode()
    answer = floor.client.post("/v1/check/text", content=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_a_surface_that_is_off_is_not_read(build) -> None:
    floor = build(messages_legal_basis="")
    answer = ask(floor, {"field": "message", "text": "zorvalim"})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (403, "ingest.surface_off", "field")
    assert "messages_legal_basis" in answer.json()["remedy"]
    batch = ask(floor, {"texts": [{"field": "message", "text": "hello"}, CAPTION]}).json()["answers"]
    assert batch[0]["error"]["code"] == "ingest.surface_off" and batch[0]["error"]["field"] == "texts[0].field"
    assert batch[1]["answer"] == "refuse"


def test_before_the_lexicon_is_loaded_nothing_passes(build) -> None:
    body = ask(build(loaded=False), {"field": "caption", "text": "a day out"}).json()
    assert body["answer"] == "hold"
    assert [finding["kind"] for finding in body["findings"]] == ["screening_down"]
    assert "start" not in body["findings"][0]


def test_other_media_types_and_broken_json_are_refused(floor) -> None:
    answer = floor.client.post("/v1/check/text", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    answer = floor.client.post("/v1/check/text", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "input.json_invalid")


def test_an_answer_waits_for_no_writer(floor) -> None:
    clock = floor.stages.clock
    clock.advance(3600)  # the use of the key is due to be noted
    holding, done, answers = threading.Event(), threading.Event(), []

    def hold() -> None:
        with floor.stages.db.write():
            holding.set()
            done.wait(20)

    real = floor.stages.keys.note_use
    noted = threading.Event()

    def note(connection: object, key_id: str) -> None:
        real(connection, key_id)
        noted.set()

    floor.stages.keys.note_use = note
    writer = threading.Thread(target=hold)
    writer.start()
    assert holding.wait(10)
    real_answer = floor.stages.texts.screen_each
    answered = threading.Event()

    def screen(items: object) -> object:
        found = real_answer(items)
        answered.set()
        return found

    floor.stages.texts = type("Watched", (), {"screen_each": staticmethod(screen)})()
    asking = threading.Thread(target=lambda: answers.append(ask(floor, {**HANDOVER, "account_id": "anna"})))
    asking.start()
    try:
        assert answered.wait(10), "the check was made though a writer holds the database"
        assert not noted.is_set()
    finally:
        done.set()
        writer.join()
        asking.join()
    assert answers[0].json()["answer"] == "hold" and noted.is_set()


def test_every_answer_is_described(floor) -> None:
    operation = floor.app.openapi()["paths"]["/v1/check/text"]["post"]
    assert {"200", "401", "403", "413", "415", "422", "503"} <= set(operation["responses"])
    one, batch = operation["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    assert set(one["required"]) == {"field", "text"} and batch["properties"]["texts"]["maxItems"] == 100


def test_every_surface_has_its_switch() -> None:
    assert {field.name for field in dataclasses.fields(ON)} >= {"public_text_legal_basis", "messages_legal_basis"}
