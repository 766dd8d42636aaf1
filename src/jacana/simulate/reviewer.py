"""A scripted reviewer: uses the console's own pages and forms over HTTP, as a person without script would.

Looks at no media, so nothing it does can make a report claim that somebody did.
"""

import time
from urllib.parse import urljoin

import httpx
from lxml import html


class ConsoleUnexpectedError(RuntimeError):
    """A page of the console is not what the script expects."""


class ScriptedReviewer:
    """One logged-in console user."""

    def __init__(self, console_url: str) -> None:
        self._client = httpx.Client(base_url=console_url, follow_redirects=True, timeout=30)
        self._client.headers["Origin"] = console_url

    def close(self) -> None:
        """Drop the connection."""
        self._client.close()

    def log_in(self, name: str, password: str) -> None:
        """Log in. Raises ConsoleUnexpectedError if the console does not let us in."""
        page = self._submit(self._open("/console/login"), "/console/login", {"name": name, "password": password})
        if page.find(".//input[@type='password']") is not None:
            raise ConsoleUnexpectedError("the log-in was refused")

    def list_cases(self) -> list[tuple[str, str]]:
        """Return (case id, text of its row) for every case of the queue, top first."""
        rows = self._open("/console/").xpath("//*[@data-case]")
        return [(row.get("data-case"), " ".join(row.text_content().split())) for row in rows]

    def list_reports(self, case_id: str) -> list[str]:
        """Return the ids of the reports a case page links to."""
        links = self._open(f"/console/cases/{case_id}").xpath("//a[contains(@href, '/console/reports/')]/@href")
        return list(dict.fromkeys(link.rsplit("/", 1)[1] for link in links))

    def decide_case(self, case_id: str, verdict: str, reason: str, classification: str = "") -> None:
        """Take the case and decide its first undecided file."""
        path = f"/console/cases/{case_id}"
        page = self._submit(self._open(path), f"{path}/lease", {})
        fields = {"verdict": verdict, "reason": reason}
        if classification:
            fields["classification"] = classification
        self._submit(page, f"{path}/decide", fields)

    def approve_term(self, term_id: str) -> None:
        """Approve a term of the lexicon; it takes two people."""
        path = f"/console/lexicon/{term_id}"
        self._submit(self._open(path), f"{path}/approve", {})

    def read_case(self, case_id: str) -> str:
        """Return a case page as it was sent."""
        answer = self._client.get(f"/console/cases/{case_id}")
        self._parse(answer)
        return answer.text

    def decide_account(self, case_id: str, verdict: str, reason: str) -> None:
        """Take the case and decide about the account itself."""
        path = f"/console/cases/{case_id}"
        page = self._submit(self._open(path), f"{path}/lease", {})
        self._submit(page, f"{path}/accounts/decide", {"verdict": verdict, "reason": reason})

    def approve_report(self, report_id: str) -> None:
        """Give the second, different confirmation that filing takes."""
        path = f"/console/reports/{report_id}"
        self._submit(self._open(path), f"{path}/approve", {"confirmation": "FILE", "checked": "yes"})

    def _open(self, path: str) -> html.HtmlElement:
        return self._parse(self._client.get(path))

    def _submit(self, page: html.HtmlElement, action: str, fields: dict[str, str]) -> html.HtmlElement:
        for form in page.forms:
            if urljoin(action, form.action or action).split("?")[0] == action:
                values: dict[str, list[str]] = {}
                for name, value in form.form_values():
                    values.setdefault(name, []).append(value)
                values |= {name: [value] for name, value in fields.items()}
                time.sleep(int(form.get("data-delay", 0)) / 1000)  # the console refuses whoever decides at a glance
                return self._parse(
                    self._client.post(action, data={**values, **{name: [value] for name, value in fields.items()}})
                )
        raise ConsoleUnexpectedError(f"no form posts to {action}")

    def _parse(self, answer: httpx.Response) -> html.HtmlElement:
        if answer.status_code != httpx.codes.OK:
            said = " ".join(self._read(answer).text_content().split())[:300] if answer.content else ""
            raise ConsoleUnexpectedError(
                f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {said}"
            )
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> html.HtmlElement:
        page: html.HtmlElement = html.document_fromstring(answer.content)
        return page
