"""One HTTP call to somebody outside: a deadline over the whole of it, no redirects, no endless answers.

Whatever goes wrong is OutsideSilentError; a message never repeats what was sent or answered.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from jacana.detect.media.deadline import NO_REUSE, Deadline
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.settings import SettingInvalidError

MAX_ANSWER_BYTES = 4 * 2**20
LONGEST_WAIT_ASKED = 6 * 3600
_BLOCK = 1 << 18
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def check_address(url: str, setting: str) -> str:
    """Return the URL. Raises SettingInvalidError unless it is https, or http to this machine itself."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0) and not parts.query
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        usable = secure = False
    if not usable:
        raise SettingInvalidError(f"{setting} is not a URL", remedy="for example https://service.example/")
    if not secure:
        raise SettingInvalidError(
            f"{setting} would send in the clear", remedy="use https; plain http is taken for 127.0.0.1 only"
        )
    return url


class Caller:
    """Posts to one address with one set of headers. Safe to use from several threads."""

    def __init__(self, name: str, timeout_seconds: float, headers: Mapping[str, str]) -> None:
        self._name = name
        self._limit = timeout_seconds
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout_seconds, connect=min(5.0, timeout_seconds)),
            limits=NO_REUSE,
            follow_redirects=False,
            trust_env=False,  # a proxy or .netrc of the machine must not see or alter this
            headers={"user-agent": "jacana", "accept": "application/json", "accept-encoding": "identity", **headers},
        )

    def post_json(self, url: str, body: Mapping[str, Any]) -> Any:
        """Send a JSON object and return the JSON answered. Raises OutsideSilentError."""
        return self._post(url, json.dumps(body).encode(), {"content-type": "application/json"})

    def post_file(self, url: str, path: Path, media_type: str, headers: Mapping[str, str] | None = None) -> Any:
        """Send a file's bytes as they are and return the JSON answered. Raises OutsideSilentError."""
        length = {"content-type": media_type, "content-length": str(path.stat().st_size)}
        return self._post(url, _read_blocks(path), {**length, **(headers or {})})

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def _post(self, url: str, content: bytes | Iterator[bytes], headers: Mapping[str, str]) -> Any:
        try:
            with (
                Deadline(self._limit) as deadline,
                self._client.stream(
                    "POST", url, content=content, headers=dict(headers), extensions=dict(deadline.extensions)
                ) as response,
            ):
                _refuse_status(self._name, response)
                body = bytearray()
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise OutsideSilentError(Silence.NONSENSE, f"{self._name} answered without an end")
        except httpx.TimeoutException:
            raise _say_slow(self._name) from None
        except httpx.HTTPError as problem:
            kind = type(problem).__name__
            raise OutsideSilentError(Silence.UNREACHABLE, f"{self._name} cannot be reached ({kind})") from None
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise OutsideSilentError(Silence.NONSENSE, f"{self._name} did not answer with JSON") from None


def _read_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _say_slow(name: str) -> OutsideSilentError:
    return OutsideSilentError(Silence.SLOW, f"{name} did not answer in time")


def _refuse_status(name: str, response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    why = Silence.THROTTLED if status == 429 else Silence.FAILING if status >= 500 else Silence.REFUSED
    wait = _read_wait(response.headers.get("retry-after", "")) if status in {429, 503} else None
    raise OutsideSilentError(why, f"{name} answered {status}", retry_after_seconds=wait)


def _read_wait(value: str) -> int | None:
    """Return the seconds of a Retry-After header (RFC 9110 section 10.2.3: seconds or a date), if it can be read."""
    text = value.strip()
    if text.isdecimal():
        return min(int(text[:9]), LONGEST_WAIT_ASKED)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0, round((moment - datetime.now(UTC)).total_seconds())), LONGEST_WAIT_ASKED)
