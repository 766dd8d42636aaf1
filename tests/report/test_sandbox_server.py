"""The sandbox over HTTP as a stranger's client meets it: paths, log-in, forms, headers, its own controls, restarts."""

import hashlib
from pathlib import Path

import httpx
import pytest
from lxml import etree

from jacana.report.document import build_report
from jacana.report.facts import ReportFacts
from jacana.report.sandbox.machine import Stage
from jacana.report.sandbox.receiver import Account
from jacana.report.sandbox.server import SandboxServer

AUTH = ("a", "b")
XML = {"Content-Type": "text/xml; charset=utf-8"}


@pytest.fixture
def server(clock):
    with SandboxServer([Account(*AUTH)], clock=clock) as running:
        yield running


@pytest.fixture
def client(server: SandboxServer):
    with httpx.Client(base_url=server.url, auth=AUTH, trust_env=False) as opened:
        yield opened


def _code(response: httpx.Response) -> tuple[int, int]:
    return response.status_code, int(etree.fromstring(response.content).findtext("responseCode") or -1)


def _open(client: httpx.Client, facts: ReportFacts, clock) -> str:
    answer = client.post("/submit", content=build_report(facts, clock.now), headers=XML)
    return etree.fromstring(answer.content).findtext("reportId") or ""


def test_every_answer_has_its_own_request_id(client: httpx.Client) -> None:
    ids = [client.get(path).headers["Request-ID"] for path in ("/status", "/nowhere", "/xsd")]
    assert len(set(ids)) == 3


def test_a_stranger_is_asked_to_log_in_everywhere(server: SandboxServer) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as stranger:
        for method, path in (("GET", "/status"), ("GET", "/xsd"), ("POST", "/submit"), ("GET", "/nowhere")):
            answer = stranger.request(method, path)
            assert _code(answer) == (401, 2000)
            assert answer.headers["WWW-Authenticate"].startswith("Basic")
        for header in ("Basic !!", "Bearer x", "Basic " + "YQ=="):
            assert stranger.get("/status", headers={"Authorization": header}).status_code == 401


def test_unknown_paths_and_methods(client: httpx.Client) -> None:
    assert _code(client.get("/nowhere")) == (404, 1210)
    assert _code(client.get("/submit")) == (404, 1210)


def test_the_schema_is_served_and_validates(client: httpx.Client, facts: ReportFacts, clock) -> None:
    schema = etree.XMLSchema(etree.fromstring(client.get("/xsd").content))
    assert schema.validate(etree.fromstring(build_report(facts, clock.now)))


def test_modern_statuses(client: httpx.Client, facts: ReportFacts, clock) -> None:
    assert _code(client.post("/submit", content=b"<report", headers=XML)) == (400, 4110)
    assert _code(client.post("/submit", content=b"<report/>", headers=XML)) == (400, 4100)
    assert _code(client.post("/submit", content=b"<report/>", headers={"Content-Type": "text/plain"})) == (400, 4000)
    assert _code(client.post("/finish", data={"id": "9"})) == (404, 5001)
    report_id = _open(client, facts, clock)
    assert _code(client.post("/finish", data={"id": report_id})) == (200, 0)
    assert _code(client.post("/retract", data={"id": report_id})) == (409, 5102)


def test_legacy_mode_says_200_to_all(server: SandboxServer, client: httpx.Client) -> None:
    server.switches.arm("legacy")
    assert _code(client.post("/finish", data={"id": "9"})) == (200, 5001)
    assert _code(client.get("/status", auth=("a", "wrong"))) == (200, 2000)


@pytest.mark.parametrize("path", ["/finish", "/retract"])
def test_both_kinds_of_form_close_a_report(client: httpx.Client, facts: ReportFacts, clock, path: str) -> None:
    assert _code(client.post(path, data={"id": _open(client, facts, clock)})) == (200, 0)
    assert _code(client.post(path, files={"id": (None, _open(client, facts, clock))})) == (200, 0)


def test_another_clients_multipart_is_understood(client: httpx.Client, facts: ReportFacts, clock) -> None:
    report_id = _open(client, facts, clock)
    data = b"bytes" * 50_000
    answer = client.post("/upload", data={"id": report_id}, files={"file": ("clip ☂.mp4", data)})
    assert etree.fromstring(answer.content).findtext("hash") == hashlib.md5(data).hexdigest()
    assert _code(client.post("/upload", data={"id": report_id})) == (400, 4000)
    assert _code(client.post("/upload", files={"file": ("x", b"x")})) == (400, 4000)


def test_the_controls_show_reports_calls_and_faults(
    server: SandboxServer, client: httpx.Client, facts: ReportFacts, clock
) -> None:
    report_id = int(_open(client, facts, clock))
    with httpx.Client(base_url=server.origin, trust_env=False) as controls:
        listed = controls.get("/sandbox/reports").json()
        assert [(item["id"], item["state"], item["account"]) for item in listed] == [(report_id, "open", "a")]
        shown = controls.get(f"/sandbox/reports/{report_id}").json()
        assert shown["document"].startswith("<?xml")
        assert controls.get("/sandbox/reports/1").status_code == 404
        assert controls.get("/sandbox/calls").json()[0]["endpoint"] == "submit"
        armed = controls.post("/sandbox/faults", json={"switch": "http_503", "endpoint": "status", "count": 1})
        assert armed.json()["on"] == [{"switch": "http_503", "endpoint": "status", "count": 1}]
        assert client.get("/status").status_code == 503
        assert client.get("/status").status_code == 200
        controls.post("/sandbox/faults", json={"switch": "http_503", "always": True})
        assert controls.delete("/sandbox/faults").json()["on"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sandbox/faults", b'{"switch": "none"}'),
        ("/sandbox/faults", b'{"switch": "slow", "count": "x"}'),
        ("/sandbox/faults", b'{"switch": "slow", "seconds": true}'),
        ("/sandbox/faults", b'{"switch": "slow", "endpoint": "nowhere"}'),
        ("/sandbox/faults", b"[]"),
        ("/sandbox/faults", b"{"),
        ("/sandbox/clock", b'{"advance_seconds": -1}'),
        ("/sandbox/clock", b"{}"),
    ],
)
def test_bad_controls_say_what_is_wrong(server: SandboxServer, path: str, body: bytes) -> None:
    answer = httpx.post(server.origin + path, content=body, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_clock_can_be_moved_to_see_a_report_expire(
    server: SandboxServer, client: httpx.Client, facts: ReportFacts, clock
) -> None:
    report_id = _open(client, facts, clock)
    httpx.post(f"{server.origin}/sandbox/clock", json={"advance_seconds": 86_400}, trust_env=False)
    assert _code(client.post("/finish", data={"id": report_id})) == (404, 5001)
    assert server.receiver.list_reports()[0].stage is Stage.EXPIRED


def test_reports_survive_a_restart(tmp_path: Path, facts: ReportFacts, clock) -> None:
    for expected in (1, 2):
        with (
            SandboxServer([Account(*AUTH)], clock=clock, database=tmp_path / "s.db") as server,
            httpx.Client(base_url=server.url, auth=AUTH, trust_env=False) as client,
        ):
            _open(client, facts, clock)
            assert len(server.receiver.list_reports()) == expected


def test_what_was_dropped_after_the_commit_is_there(
    server: SandboxServer, client: httpx.Client, facts: ReportFacts, clock
) -> None:
    document = build_report(facts, clock.now)
    for fault, count in (("drop_before_commit", 0), ("drop_after_commit", 1)):
        server.switches.arm(fault, endpoint="submit")
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/submit", content=document, headers=XML)
        assert len(server.receiver.list_reports()) == count
