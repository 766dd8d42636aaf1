"""Meta's Graph API for ThreatExchange's library: the library asks through this client instead of its own.

The library's own client waits for ever, retries nothing, and follows a next page wherever it points.
"""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from jacana.detect.media.deadline import NO_REUSE, Deadline
from jacana.detect.media.exchange.environments import is_loopback_url
from jacana.detect.media.exchange.port import (
    ExchangeAccessDeniedError,
    ExchangeAnswerInvalidError,
    ExchangeRefusedError,
    ExchangeUnreachableError,
)
from jacana.detect.media.exchange.threatexchange import LibraryExchange, check_record, load_library
from jacana.model.clock import Clock
from jacana.model.errors import SetupInvalidError

RETRY_SECONDS = (1.0, 4.0, 10.0)
MAX_ANSWER_BYTES = 64 * 2**20
_TIMEOUT_SECONDS = 60.0


class ThreatExchangeAccountError(SetupInvalidError):
    """The account of ThreatExchange is not set, or cannot be one."""

    code = "exchange.account_invalid"


class GraphReader:
    """Gets JSON from one host with one token. Raises the errors of the port, without the token in them."""

    def __init__(self, base_url: str, *, wait: Callable[[float], None] = time.sleep) -> None:
        self._base_url, self._wait = base_url, wait
        self._client = httpx.Client(timeout=_TIMEOUT_SECONDS, limits=NO_REUSE, trust_env=not is_loopback_url(base_url))

    def get_json(self, url: str, params: dict[str, Any] | None = None, **_more: Any) -> Any:
        """Return the JSON at an address of the same host."""
        if urlsplit(url)[:2] != urlsplit(self._base_url)[:2]:
            raise ExchangeAnswerInvalidError("the next page lies on another host")
        given = {name: value for name, value in (params or {}).items() if value is not None}
        for pause in RETRY_SECONDS:
            try:
                return self._ask(url, given)
            except ExchangeUnreachableError:
                self._wait(pause)
        return self._ask(url, given)

    def close(self) -> None:
        """Release the connection."""
        self._client.close()

    def _ask(self, url: str, params: dict[str, Any]) -> Any:
        try:
            with (
                Deadline(2 * _TIMEOUT_SECONDS) as deadline,
                self._client.stream(
                    "GET", url, params=params or None, extensions=dict(deadline.extensions)
                ) as response,
            ):
                body = _read_capped(response)
        except httpx.HTTPError as problem:
            raise ExchangeUnreachableError(f"no answer from the exchange ({type(problem).__name__})") from None
        status = response.status_code
        if status == 429 or status >= 500:
            raise ExchangeUnreachableError(f"the exchange is busy (HTTP {status})")
        if status in (401, 403):
            raise ExchangeAccessDeniedError(
                f"the exchange does not let this account do that (HTTP {status})",
                remedy="correct threatexchange_token and threatexchange_privacy_group",
            )
        if status != 200:
            raise ExchangeRefusedError(f"the exchange refused to answer (HTTP {status})")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise ExchangeAnswerInvalidError("the answer is not JSON") from None


def _read_capped(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ExchangeAnswerInvalidError("the answer is too large")
    return bytes(body)


class _GraphExchange(LibraryExchange):
    """The library's ThreatExchange over a GraphReader."""

    def __init__(self, reader: GraphReader, api: Any, collaboration: Any, environment: str, clock: Clock) -> None:
        super().__init__(api, collaboration, environment, clock)
        self._reader = reader

    def close(self) -> None:
        """See the port."""
        self._reader.close()


def open_threatexchange(
    token: str,
    privacy_group: str,
    clock: Clock,
    *,
    endpoint: str | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> LibraryExchange:
    """Return one privacy group as an exchange. `endpoint` is for a stand-in on this machine only.

    Raises ExchangeExtraMissingError, ThreatExchangeAccountError.
    """
    load_library()
    from threatexchange.exchanges.clients.fb_threatexchange.api import ThreatExchangeAPI, is_valid_app_token
    from threatexchange.exchanges.impl.fb_threatexchange_api import (
        FBThreatExchangeCollabConfig,
        FBThreatExchangeSignalExchangeAPI,
    )

    if not is_valid_app_token(token) or not privacy_group.isdigit():
        raise ThreatExchangeAccountError(
            "the account of ThreatExchange is not set, or is none",
            remedy="set threatexchange_token to an app's access token and threatexchange_privacy_group to a number",
        )
    if endpoint is not None and not is_loopback_url(endpoint):
        raise ThreatExchangeAccountError("a stand-in for ThreatExchange is on this machine", remedy="use 127.0.0.1")
    client = ThreatExchangeAPI(token, endpoint_override=endpoint)
    reader = GraphReader(client._base_url, wait=wait)
    collaboration = FBThreatExchangeCollabConfig(name="jacana", privacy_group=int(privacy_group))
    environment = f"threatexchange{'-sandbox' if endpoint else ''}:{privacy_group}"
    api = FBThreatExchangeSignalExchangeAPI(client, collaboration)
    exchange = _GraphExchange(reader, api, collaboration, environment, clock)

    def get_json(url: str, params: dict[str, Any] | None = None, **more: Any) -> Any:
        answer = reader.get_json(url, params, **more)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
            raise ExchangeAnswerInvalidError("the answer holds no list of records")
        problems = [(record, check_record(record)) for record in answer["data"]]
        exchange.refused.extend(problem for _, problem in problems if problem is not None)
        return answer | {"data": [record for record, problem in problems if problem is None]}

    def get_updates(*arguments: Any, **named: Any) -> Any:
        return (batch for batch in list_updates(*arguments, **named) if batch)  # the library cannot bear an empty one

    list_updates = client.get_threat_updates
    vars(client).update(get_json_from_url=get_json, get_threat_updates=get_updates)
    return exchange
