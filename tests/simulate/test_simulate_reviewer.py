"""The scripted reviewer uses forms as they stand on the page, and complains when a page is not what it expects."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from jacana.simulate.reviewer import ConsoleUnexpectedError, ScriptedReviewer

PAGES = {
    "/console/login": '<form action="/console/login" method="post"><input name="csrf" value="t1"><input name="name">'
    '<input type="password" name="password"></form>',
    "/console/": '<table><tr data-case="case_1"><td>due  soon</td></tr></table>',
    "/console/cases/case_1": '<a href="/console/reports/rep_1">r</a><a href="/console/reports/rep_1">r</a>'
    '<form action="/console/cases/case_1/lease" method="post"><input name="csrf" value="t2"></form>'
    '<form action="/console/cases/case_1/decide" method="post"><input name="version" value="7">'
    '<input type="radio" name="verdict" value="cleared"><textarea name="reason"></textarea></form>',
}


class Console(BaseHTTPRequestHandler):
    posts: list[tuple[str, dict[str, list[str]]]]

    def do_GET(self) -> None:
        self._answer(PAGES.get(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        type(self).posts.append((self.path, parse_qs(body)))
        self._answer(PAGES["/console/cases/case_1"] if "cases" in self.path else PAGES["/console/"])

    def _answer(self, page: str | None) -> None:
        self.send_response(200 if page else 404)
        self.end_headers()
        self.wfile.write(f"<html><body>{page}</body></html>".encode())

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


@pytest.fixture
def reviewer() -> Iterator[ScriptedReviewer]:
    Console.posts = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Console)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = ScriptedReviewer(f"http://127.0.0.1:{server.server_port}")
    yield made
    made.close()
    server.shutdown()
    server.server_close()


def test_hidden_fields_travel_with_what_is_typed(reviewer: ScriptedReviewer) -> None:
    reviewer.log_in("anna", "pass")
    reviewer.decide_case("case_1", "confirmed", "clear", "A1")
    assert Console.posts[0] == ("/console/login", {"csrf": ["t1"], "name": ["anna"], "password": ["pass"]})
    assert Console.posts[1] == ("/console/cases/case_1/lease", {"csrf": ["t2"]})
    fields = {"version": ["7"], "verdict": ["confirmed"], "reason": ["clear"], "classification": ["A1"]}
    assert Console.posts[2] == ("/console/cases/case_1/decide", fields)


def test_cases_and_reports_are_read_from_the_pages(reviewer: ScriptedReviewer) -> None:
    assert reviewer.list_cases() == [("case_1", "due soon")]
    assert reviewer.list_reports("case_1") == ["rep_1"]


def test_a_missing_page_or_form_is_an_error(reviewer: ScriptedReviewer) -> None:
    with pytest.raises(ConsoleUnexpectedError, match="404"):
        reviewer.approve_report("none")
    with pytest.raises(ConsoleUnexpectedError, match="no form posts to"):
        reviewer._submit(reviewer._open("/console/"), "/console/nowhere", {})
