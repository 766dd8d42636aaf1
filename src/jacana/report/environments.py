"""Where a report may go. The environment is chosen at approval, stays on the row, and decides every later call.

NCMEC's addresses are constants: no setting can point production somewhere else, or a sandbox report at NCMEC.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from jacana.model.errors import SetupInvalidError
from jacana.settings import Settings

OFF, SANDBOX, NCMEC_TEST, PRODUCTION = "off", "sandbox", "ncmec-test", "production"
PRODUCTION_URL = "https://report.cybertip.org/ispws"
NCMEC_TEST_URL = "https://exttest.cybertip.org/ispws"
_FIXED = {PRODUCTION: PRODUCTION_URL, NCMEC_TEST: NCMEC_TEST_URL}
EXPIRY_SECONDS = 86_400
"""After so long an unfinished report is gone (reference 1.5)."""
_NCMEC_DOMAINS = ("cybertip.org", "ncmec.org", "missingkids.org")


class FilingOffError(SetupInvalidError):
    """Filing is switched off."""

    code = "report.filing_off"


class EndpointInvalidError(SetupInvalidError):
    """The address does not belong to the environment of the report."""

    code = "report.endpoint_invalid"


class FilingTimingError(SetupInvalidError):
    """Two settings of filing do not go together."""

    code = "report.timing_invalid"


class ReporterIncompleteError(SetupInvalidError):
    """The CyberTipline account is not set."""

    code = "report.account_missing"


def choose_endpoint(settings: Settings) -> tuple[str, str]:
    """Return (environment, base URL) for a report that is approved now.

    Raises FilingOffError, ReporterIncompleteError or EndpointInvalidError, each with the setting to correct.
    """
    environment = settings.cybertip_environment
    if environment == OFF:
        raise FilingOffError(
            "reports are not filed: cybertip_environment is off",
            remedy="set cybertip_environment to sandbox, ncmec-test or production",
        )
    if not settings.cybertip_username or not settings.cybertip_password:
        raise ReporterIncompleteError(
            "the CyberTipline account is not set", remedy="set cybertip_username and cybertip_password"
        )
    endpoint = _FIXED.get(environment) or settings.cybertip_sandbox_url.rstrip("/")
    check_endpoint(environment, endpoint)
    return environment, endpoint


def check_timing(settings: Settings) -> None:
    """Raise FilingTimingError if a lease could end within one call, or a submit be repeated too soon."""
    if settings.cybertip_lease_seconds <= settings.cybertip_timeout_seconds:
        raise FilingTimingError(
            f"cybertip_lease_seconds ({settings.cybertip_lease_seconds}) is not more than cybertip_timeout_seconds "
            f"({settings.cybertip_timeout_seconds}): two workers could file one report",
            remedy="set cybertip_lease_seconds to several times cybertip_timeout_seconds",
        )
    wait, environment = settings.cybertip_ambiguous_wait_seconds, settings.cybertip_environment
    if environment in _FIXED and wait < EXPIRY_SECONDS:
        raise FilingTimingError(
            f"cybertip_ambiguous_wait_seconds ({wait}) is less than {EXPIRY_SECONDS} while cybertip_environment is "
            f"{environment}: a report could be opened twice",
            remedy=f"leave cybertip_ambiguous_wait_seconds out, or set it to {EXPIRY_SECONDS} or more",
        )


def check_endpoint(environment: str, endpoint: str) -> None:
    """Raise EndpointInvalidError unless reports of `environment` may go to `endpoint`.

    A sandbox is any configured host but NCMEC's, over HTTPS unless it is on this machine.
    """
    if environment in _FIXED:
        if endpoint != _FIXED[environment]:
            raise EndpointInvalidError(f"{environment} reports go to {_FIXED[environment]} only", remedy=None)
        return
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").lower().rstrip(".")
    if environment != SANDBOX or parts.scheme not in ("http", "https") or not host:
        raise EndpointInvalidError(
            "cybertip_sandbox_url is not a URL",
            remedy="start `jacana sandbox cybertipline` and set cybertip_sandbox_url to the address it prints",
        )
    if any(host == domain or host.endswith(f".{domain}") for domain in _NCMEC_DOMAINS):
        raise EndpointInvalidError(
            "a sandbox report can never be sent to NCMEC",
            remedy="set cybertip_environment to ncmec-test or production if that is what you mean",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise EndpointInvalidError(
            "a sandbox on another machine needs HTTPS: reports carry evidence",
            remedy="set cybertip_sandbox_url to an https:// address, or run the sandbox on this machine",
        )


def is_loopback(host: str) -> bool:
    """Return whether `host` names this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
