import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from outside_server import StandIn, run_stand_in

from dripping import drip, listen
from jacana.detect.media.outside.call import LONGEST_WAIT_ASKED, MAX_ANSWER_BYTES, Caller, check_address
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.settings import SettingInvalidError


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with run_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(running: StandIn) -> StandIn:
    running.answers.clear()
    running.sent.clear()
    running.wait_seconds = 0.0
    return running


@pytest.fixture
def caller() -> Iterator[Caller]:
    made = Caller("service", 1.0, {"authorization": "Bearer secret"})
    yield made
    made.close()


def hear(caller: Caller, stand_in: StandIn) -> OutsideSilentError:
    with pytest.raises(OutsideSilentError) as silent:
        caller.post_json(stand_in.url + "/x", {"secret": "never repeated"})
    assert "never repeated" not in silent.value.message
    return silent.value


def test_sends_json_with_its_headers_and_reads_json(caller: Caller, stand_in: StandIn) -> None:
    stand_in.answer(200, {"a": 1})
    assert caller.post_json(stand_in.url + "/x", {"hashes": ["b"]}) == {"a": 1}
    (sent,) = stand_in.sent
    assert (sent.path, sent.json()) == ("/x", {"hashes": ["b"]})
    assert sent.headers["authorization"] == "Bearer secret"
    assert sent.headers["content-type"] == "application/json"


def test_sends_a_file_as_it_is(caller: Caller, stand_in: StandIn, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"ab" * 300_000)
    stand_in.answer(200, {})
    caller.post_file(stand_in.url, path, "video/mp4", {"x-more": "1"})
    (sent,) = stand_in.sent
    assert sent.body == path.read_bytes()
    assert (sent.headers["content-type"], sent.headers["x-more"]) == ("video/mp4", "1")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (401, Silence.REFUSED),
        (403, Silence.REFUSED),
        (404, Silence.REFUSED),
        (302, Silence.REFUSED),
        (204, Silence.REFUSED),
        (429, Silence.THROTTLED),
        (500, Silence.FAILING),
        (503, Silence.FAILING),
    ],
)
def test_any_other_status_is_silence(caller: Caller, stand_in: StandIn, status: int, why: Silence) -> None:
    stand_in.answer(status, {"detail": "no"}, location=stand_in.url + "/elsewhere")
    assert hear(caller, stand_in).why is why
    assert len(stand_in.sent) == 1


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("7", 7),
        ("999999999999", LONGEST_WAIT_ASKED),
        (format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), 0),
        (format_datetime(datetime.now(UTC) + timedelta(days=2), usegmt=True), LONGEST_WAIT_ASKED),
        ("soon", None),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", None),
        ("", None),
    ],
    ids=map(str, range(7)),
)
def test_the_wait_asked_for_is_read_within_bounds(
    caller: Caller, stand_in: StandIn, header: str, wait: int | None
) -> None:
    stand_in.answer(429, {}, retry_after=header)
    assert hear(caller, stand_in).retry_after_seconds == wait


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_nonsense(caller: Caller, stand_in: StandIn, body: bytes) -> None:
    stand_in.answer(200, body)
    assert hear(caller, stand_in).why is Silence.NONSENSE


def test_an_endless_answer_is_nonsense(caller: Caller, stand_in: StandIn) -> None:
    stand_in.answer(200, b" " * (MAX_ANSWER_BYTES + 1))
    assert hear(caller, stand_in).why is Silence.NONSENSE


def test_an_answer_that_takes_too_long_is_silence(stand_in: StandIn) -> None:
    quick = Caller("service", 0.2, {})
    stand_in.wait_seconds = 0.6
    stand_in.answer(200, {})
    assert hear(quick, stand_in).why is Silence.SLOW
    quick.close()


def test_nobody_listening_is_silence(caller: Caller) -> None:
    with pytest.raises(OutsideSilentError) as silent:
        caller.post_json("http://127.0.0.1:1/", {})
    assert silent.value.why is Silence.UNREACHABLE


@pytest.mark.parametrize(
    "url", ["https://service.example/", "http://127.0.0.1:5000/x", "http://[::1]/", "http://localhost"]
)
def test_takes_https_and_this_machine(url: str) -> None:
    assert check_address(url, "arachnid_url") == url


@pytest.mark.parametrize(
    "url", ["http://service.example/", "http://10.0.0.1/", "ftp://127.0.0.1/", "x", "https://", "https://a:b/"]
)
def test_refuses_what_would_send_in_the_clear(url: str) -> None:
    with pytest.raises(SettingInvalidError) as refused:
        check_address(url, "arachnid_url")
    assert "arachnid_url" in refused.value.message and refused.value.remedy


@pytest.mark.parametrize("before", [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
def test_the_time_is_over_the_whole_call(before: bytes) -> None:
    quick, began = Caller("service", 0.3, {}), time.monotonic()
    with listen(drip(before)) as address, pytest.raises(OutsideSilentError) as silent:
        quick.post_json(f"http://{address}/", {})
    assert silent.value.why is Silence.SLOW
    assert time.monotonic() - began < 3
    quick.close()
