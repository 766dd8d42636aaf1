"""The client against a real server on loopback: what it repeats, what it waits for, what it never follows or says."""

import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from exchange_lists import MEMBERS, OWN, digest, open_client

from dripping import drip, listen
from jacana.detect.media.exchange.ncmec_http import NcmecHashApi, _read_retry_after
from jacana.detect.media.exchange.port import (
    ExchangeAccessDeniedError,
    ExchangeAnswerInvalidError,
    ExchangeRefusedError,
    ExchangeUnreachableError,
    VoteMessage,
)
from jacana.detect.media.exchange.ranges import BEGINNING, Ask
from jacana.detect.media.exchange.sandbox.answers import REASONS
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox


@pytest.fixture
def server(clock):
    with HashSharingSandbox(MEMBERS, clock=clock) as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def api(server: HashSharingSandbox, waits: list[float]):
    opened = open_client(server, waits)
    yield opened
    opened.close()


def test_who_am_i_and_what_time_is_it_there(api: NcmecHashApi, server: HashSharingSandbox, clock) -> None:
    server.advance_clock(-90)
    member, at = api.status()
    assert (member.id, member.name) == ("1", "Us")
    assert at == clock() - timedelta(seconds=90)
    assert {one.id for one in api.members()} == {"1", "2", "3"}


@pytest.mark.parametrize("fault", ["http_500", "broken_xml", "web_page", "doctype", "cut"])
def test_a_failed_question_is_asked_again(api, server, waits: list[float], fault: str) -> None:
    server.switches.arm(fault, endpoint="status", count=2)
    assert api.status()[0].id == "1"
    assert len(waits) == 2


def test_retry_after_is_obeyed_if_it_is_short_and_handed_on_if_not(api, server, waits: list[float]) -> None:
    server.switches.arm("http_429", endpoint="status", seconds=7)
    assert api.status()[0].id == "1"
    assert waits == [7.0]
    server.switches.arm("http_429", endpoint="status", seconds=3600)
    with pytest.raises(ExchangeUnreachableError) as busy:
        api.status()
    assert busy.value.retry_after_seconds == 3600
    assert waits == [7.0]


@pytest.mark.parametrize(
    ("fault", "error"), [("http_500", ExchangeUnreachableError), ("web_page", ExchangeAnswerInvalidError)]
)
def test_questions_end(api, server, waits: list[float], fault: str, error: type[Exception]) -> None:
    server.switches.arm(fault, always=True)
    with pytest.raises(error):
        api.members()
    assert len(server.shared.list_calls()) == 4
    assert len(waits) == 3


def test_wrong_credentials_are_said_at_once_and_name_the_settings(
    server: HashSharingSandbox, waits: list[float]
) -> None:
    stranger = NcmecHashApi("sandbox", server.url, OWN.user, "wrong", wait=waits.append)
    with pytest.raises(ExchangeAccessDeniedError) as denied:
        stranger.status()
    assert "ncmec_hash_password" in str(denied.value.remedy)
    assert "wrong" not in denied.value.message
    assert waits == []
    stranger.close()


def test_no_server_is_unreachable_and_the_address_is_not_said(waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    away = NcmecHashApi("sandbox", f"http://127.0.0.1:{port}", "a", "b", wait=waits.append)
    with pytest.raises(ExchangeUnreachableError) as failed:
        away.status()
    assert str(port) not in failed.value.message
    away.close()


def test_a_slow_server_is_not_waited_for_without_end(server: HashSharingSandbox) -> None:
    hasty = NcmecHashApi("sandbox", server.url, OWN.user, OWN.password, timeout_seconds=0.1, wait=lambda _: None)
    server.switches.arm("slow", always=True, seconds=0.4)
    with pytest.raises(ExchangeUnreachableError):
        hasty.status()
    hasty.close()


def test_votes_are_sent_once_whatever_happens(api, server, waits: list[float]) -> None:
    server.shared.put(2, "42", "video", {"md5": digest("42")})
    vote = VoteMessage("2-42", "MD5", False, (next(iter(REASONS)),))
    for fault, error in (("http_500", ExchangeUnreachableError), ("cut", ExchangeUnreachableError)):
        server.switches.arm(fault, endpoint="feedback")
        with pytest.raises(error):
            api.vote(vote)
    assert waits == []
    for _ in range(2):
        assert api.vote(vote) == "HTTP 200"
    (entry,) = server.shared.list_entries()
    assert [(one.member, one.signal, bool(one.reasons)) for one in entry.ballots] == [(1, "MD5", True)]
    with pytest.raises(ExchangeRefusedError):
        api.vote(VoteMessage("2-43", "MD5", True))


def test_reasons_in_both_shapes(api, server) -> None:
    plain = api.reasons("MD5")
    server.switches.arm("reasons_nested")
    assert api.reasons("MD5") == plain != ()


def test_fingerprints_are_fetched_from_among_the_entries_only(api, server) -> None:
    entry = server.shared.put(2, "42", "video", {}, large={"md5": b"\x01" * 16})
    assert api.fingerprint(f"/v2/entries/{entry.row}/fingerprints/MD5") == b"\x01" * 16
    for href in ("/v2/status", "http://127.0.0.1/v2/entries/1", "/v2/entries/../status"):
        with pytest.raises(ExchangeAnswerInvalidError):
            api.fingerprint(href)


ASK_FOR_A_RANGE = """
import sys
from datetime import UTC, datetime
from jacana.detect.media.exchange.ncmec import NcmecExchange
from jacana.detect.media.exchange.ncmec_http import NcmecHashApi
from jacana.model.clock import utc_now
now = datetime.fromtimestamp(1_795_348_800, UTC)
api = NcmecHashApi("sandbox", sys.argv[1], sys.argv[2], sys.argv[3])
pages = list(NcmecExchange(api, "sandbox", lambda: now).read(None))
assert pages[-1].complete
assert abs((utc_now() - datetime.now().astimezone()).total_seconds()) < 5
"""


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Paris", "UTC"])
def test_the_question_is_in_utc_wherever_the_machine_is(zone: str) -> None:
    at = datetime.fromtimestamp(1_795_348_800, UTC)
    with HashSharingSandbox(MEMBERS, clock=lambda: at) as server:
        subprocess.run(
            [sys.executable, "-c", ASK_FOR_A_RANGE, server.url, OWN.user, OWN.password],
            env={**os.environ, "TZ": zone, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
            check=True,
            timeout=120,
        )
        asked = [call.query for call in server.shared.list_calls() if call.path == "/v2/entries"]
    assert asked == ["from=1970-01-01T00:00:00Z&to=2026-11-22T12:00:00Z"]


def test_a_question_names_its_range(api, server, clock) -> None:
    api.entries(Ask(clock() - timedelta(hours=1), clock()))
    api.entries(Ask(BEGINNING, clock()))
    assert [call.query for call in server.shared.list_calls()] == [
        "from=2026-11-22T10:59:59Z&to=2026-11-22T12:00:00Z",
        "from=1970-01-01T00:00:00Z&to=2026-11-22T12:00:00Z",
    ]


def test_a_head_that_drips_is_no_answer() -> None:
    began = time.monotonic()
    with listen(drip(b"HTTP/1.1 200 OK\r\nX-Long: ")) as address:
        api = NcmecHashApi("sandbox", f"http://{address}", "u", "p", timeout_seconds=0.2, wait=lambda _seconds: None)
        with pytest.raises(ExchangeAnswerInvalidError):
            api.vote(VoteMessage("1-a", "MD5", agrees=True))
        api.close()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("999999999", 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 -1400", None),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", None),
        ("\u00b2", None),
    ],
)
def test_no_exchange_sends_us_away_for_years(text: str, seconds: float | None) -> None:
    headers = [(b"retry-after", text.encode())]
    assert _read_retry_after(httpx.Response(503, headers=headers)) == seconds
