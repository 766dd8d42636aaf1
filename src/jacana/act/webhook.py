"""Sends instructions to the network as signed webhooks (Standard Webhooks 1.0.0; contract: docs/act.md).

Never sends content, never follows a redirect, never reads more of an answer than it keeps the beginning of.
"""

import base64
import binascii
import math
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import rfc8785
from standardwebhooks.webhooks import Webhook

from jacana.act.network import NetworkAnswer, NetworkNotConfiguredError, NetworkUnreachableError
from jacana.model.action import Action, ActionKind
from jacana.model.clock import format_time

PAYLOAD_TYPE = "jacana.action.v1"
MAX_ANSWER_BYTES = 64 * 1024
EXCERPT_CHARACTERS = 500
_MIN_SECRET_BYTES = 24  # Standard Webhooks: between 24 and 64 bytes of randomness


def compose_payload(action: Action) -> bytes:
    """Return the body, canonical JSON (RFC 8785): the same bytes at every attempt, so the receiver may compare them."""
    payload: dict[str, Any] = {
        "type": PAYLOAD_TYPE,
        "timestamp": format_time(action.created_at),
        "data": {
            "id": action.id,
            "kind": action.kind.value,
            "target": {"kind": action.target_kind.value, "id": action.target_id},
            "sequence": action.sequence,
            "account_id": action.account_id,
            "upload_id": action.upload_id,
            "reason": action.reason,
            "decided_by": action.decided_by,
            "reverses": action.reverses,
        },
    }
    if action.wants_bytes:
        payload["data"]["send_again"] = True
    if action.kind is ActionKind.BAN_DEVICE and action.tier is not None:
        payload["data"]["tier"] = action.tier
    return rfc8785.dumps(payload)


class WebhookNetwork:
    """The network behind network_url. `timeout_seconds` limits the whole exchange."""

    def __init__(self, url: str, secret: str, *, timeout_seconds: float = 15.0) -> None:
        self._url = url
        self._secret = secret
        self._limit = timeout_seconds
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout_seconds, connect=min(5.0, timeout_seconds)),
            follow_redirects=False,
            trust_env=False,  # a proxy or .netrc of the machine must not see or alter instructions
            headers={"user-agent": "jacana", "content-type": "application/json", "accept-encoding": "identity"},
        )

    def send(self, action: Action, at: datetime) -> NetworkAnswer:
        """POST one instruction, signed for the moment `at`.

        Raises NetworkNotConfiguredError without a usable URL and secret; NetworkUnreachableError if no complete answer
        came in time, in which case the instruction may have arrived.
        """
        body = compose_payload(action)
        headers = self._sign(action.id, at, body)
        try:
            return self._exchange(body, headers)
        except httpx.InvalidURL:
            raise self._unusable("network_url is not a URL") from None
        except httpx.UnsupportedProtocol:
            raise self._unusable("network_url is not an http or https URL") from None
        except httpx.HTTPError as problem:
            raise NetworkUnreachableError(f"the network did not answer ({type(problem).__name__})") from problem

    def close(self) -> None:
        """Close pooled connections."""
        self._client.close()

    def _exchange(self, body: bytes, headers: dict[str, str]) -> NetworkAnswer:
        deadline = time.monotonic() + self._limit
        with self._client.stream("POST", self._url, content=body, headers=headers) as response:
            answer = b""
            for chunk in response.iter_raw():
                answer += chunk
                if len(answer) > MAX_ANSWER_BYTES:
                    break
                if time.monotonic() > deadline:
                    raise NetworkUnreachableError("the network took too long to finish its answer")
            wait = read_retry_after(response.headers.get("retry-after", ""), datetime.now(UTC))
            return NetworkAnswer(response.status_code, _shorten(answer), wait)

    def _sign(self, id: str, at: datetime, body: bytes) -> dict[str, str]:
        if not self._url or not self._secret:
            raise self._unusable("network_url and network_secret are not both set")
        encoded = self._secret.removeprefix("whsec_")
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) < _MIN_SECRET_BYTES:
            raise self._unusable("network_secret is not a Standard Webhooks secret")
        moment = at.astimezone(UTC)  # the library reads the clock digits as UTC whatever the zone
        return {
            "webhook-id": id,
            "webhook-timestamp": str(math.floor(moment.timestamp())),
            "webhook-signature": Webhook(key).sign(id, moment, body.decode()),
        }

    def _unusable(self, message: str) -> NetworkNotConfiguredError:
        remedy = "set network_url to the network's address for instructions and network_secret to whsec_… (docs/act.md)"
        return NetworkNotConfiguredError(message, remedy=remedy)


def read_retry_after(value: str, now: datetime) -> int | None:
    """Return the seconds a Retry-After header asks for (RFC 9110 section 10.2.3: seconds or a date), if readable."""
    if value.strip().isdecimal():
        return int(value.strip()[:9])  # a longer number is beyond any cap, and a very long one beyond int()
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, math.ceil((moment - now).total_seconds()))


def _shorten(answer: bytes) -> str:
    """Return the answer's beginning as one printable line: it is shown to operators."""
    text = answer[: EXCERPT_CHARACTERS * 4].decode("utf-8", "replace")
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:EXCERPT_CHARACTERS]
