"""The CyberTipline over HTTPS (reference section 1). Never follows a redirect, never trusts an answer, never retries.

Retrying is the business of `filing`, which knows what a repeated call would mean.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import httpx

from jacana.model.errors import SetupInvalidError
from jacana.report.answers import MAX_ANSWER_BYTES, read_answer
from jacana.report.cybertipline import (
    Answer,
    CyberTipline,
    CyberTipUnclearError,
    CyberTipUnreachableError,
    UploadAnswer,
)
from jacana.report.environments import SANDBOX, check_endpoint
from jacana.report.multipart import FileForm
from jacana.settings import Settings

_XML = {"Content-Type": "text/xml; charset=utf-8"}
_CONNECT_SECONDS = 15.0


class CredentialsMismatchError(SetupInvalidError):
    """The settings hold the credentials of another environment than the report's."""

    code = "report.credentials_mismatch"


class NcmecCyberTipline:
    """One connection to one base URL as one account. Close it after use."""

    def __init__(
        self, environment: str, endpoint: str, username: str, password: str, *, timeout_seconds: float = 60.0
    ) -> None:
        check_endpoint(environment, endpoint)
        self._timeout_seconds = timeout_seconds
        self._client = httpx.Client(
            base_url=endpoint,
            auth=httpx.BasicAuth(username, password),
            timeout=httpx.Timeout(timeout_seconds, connect=min(_CONNECT_SECONDS, timeout_seconds)),
            follow_redirects=False,
            trust_env=environment != SANDBOX,
            headers={"Accept": "application/xml, text/xml", "Accept-Encoding": "identity"},
        )

    def status(self) -> Answer:
        """See the port."""
        return self._call("GET", "/status")

    def submit(self, document: bytes) -> Answer:
        """See the port. Raises CyberTipUnclearError for a success that names no report."""
        answer = self._call("POST", "/submit", content=document, headers=_XML)
        if answer.report_id is None:
            raise _unclear("a report was opened but the answer does not name it", answer)
        return answer

    def upload(self, report_id: int, file_name: str, size_bytes: int, chunks: Iterator[bytes]) -> UploadAnswer:
        """See the port. Raises CyberTipUnclearError for a success that names no file, or another report."""
        form = FileForm(report_id, file_name, size_bytes, chunks)
        headers = {"Content-Type": form.content_type, "Content-Length": str(form.content_length)}
        answer = self._call("POST", "/upload", content=form, headers=headers)
        if answer.file_id is None:
            raise _unclear("a file was stored but the answer does not name it", answer)
        return UploadAnswer(_expect_report(answer, report_id), form.md5, form.sent_bytes)

    def describe_file(self, document: bytes) -> Answer:
        """See the port."""
        return self._call("POST", "/fileinfo", content=document, headers=_XML)

    def finish(self, report_id: int) -> Answer:
        """See the port."""
        return _expect_report(self._call("POST", "/finish", data={"id": str(report_id)}), report_id)

    def retract(self, report_id: int) -> Answer:
        """See the port."""
        return _expect_report(self._call("POST", "/retract", data={"id": str(report_id)}), report_id)

    def close(self) -> None:
        """See the port."""
        self._client.close()

    def _call(
        self,
        method: str,
        path: str,
        *,
        content: bytes | Iterable[bytes] | None = None,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        with (
            _name_failures(path),
            self._client.stream(method, path, content=content, data=data, headers=headers) as response,
        ):
            request_id = response.headers.get("Request-ID", "")[:120] or None
            body = self._read_capped(response, request_id)
            return read_answer(body, response.status_code, request_id)

    def _read_capped(self, response: httpx.Response, request_id: str | None) -> bytes:
        deadline = time.monotonic() + self._timeout_seconds
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES or time.monotonic() > deadline:
                raise CyberTipUnclearError(
                    "the answer is too large or too slow", http_status=response.status_code, request_id=request_id
                )
        return bytes(body)


def connect_with(settings: Settings) -> Callable[[str, str], CyberTipline]:
    """Return the factory that `ReportDesk` takes: (environment, endpoint) -> client with the settings' account.

    The factory raises CredentialsMismatchError when a report belongs to another environment than the one whose
    credentials are set, so that a password of one is never shown to another.
    """

    def connect(environment: str, endpoint: str) -> CyberTipline:
        if environment != settings.cybertip_environment:
            raise CredentialsMismatchError(
                f"the report belongs to {environment}, the settings to {settings.cybertip_environment}",
                remedy=f"set cybertip_environment back to {environment} with its account until these reports are filed",
            )
        return NcmecCyberTipline(
            environment,
            endpoint,
            settings.cybertip_username,
            settings.cybertip_password,
            timeout_seconds=settings.cybertip_timeout_seconds,
        )

    return connect


def _unclear(message: str, answer: Answer) -> CyberTipUnclearError:
    return CyberTipUnclearError(message, http_status=answer.http_status, request_id=answer.request_id)


def _expect_report(answer: Answer, report_id: int) -> Answer:
    if answer.report_id not in (None, report_id):
        raise _unclear("the answer is about another report", answer)
    return answer


@contextmanager
def _name_failures(path: str) -> Iterator[None]:
    """Turn a failed connection into CyberTipUnreachableError, any other failure of the transport into unclear."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as problem:
        raise CyberTipUnreachableError(f"no connection for {path} ({type(problem).__name__})") from problem
    except httpx.HTTPError as problem:
        raise CyberTipUnclearError(f"no answer from {path} ({type(problem).__name__})") from problem
