"""The sandbox's own controls: entries, files, calls, switches and its clock, for this machine only."""

import hashlib

import httpx
import pytest
from exchange_lists import MEMBERS

from jacana.detect.media.exchange.sandbox.controls import add_file, hash_bytes
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox
from jacana.detect.media.exchange.sandbox.switches import SWITCHES


@pytest.fixture
def server(clock):
    with HashSharingSandbox(MEMBERS, clock=clock) as running:
        yield running


@pytest.fixture
def client(server: HashSharingSandbox):
    with httpx.Client(base_url=f"{server.origin}/sandbox", trust_env=False) as opened:
        yield opened


def test_entries_are_added_changed_listed_and_deleted(client: httpx.Client, server) -> None:
    given = {"id": "42", "kind": "image", "fingerprints": {"md5": "0a"}, "large": {"pdq": "ff00"}, "left_out": ["id"]}
    assert client.post("/entries", json=given | {"classification": "A1"}).json()["large"] == {"pdq": "ff00"}
    (listed,) = client.get("/entries").json()
    assert (listed["member"], listed["id"], listed["deleted"]) == (MEMBERS[0].member, "42", False)
    assert server.shared.list_entries()[0].left_out == {"id"}
    gone = client.request("DELETE", "/entries", json={"id": "42"})
    assert gone.json() == {"deleted": True}
    assert client.get("/entries").json()[0]["deleted"]


@pytest.mark.parametrize(
    "body",
    [
        "no",
        "[]",
        "{}",
        '{"id": 5}',
        '{"id": "a", "member": true}',
        '{"id": "a", "kind": "song"}',
        '{"id": "a", "fingerprints": []}',
        '{"id": "a", "large": {"md5": "xy"}}',
    ],
)
def test_what_is_no_entry_is_refused_with_a_remedy(client: httpx.Client, server, body: str) -> None:
    answer = client.post("/entries", content=body)
    assert answer.status_code == 400
    assert answer.json()["remedy"]
    assert server.shared.list_entries() == []


def test_a_file_is_hashed_and_its_page_shows_it(client: httpx.Client, server) -> None:
    answer = client.post("/files", files={"file": ("<b>clip</b>.mp4", b"drawn")})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sandbox/")
    (entry,) = server.shared.list_entries()
    assert entry.fingerprints["md5"] == hashlib.md5(b"drawn").hexdigest()
    page = client.get("/").text
    assert entry.id in page
    assert "<b>" not in page
    assert client.post("/files", data={"file": "text"}).status_code == 400


def test_a_hasher_says_what_a_file_is(server) -> None:
    entry = add_file(server.shared, "!!", b"x", lambda _data: ("image", {"pdq": "1"}))
    assert (entry.id, entry.kind, dict(entry.fingerprints)) == ("file", "image", {"pdq": "1"})
    assert hash_bytes(b"x")[0] == "video"


def test_calls_switches_and_clock(client: httpx.Client, server, clock) -> None:
    assert client.get("/faults").json() == {"on": [], "known": SWITCHES}
    assert client.post("/faults", json={"switch": "slow", "seconds": 0}).json()["on"]
    for wrong in ({"switch": "x"}, {"switch": "slow", "count": "2"}, {"switch": "slow", "seconds": "1"}):
        assert client.post("/faults", json=wrong).status_code == 400
    assert client.request("DELETE", "/faults").json()["on"] == []
    assert client.post("/clock", json={"advance_seconds": 60}).status_code == 200
    assert (server.now() - clock()).total_seconds() == 60
    assert client.post("/clock", json={"advance_seconds": "soon"}).status_code == 400
    httpx.get(f"{server.url}/v2/status", trust_env=False)
    (call,) = client.get("/calls").json()
    assert (call["path"], call["status"], call["user"]) == ("/v2/status", 401, None)


def test_another_site_cannot_use_them(client: httpx.Client) -> None:
    assert client.post("/faults", json={"switch": "cut"}, headers={"Origin": "http://evil.example"}).status_code == 403
