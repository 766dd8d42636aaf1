"""The sandbox's calls as a stranger's client meets them."""

import httpx
import pytest
from exchange_lists import MEMBERS, OTHER, OWN, hashes
from lxml import etree

from jacana.detect.media.exchange.ncmec_xml import write_entry, write_vote
from jacana.detect.media.exchange.port import VoteMessage
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox

XML = {"Content-Type": "application/xml; charset=utf-8"}


@pytest.fixture
def server(clock):
    with HashSharingSandbox(MEMBERS, clock=clock, page_size=2) as running:
        yield running


@pytest.fixture
def client(server: HashSharingSandbox):
    with httpx.Client(base_url=server.url, auth=(OWN.user, OWN.password), trust_env=False) as opened:
        yield opened


RANGE = "/v2/entries?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z"


def test_a_stranger_is_asked_to_log_in(server: HashSharingSandbox) -> None:
    for headers in ({}, {"Authorization": "Basic !!"}, {"Authorization": "Bearer x"}, {"Authorization": "Basic YQ=="}):
        answer = httpx.get(f"{server.url}/v2/status", headers=headers, trust_env=False)
        assert (answer.status_code, "Basic" in answer.headers["WWW-Authenticate"]) == (401, True)


def test_the_clock_of_the_list_is_in_every_answer(client: httpx.Client, server) -> None:
    server.advance_clock(60)
    assert client.get("/v2/status").headers["Date"] == "Sun, 22 Nov 2026 12:01:00 GMT"


def test_pages_lead_to_each_other_until_none_is_left(client: httpx.Client, server) -> None:
    for number in range(5):
        server.shared.put(2, str(number), "video", hashes(str(number)))
    found, path = [], RANGE
    while path:
        root = etree.fromstring(client.get(path).content)
        found += [element.text for element in root.iter("{*}id")]
        path = root.findtext("{*}paging/{*}next")
    assert sorted(found) == ["0", "1", "2", "3", "4"]
    assert len(server.shared.list_calls()) == 3


@pytest.mark.parametrize("query", ["", "?from=x&to=y", "?from=2026-01-01T00:00:00&to=2027-01-01T00:00:00Z"])
def test_a_range_is_two_moments_in_utc(client: httpx.Client, query: str) -> None:
    assert client.get(f"/v2/entries{query}").status_code == 400


def test_large_fingerprints_are_raw(client: httpx.Client, server) -> None:
    row = server.shared.put(2, "a", "video", {}, large={"tmk-pdqf": b"\x00raw"}).row
    answer = client.get(f"/v2/entries/{row}/fingerprints/TMK_PDQF")
    assert (answer.content, answer.headers["Content-Type"]) == (b"\x00raw", "application/octet-stream")
    assert client.get(f"/v2/entries/{row}/fingerprints/MD5").status_code == 404
    assert client.get("/v2/entries/0/fingerprints/MD5").status_code == 404


def test_votes_need_an_entry_a_kind_and_a_document(client: httpx.Client, server) -> None:
    server.shared.put(2, "a", "video", hashes("a"))
    document = write_vote(VoteMessage("2-a", "MD5", True))
    path = "/v2/entries/2/a/MD5/feedback"
    assert client.put(path, content=document, headers=XML).status_code == 200
    assert client.put(path, content=document).status_code == 400
    assert client.put(path, content=b"x", headers=XML).status_code == 400
    assert client.put(path, content=document + b" " * 2**20, headers=XML).status_code == 400
    assert client.put("/v2/entries/2/b/MD5/feedback", content=document, headers=XML).status_code == 404
    assert client.put("/v2/entries/2/a/SMELL/feedback", content=document, headers=XML).status_code == 404
    assert client.get("/v2/feedback/SMELL/reasons").status_code == 404


def test_contributing_is_for_who_may_and_for_ones_own(client: httpx.Client, server) -> None:
    document = write_entry("video", "e", "A1", hashes("e"))
    for method, status in (("PUT", 200), ("POST", 200), ("DELETE", 200), ("DELETE", 404)):
        assert client.request(method, "/v2/entries/1/e", content=document, headers=XML).status_code == status
    assert client.put("/v2/entries/1/e", content=b"<x/>", headers=XML).status_code == 400
    for method in ("PUT", "DELETE"):
        assert client.request(method, "/v2/entries/2/e", content=document, headers=XML).status_code == 403
        auth = (OTHER.user, OTHER.password)
        assert client.request(method, "/v2/entries/2/e", content=document, auth=auth).status_code == 403


@pytest.mark.parametrize(
    ("switch", "status"),
    [("http_429", 429), ("http_500", 500), ("web_page", 200), ("broken_xml", 200), ("doctype", 200)],
)
def test_faults(client: httpx.Client, server, switch: str, status: int) -> None:
    server.switches.arm(switch, seconds=9)
    answer = client.get("/v2/status")
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("9" if switch == "http_429" else None)
    assert b"</status>" not in answer.content or b"<!DOCTYPE" in answer.content
    assert b"</status>" in client.get("/v2/status").content


def test_a_cut_connection_has_no_answer_but_its_work_is_done(client: httpx.Client, server) -> None:
    server.shared.put(2, "a", "video", hashes("a"))
    server.switches.arm("cut", endpoint="feedback")
    with pytest.raises(httpx.HTTPError):
        client.put("/v2/entries/2/a/MD5/feedback", content=write_vote(VoteMessage("2-a", "MD5", True)), headers=XML)
    assert server.shared.list_entries()[0].ballots
