"""NCMEC's hash-sharing API over HTTPS (reference section 5.1): one call a method, answers read by `ncmec_xml`.

Only GET is repeated, and PUT never by itself. Follows no redirect and no address outside its base.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import quote

import httpx

from jacana.detect.media.deadline import NO_REUSE, Deadline
from jacana.detect.media.exchange.environments import SANDBOX
from jacana.detect.media.exchange.ncmec_xml import (
    EntriesPage,
    Member,
    read_members,
    read_page,
    read_reasons,
    read_status,
    write_vote,
)
from jacana.detect.media.exchange.port import (
    ExchangeAccessDeniedError,
    ExchangeAnswerInvalidError,
    ExchangeRefusedError,
    ExchangeUnreachableError,
    VoteMessage,
    VoteReason,
)
from jacana.detect.media.exchange.ranges import Ask, format_instant

RETRY_SECONDS = (1.0, 4.0, 10.0)
"""Waits between attempts of one GET, where the exchange names none."""
LONGEST_WAIT_SECONDS = 60.0
"""A longer Retry-After ends the pass; whoever called comes back then."""
LONGEST_REST_SECONDS = 86_400.0
"""No exchange can ask to be left alone for longer: banks would grow old without anybody having decided so."""
MAX_ANSWER_BYTES = 64 * 2**20
_CONNECT_SECONDS = 15.0
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_T = TypeVar("_T")


class NcmecHashApi:
    """One connection to one list as one account. Close it after use. Every method raises the errors of the port."""

    def __init__(
        self,
        environment: str,
        endpoint: str,
        username: str,
        password: str,
        *,
        timeout_seconds: float = 60.0,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint, self._timeout_seconds, self._wait = endpoint, timeout_seconds, wait
        self._client = httpx.Client(
            auth=httpx.BasicAuth(username, password),
            timeout=httpx.Timeout(timeout_seconds, connect=min(_CONNECT_SECONDS, timeout_seconds)),
            limits=NO_REUSE,
            follow_redirects=False,
            trust_env=environment != SANDBOX,
            headers={"Accept": "application/xml, text/xml"},
        )

    def status(self) -> tuple[Member, datetime | None]:
        """Return who we are, and the time at the exchange if it says so."""
        return self._get("/v2/status", lambda response, body: (read_status(body), _read_date(response)))

    def members(self) -> tuple[Member, ...]:
        """Return everybody who takes part."""
        return self._get("/v2/members", lambda _, body: read_members(body))

    def entries(self, ask: Ask, own_member: str | None = None) -> EntriesPage:
        """Return a page of a range: the first, or the one that `ask.next_page` names."""
        path = ask.next_page or f"/v2/entries?from={format_instant(ask.query_from)}&to={format_instant(ask.end)}"
        return self._get(path, lambda _, body: read_page(body, own_member))

    def fingerprint(self, href: str) -> bytes:
        """Return the raw bytes of a large fingerprint."""
        if not href.startswith("/v2/entries/") or ".." in href:
            raise ExchangeAnswerInvalidError("a fingerprint lies somewhere else than the entries")
        return self._get(href, lambda _, body: body)

    def reasons(self, signal: str) -> tuple[VoteReason, ...]:
        """Return the reasons for a negative vote on this kind of hash; their ids differ per environment."""
        return self._get(f"/v2/feedback/{quote(signal, safe='')}/reasons", lambda _, body: read_reasons(body))

    def vote(self, vote: VoteMessage) -> str:
        """Send a vote once and return the answer in a few words."""
        member, _, entry = vote.source_id.partition("-")
        path = f"/v2/entries/{quote(member, safe='')}/{quote(entry, safe='')}/{quote(vote.signal, safe='')}/feedback"
        return self._put(path, write_vote(vote))

    def put_entry(self, member: str, entry_id: str, document: bytes) -> str:
        """Contribute an entry, or put a new state of it in place of the old one, once."""
        return self._put(f"/v2/entries/{quote(member, safe='')}/{quote(entry_id, safe='')}", document)

    def close(self) -> None:
        """Release the connection."""
        self._client.close()

    def _get(self, path: str, read: Callable[[httpx.Response, bytes], _T]) -> _T:
        """Ask, up to four times, and return what `read` makes of the answer."""
        for pause in RETRY_SECONDS:
            try:
                return self._ask(path, read)
            except ExchangeUnreachableError as problem:
                asked = problem.retry_after_seconds
                if asked is not None and asked > LONGEST_WAIT_SECONDS:
                    raise
                self._wait(pause if asked is None else asked)
            except ExchangeAnswerInvalidError:
                self._wait(pause)
        return self._ask(path, read)

    def _ask(self, path: str, read: Callable[[httpx.Response, bytes], _T]) -> _T:
        response, body = self._call("GET", path)
        if response.status_code >= 400:  # asking is free of effects: what is refused now may be a fault over there
            raise ExchangeRefusedError(f"the exchange refused to answer (HTTP {response.status_code})")
        return read(response, body)

    def _put(self, path: str, document: bytes) -> str:
        response, _ = self._call("PUT", path, document)
        if response.status_code >= 400:
            raise ExchangeRefusedError(f"the exchange refused it (HTTP {response.status_code})")
        return f"HTTP {response.status_code}"

    def _call(self, method: str, path: str, document: bytes | None = None) -> tuple[httpx.Response, bytes]:
        headers = _XML if document is not None else None
        deadline = Deadline(2 * self._timeout_seconds)
        try:
            with (
                deadline,
                self._client.stream(
                    method,
                    self._endpoint + path,
                    content=document,
                    headers=headers,
                    extensions=dict(deadline.extensions),
                ) as response,
            ):
                body = _read_capped(response)
        except httpx.HTTPError as problem:
            if deadline.passed:
                raise ExchangeAnswerInvalidError("the answer is too slow") from None
            # never its text, which may hold the address with what was asked
            raise ExchangeUnreachableError(f"no answer from the exchange ({type(problem).__name__})") from None
        _check_status(response)
        return response, body


def _read_capped(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ExchangeAnswerInvalidError("the answer is too large")
    return bytes(body)


def _check_status(response: httpx.Response) -> None:
    """Raise for a status that is neither success nor a refusal of this one request."""
    status = response.status_code
    if status in (401, 403):
        raise ExchangeAccessDeniedError(
            f"the exchange does not let this account do that (HTTP {status})",
            remedy="correct ncmec_hash_username and ncmec_hash_password, or ask the exchange for the right",
        )
    if status == 429 or status >= 500:
        seconds = _read_retry_after(response)
        raise ExchangeUnreachableError(f"the exchange is busy (HTTP {status})", retry_after_seconds=seconds)
    if 300 <= status < 400:
        raise ExchangeAnswerInvalidError(f"the exchange points somewhere else (HTTP {status})")


def _read_retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(float(text[:9]), LONGEST_REST_SECONDS)
    moment = _parse_date(text)
    if moment is None:
        return None
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_REST_SECONDS)


def _read_date(response: httpx.Response) -> datetime | None:
    return _parse_date(response.headers.get("Date", ""))


def _parse_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
