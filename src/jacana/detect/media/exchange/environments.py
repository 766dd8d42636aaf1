"""The lists of NCMEC's hash sharing by name. Their addresses are constants: no setting can point one elsewhere.

A bank is bound to one environment at its first sync, so the sandbox's entries and NCMEC's never mix.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from jacana.model.errors import SetupInvalidError

OFF, SANDBOX, TEST = "off", "sandbox", "-test"

NCMEC_LISTS = {
    "ncmec-industry": "https://report.cybertip.org/hashsharing",
    "ncmec-industry-test": "https://exttest.cybertip.org/hashsharing",
    "ncmec-industry-exploitative": "https://report.cybertip.org/exploitative-hashsharing",
    "ncmec-industry-exploitative-test": "https://exttest.cybertip.org/exploitative-hashsharing",
    "ncmec-law-enforcement": "https://lesp.ncmec.org/csam-hashsharing",
    "ncmec-law-enforcement-test": "https://betalesp.ncmec.org/csam-hashsharing",
    "ncmec-npo": "https://hashsharing.ncmec.org/npo",
    "ncmec-npo-test": "https://hashsharing-test.ncmec.org/npo",
    "ncmec-exploitative": "https://hashsharing.ncmec.org/exploitative",
    "ncmec-exploitative-test": "https://hashsharing-test.ncmec.org/exploitative",
    "ncmec-generative-ai": "https://hashsharing.ncmec.org/generative-ai-csam",
    "ncmec-generative-ai-test": "https://hashsharing-test.ncmec.org/generative-ai-csam",
    "ncmec-generative-ai-exploitative": "https://hashsharing.ncmec.org/generative-ai-exploitative",
    "ncmec-generative-ai-exploitative-test": "https://hashsharing-test.ncmec.org/generative-ai-exploitative",
}
"""Environment -> base address (reference section 5.1)."""


class ExchangeEndpointInvalidError(SetupInvalidError):
    """The address does not belong to the environment."""

    code = "exchange.endpoint_invalid"


def find_endpoint(environment: str, sandbox_url: str) -> str:
    """Return the base address of an environment; the sandbox's is the only one that is given.

    Raises ExchangeEndpointInvalidError for an unknown environment, or a sandbox that is not on this machine.
    """
    if environment in NCMEC_LISTS:
        return NCMEC_LISTS[environment]
    if environment != SANDBOX:
        raise ExchangeEndpointInvalidError(
            f"there is no hash list named {environment}", remedy=f"use sandbox or one of {', '.join(NCMEC_LISTS)}"
        )
    endpoint = sandbox_url.rstrip("/")
    if not is_loopback_url(endpoint):
        raise ExchangeEndpointInvalidError(
            "ncmec_hash_sandbox_url is not an address on this machine",
            remedy="start `jacana sandbox hashsharing` and set ncmec_hash_sandbox_url to the address it prints",
        )
    return endpoint


def is_production(environment: str) -> bool:
    """Return whether what is sent there reaches other networks."""
    return environment in NCMEC_LISTS and not environment.endswith(TEST)


def is_loopback_url(url: str) -> bool:
    """Return whether an http or https address is on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        return False
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
