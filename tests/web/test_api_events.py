import json

import pytest
from api_floor import build_floor

from jacana.db.engine import Database
from jacana.ingest.validation import PROBLEMS_MAX

FOLLOW = {
    "type": "follow",
    "id": "1",
    "account_id": "a",
    "occurred_at": "2026-01-31T12:00:00Z",
    "target_account_id": "b",
}


@pytest.fixture
def database(sqlite_url):
    """SQLite alone: what differs between the databases is proven on the stores."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def floor(database, tmp_path, clock):
    return build_floor(database, tmp_path, clock)


def test_every_item_gets_its_own_answer(floor):
    answer = floor.client.post(
        "/v1/events", json={"events": [FOLLOW, {**FOLLOW, "id": "2", "occurred_at": "noon"}, FOLLOW]}
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["accepted"], body["duplicate"], body["refused"]) == (1, 1, 1)
    assert [(item["index"], item["id"], item["status"]) for item in body["results"]] == [
        (0, "1", "accepted"),
        (1, "2", "refused"),
        (2, "1", "duplicate"),
    ]
    error = body["results"][1]["error"]
    assert (error["field"], error["code"]) == ("events[1].occurred_at", "input.time_invalid")
    assert error == body["results"][1]["errors"][0]
    assert "error" not in body["results"][0]


def test_dropped_text_is_said(database, tmp_path, clock):
    floor = build_floor(database, tmp_path, clock, public_text_legal_basis="")
    search = {
        **{k: v for k, v in FOLLOW.items() if k != "target_account_id"},
        "type": "search_performed",
        "text": "words",
    }
    (item,) = floor.client.post("/v1/events", json={"events": [search]}).json()["results"]
    assert (item["status"], item["dropped"]) == ("accepted", ["text"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "input.fields_invalid"),
        ({}, "input.fields_invalid"),
        ({"events": []}, "input.fields_invalid"),
        ({"events": {}}, "input.fields_invalid"),
        ({"events": [1] * 1001}, "input.fields_invalid"),
        ({"events": [FOLLOW], "more": 1}, "input.fields_invalid"),
    ],
)
def test_what_is_no_batch_is_refused_whole(floor, body, code):
    answer = floor.client.post("/v1/events", json=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, "events")


def test_a_batch_of_a_thousand_is_taken(floor):
    batch = [{**FOLLOW, "id": str(number)} for number in range(1000)]
    assert floor.client.post("/v1/events", json={"events": batch}).json()["accepted"] == 1000
    assert floor.client.post("/v1/events", json={"events": batch}).json()["duplicate"] == 1000


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"events": [NaN]}', b'{"events": ' + b"[" * 100_000])
def test_what_is_not_json_is_refused(floor, body):
    answer = floor.client.post("/v1/events", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "input.json_invalid")


def test_another_media_type_is_refused(floor):
    assert floor.client.post("/v1/events", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415


def test_a_batch_that_is_too_large_is_refused_early(floor, monkeypatch):
    monkeypatch.setattr("jacana.web.api.events.BATCH_MAX_BYTES", 100)
    answer = floor.client.post("/v1/events", json={"events": [FOLLOW]})
    assert (answer.status_code, answer.json()["code"]) == (413, "input.body_too_large")


def test_a_flood_of_wrong_fields_is_answered_in_short(floor):
    event = {**FOLLOW, **{f"{number}" + "x" * 60: 0 for number in range(60)}}
    answer = floor.client.post("/v1/events", json={"events": [event] * 700})
    assert answer.status_code == 200
    assert {len(item["errors"]) for item in answer.json()["results"]} == {PROBLEMS_MAX}


def test_a_batch_of_longest_texts_fits_only_in_parts(floor):
    comment = {**FOLLOW, "type": "search_performed", "text": "x" * 20_000}
    del comment["target_account_id"]
    batch = [{**comment, "id": str(number)} for number in range(250)]
    answer = floor.client.post("/v1/events", json={"events": batch})
    assert (answer.status_code, answer.json()["remedy"]) == (413, "send less at once")
    assert floor.client.post("/v1/events", json={"events": batch[:200]}).json()["accepted"] == 200


def test_half_a_surrogate_pair_refuses_its_own_event_only(floor):
    search = {**FOLLOW, "type": "search_performed", "id": "2", "text": "\ud800"}
    del search["target_account_id"]
    wrong_id, wrong_name = {**FOLLOW, "id": "\udfff"}, {**FOLLOW, "id": "3", "\ud800": 1}
    body = json.dumps({"events": [FOLLOW, search, wrong_id, wrong_name]})
    answer = floor.client.post("/v1/events", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert [item["status"] for item in answer.json()["results"]] == ["accepted", "refused", "refused", "refused"]
    fields = [item["error"]["field"] for item in answer.json()["results"][1:]]
    assert fields == ["events[1].text", "events[2].id", "events[3].?"]
