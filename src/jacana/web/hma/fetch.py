"""Fetches a file by URL, from hosts the operator has named and from no others. Follows no redirect.

A name is resolved once and that address is called, so it cannot be another one a moment later; a named host that leads
to a private address is refused. Only an address written out in the setting may be private: then it was meant.
"""

import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

import httpx

from jacana.detect.media.deadline import NO_REUSE, Deadline
from jacana.ingest.spool import SpoolFile
from jacana.model.errors import PermissionDeniedError
from jacana.web.hma.route import HmaInvalidError

TIMEOUT_SECONDS = 30.0
_TRANSLATED = tuple(
    map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16"))
)
"""IPv6 addresses that stand for an IPv4 one (RFC 4291, 6052, 8215, 4380, 3056)."""
Resolve = Callable[[str, int], list[str]]


class FetchRefusedError(PermissionDeniedError):
    """The URL leads to where this service does not go."""

    code = "hma.fetch_refused"

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.field = "url"
        self.remedy = remedy


class FetchFailedError(HmaInvalidError):
    """The URL was called and gave no file."""

    code = "hma.fetch_failed"


def resolve_host(host: str, port: int) -> list[str]:
    """Return the addresses of a host. Raises FetchFailedError."""
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except OSError:
        raise _fail("its host is not known") from None


def fetch_url(url: str, allowed: str, file: SpoolFile, resolve: Resolve = resolve_host) -> str:
    """Write what the URL holds into `file` and return its media type.

    `allowed` is the setting hma_fetch_hosts: `host` for the usual ports, `host:port` for another. Raises
    FetchRefusedError, FetchFailedError, and UploadTooLargeError.
    """
    parts, host, port = _split(url)
    address = _choose_address(host, port, _read_allowed(allowed), resolve)
    netloc = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    target = parts._replace(netloc=netloc, fragment="").geturl()
    deadline = Deadline(TIMEOUT_SECONDS)
    try:
        with (
            deadline,
            httpx.Client(timeout=TIMEOUT_SECONDS, limits=NO_REUSE, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "GET",
                target,
                headers={
                    "host": parts.netloc.rpartition("@")[2],
                    "user-agent": "jacana",
                    "accept-encoding": "identity",
                },
                extensions={"sni_hostname": host, **deadline.extensions},
            ) as response,
        ):
            if response.status_code != 200:
                raise _fail(f"it answered {response.status_code}; redirects are not followed")
            for chunk in response.iter_raw():
                file.write(chunk)
            return str(response.headers.get("content-type", "")).split(";")[0].strip().lower()
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        if deadline.passed:
            raise _fail("it took too long") from None
        raise _fail(f"it could not be fetched ({type(problem).__name__})") from None


def _split(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), 0
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise HmaInvalidError("this is not a plain http or https URL", field="url", remedy="for example https://host/a")
    return parts, parts.hostname.lower().rstrip("."), port


def _read_allowed(setting: str) -> set[str]:
    return {item.strip().lower() for item in setting.split(",") if item.strip()}


def _choose_address(host: str, port: int, allowed: set[str], resolve: Resolve) -> str:
    shown = f"[{host}]" if ":" in host else host
    named = {f"{shown}:{port}"} | ({shown, host} if port in {80, 443} else set())
    if not allowed & named:
        raise FetchRefusedError(
            "this service does not fetch from there",
            "upload the file instead, or let the operator name the host in hma_fetch_hosts",
        )
    if _is_address(host):
        return host  # written out in the setting: whatever kind of address it is, it was meant
    addresses = resolve(host, port)
    if not addresses or not all(_is_public(one) for one in addresses):
        raise FetchRefusedError("its host has a private address", "name the address itself in hma_fetch_hosts")
    return addresses[0]


def _is_public(address: str) -> bool:
    """Whether an address is another machine's for everybody; one that hides an IPv4 address may lead back inside."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.is_multicast or not found.is_global:
        return False
    return found.version == 4 or not (found.is_site_local or any(found in network for network in _TRANSLATED))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _fail(why: str) -> FetchFailedError:
    return FetchFailedError(f"the URL gave no file: {why}", field="url", remedy="upload the file instead")
