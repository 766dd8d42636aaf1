"""The library's ThreatExchange against a stand-in for the Graph API on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from exchange_lists import digest, gather

from jacana.db.engine import Database
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.exchange.graph import GraphReader, ThreatExchangeAccountError, open_threatexchange
from jacana.detect.media.exchange.port import (
    ExchangeAccessDeniedError,
    ExchangeAnswerInvalidError,
    ExchangeRefusedError,
    ExchangeUnreachableError,
)
from jacana.detect.media.exchange.sync import BankSync
from jacana.model.bank import BankOrigin

TOKEN = "12345678|" + "a" * 27


def record(number: int, kind: str, indicator: str, *, status: str = "MALICIOUS", owner: int = 7, tags=()) -> dict:
    return {
        "id": str(number),
        "indicator": indicator,
        "type": kind,
        "last_updated": str(1000 + number),
        "should_delete": False,
        "descriptors": {
            "data": [
                {
                    "id": "5",
                    "owner": {"id": str(owner)},
                    "status": status,
                    "tags": {"data": [{"text": tag} for tag in tags]},
                }
            ]
        },
    }


class StandIn:
    """Serves threat updates in pages of two, and whatever else it is told to."""

    def __init__(self) -> None:
        self.records: list[dict] = []
        self.queries: list[dict[str, list[str]]] = []
        self.answers: list[tuple[int, str]] = []
        self.next_host: str | None = None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = stand_in.answer(self.path)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v26.0"

    def answer(self, path: str) -> tuple[int, str]:
        query = parse_qs(urlsplit(path).query)
        self.queries.append(query)
        if self.answers:
            return self.answers.pop(0)
        since, offset = int(query.get("start_time", ["0"])[0]), int(query.get("offset", ["0"])[0])
        found = [row for row in self.records if int(row.get("last_updated", 0)) >= since]
        body: dict = {"data": found[offset : offset + 2]}
        if len(found) > offset + 2:
            base = self.next_host or self.url
            body["paging"] = {"next": f"{base}/1/threat_updates/?start_time={since}&offset={offset + 2}"}
        return 200, json.dumps(body)


@pytest.fixture
def graph() -> Iterator[StandIn]:
    made = StandIn()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def exchange(graph: StandIn, clock):
    opened = open_threatexchange(TOKEN, "99", clock, endpoint=graph.url, wait=lambda _seconds: None)
    yield opened
    opened.close()


def test_pictures_videos_and_what_is_not_used(exchange, graph: StandIn) -> None:
    graph.records = [
        record(1, "HASH_PDQ", digest("p", "pdq")),
        record(2, "HASH_VIDEO_MD5", digest("v").upper()),
        record(3, "HASH_MD5", digest("t"), tags=["media_type_video"]),
        record(4, "HASH_MD5", digest("untagged")),
        record(5, "URI", "https://example.org/"),
        record(6, "HASH_PDQ", "poison\n"),
        record(7, "HASH_VIDEO_MD5", digest("false"), status="NON_MALICIOUS"),
    ]
    pages = list(exchange.read(None))
    entries, gone, refused, last = gather(pages)
    assert exchange.environment == "threatexchange-sandbox:99"
    assert {entry.md5 for entry in entries.values()} == {None, digest("v"), digest("t")}
    assert [entry.media_kind for entry in entries.values()] == ["picture", "video", "video"]
    assert all((entry.votes_up, entry.votes_down) == (1, 0) for entry in entries.values())
    assert len(gone) == 3
    assert len(refused) == 1
    assert sum(sum(page.unused.values()) for page in pages) == 3
    assert last.state["checkpoint"]["update_time"] == 1007


def test_reading_goes_on_at_the_last_time(exchange, graph: StandIn) -> None:
    graph.records = [record(number, "HASH_VIDEO_MD5", digest(str(number))) for number in range(1, 6)]
    half = next(exchange.read(None))
    gather(exchange.read(half.state))
    assert graph.queries[1]["start_time"] == ["1002"]
    assert graph.queries[0].get("start_time") is None


def test_a_deletion_is_gone(exchange, graph: StandIn) -> None:
    graph.records = [record(1, "HASH_VIDEO_MD5", digest("1")) | {"should_delete": True}]
    assert gather(exchange.read(None))[1] == {f"HASH_VIDEO_MD5 {digest('1')}"}


def test_an_empty_group_is_no_failure(exchange, graph: StandIn) -> None:
    assert gather(exchange.read(None))[0] == {}


def test_own_opinions_are_not_others(exchange, graph: StandIn) -> None:
    graph.records = [record(1, "HASH_VIDEO_MD5", digest("1"), owner=12345678)]
    (entry,) = gather(exchange.read(None))[0].values()
    assert (entry.votes_up, entry.votes_down) == (0, 0)


def test_a_malformed_record_stops_nothing(exchange, graph: StandIn) -> None:
    broken = record(1, "HASH_VIDEO_MD5", digest("1"))
    del broken["last_updated"]
    graph.records = [record(2, "HASH_VIDEO_MD5", digest("2"))]
    graph.answers = [(200, json.dumps({"data": [broken, graph.records[0], {"descriptors": 5}]}))]
    entries, _, refused, _ = gather(exchange.read(None))
    assert [entry.md5 for entry in entries.values()] == [digest("2")]
    assert len(refused) == 2


def test_after_85_days_everything_is_read_anew_and_what_is_missing_goes(
    exchange, graph: StandIn, database: Database, clock
) -> None:
    banks = Banks(clock)
    syncing = BankSync(database, banks, clock)
    with database.write() as connection:
        banks.create(connection, "tx", "drawn", origin=BankOrigin.THREATEXCHANGE, actor="test")
    graph.records = [record(number, "HASH_VIDEO_MD5", digest(str(number))) for number in range(1, 4)]
    assert syncing.sync("tx", exchange, "test").added == 3
    graph.records = graph.records[1:]
    clock.advance(84 * 86_400)
    assert syncing.sync("tx", exchange, "test").removed == 0, "a deletion would have been named"
    clock.advance(86 * 86_400)
    again = syncing.sync("tx", exchange, "test")
    assert (again.removed, again.added, again.unchanged) == (1, 0, 2)
    assert graph.queries[-1].get("start_time") is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((500, ""), ExchangeUnreachableError),
        ((429, ""), ExchangeUnreachableError),
        ((401, ""), ExchangeAccessDeniedError),
        ((400, ""), ExchangeRefusedError),
        ((200, "<html>"), ExchangeAnswerInvalidError),
        ((200, "[]"), ExchangeAnswerInvalidError),
        ((200, '{"data": 5}'), ExchangeAnswerInvalidError),
        ((200, "{}"), ExchangeAnswerInvalidError),
    ],
)
def test_failures_keep_the_token_to_themselves(exchange, graph: StandIn, answer, error: type[Exception]) -> None:
    graph.answers = [answer] * 4
    with pytest.raises(error) as failed:
        list(exchange.read(None))
    assert TOKEN not in str(failed.value)
    assert TOKEN not in repr(failed.value.__cause__)


def test_a_short_outage_is_waited_out(exchange, graph: StandIn) -> None:
    graph.records = [record(1, "HASH_VIDEO_MD5", digest("1"))]
    graph.answers = [(503, ""), (503, "")]
    assert len(gather(exchange.read(None))[0]) == 1


def test_a_next_page_on_another_host_is_not_followed(exchange, graph: StandIn) -> None:
    graph.records = [record(number, "HASH_VIDEO_MD5", digest(str(number))) for number in range(1, 6)]
    graph.next_host = "http://127.0.0.2:9"
    with pytest.raises(ExchangeAnswerInvalidError):
        list(exchange.read(None))


def test_a_stand_in_is_on_this_machine_and_an_account_is_one(clock) -> None:
    for token, group, endpoint in (
        ("", "99", None),
        (TOKEN, "my group", None),
        (TOKEN, "99", "https://example.org"),
    ):
        with pytest.raises(ThreatExchangeAccountError):
            open_threatexchange(token, group, clock, endpoint=endpoint)


def test_nobody_there_is_unreachable() -> None:
    reader = GraphReader("http://127.0.0.1:9/v26.0", wait=lambda _seconds: None)
    with pytest.raises(ExchangeUnreachableError):
        reader.get_json("http://127.0.0.1:9/v26.0/1", {"a": None})
    reader.close()


@pytest.mark.parametrize("body", ["[" * 100_000, " " * 2_000])
def test_an_answer_too_deep_or_too_large_is_none(graph: StandIn, monkeypatch, body: str) -> None:
    monkeypatch.setattr("jacana.detect.media.exchange.graph.MAX_ANSWER_BYTES", 200_000 if body[0] == "[" else 1_000)
    graph.answers = [(200, body)]
    reader = GraphReader(graph.url, wait=lambda _seconds: None)
    with pytest.raises(ExchangeAnswerInvalidError):
        reader.get_json(f"{graph.url}/1")
    reader.close()
