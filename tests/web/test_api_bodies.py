import asyncio
import threading

import pytest
from starlette.requests import Request

from jacana.web.api.bodies import (
    JSON_MAX_VALUES,
    BodyIncompleteError,
    BodyTooLargeError,
    JsonInvalidError,
    media_type_of,
    parse_json,
    read_json,
    refuse_long_body,
)


def request(pieces=(), **headers):
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive():
        return messages.pop(0)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


async def collect(pieces, limit):
    return await read_json(request(pieces), limit)


def test_json_is_put_together_from_its_pieces():
    assert asyncio.run(collect([b'{"a":', b" 1}"], 100)) == {"a": 1}


def test_a_body_is_cut_off_at_the_limit_whatever_it_announced():
    with pytest.raises(BodyTooLargeError):
        asyncio.run(collect([b"1" * 60, b"1" * 60], 100))


@pytest.mark.parametrize("length", ["101", "9" * 30])
def test_an_announced_length_is_refused_at_once(length):
    with pytest.raises(BodyTooLargeError):
        refuse_long_body(request(content_length=length), 100)


@pytest.mark.parametrize("length", ["100", "", "-1", "x", "\u0663"])
def test_other_lengths_are_left_to_the_reading(length):
    raw = [(b"content-length", length.encode())]
    refuse_long_body(Request({"type": "http", "headers": raw}), 100)


def test_a_caller_that_went_away_is_noticed():
    async def receive():
        return {"type": "http.disconnect"}

    with pytest.raises(BodyIncompleteError):
        asyncio.run(read_json(Request({"type": "http", "headers": []}, receive), 100))


def test_an_error_names_the_line_but_not_its_content():
    with pytest.raises(JsonInvalidError) as caught:
        parse_json(b'{"secret words"\n secret}', "metadata")
    assert "line 2" in caught.value.message
    assert "secret" not in caught.value.message
    assert caught.value.field == "metadata"


def test_media_types_are_compared_without_parameters_and_case():
    assert media_type_of(request(content_type="Application/JSON; charset=utf-8")) == "application/json"
    assert media_type_of(request()) == ""


def test_json_is_parsed_beside_the_event_loop(monkeypatch):
    threads = []
    monkeypatch.setattr("jacana.web.api.bodies.parse_json", lambda _: threads.append(threading.current_thread()))
    asyncio.run(collect([b"{}"], 100))
    assert threads != [threading.current_thread()]


@pytest.mark.parametrize("piece", [b"[],", b"{},", b"0,", b'"a":0,'])
def test_small_text_that_becomes_many_values_is_refused_before_it_is_parsed(piece, monkeypatch):
    monkeypatch.setattr("jacana.web.api.bodies.load_json", lambda *_, **__: pytest.fail("parsed"))
    with pytest.raises(BodyTooLargeError):
        parse_json(piece * (JSON_MAX_VALUES + 1))


def test_one_text_full_of_marks_is_no_flood():
    text = "{[:," * 5_000
    assert parse_json(f'["{text}"]'.encode()) == [text]
