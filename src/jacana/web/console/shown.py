"""A signed moment at which a page was shown: nothing is decided before a person could have seen what it is about. Pure.

The script makes buttons wait; this makes the server refuse, also without script.
"""

import hashlib
import hmac
from datetime import UTC, datetime

from jacana.model.errors import StateConflictError
from jacana.web.security import RequestForgedError


class DecidedTooSoonError(StateConflictError):
    """The form came back faster than a person can have looked."""

    code = "console.decided_too_soon"


def sign_shown(csrf_token: str, case_id: str, now: datetime) -> str:
    """Return `milliseconds.signature`, bound to this log-in and this case."""
    stamp = str(int(now.timestamp() * 1000))
    return f"{stamp}.{_sign(csrf_token, case_id, stamp)}"


def check_shown(shown: str, csrf_token: str, case_id: str, now: datetime, delay_ms: int) -> datetime:
    """Return when the page was shown.

    Raises RequestForgedError, and DecidedTooSoonError before `delay_ms` have passed.
    """
    stamp, _, signature = shown.partition(".")
    if not stamp.isdecimal() or not hmac.compare_digest(signature.encode(), _sign(csrf_token, case_id, stamp).encode()):
        raise RequestForgedError("the form does not belong to this log-in; load the page again")
    if now.timestamp() * 1000 - int(stamp) < delay_ms:
        raise DecidedTooSoonError("the case had been on screen for too short a time to be decided")
    return datetime.fromtimestamp(int(stamp) / 1000, UTC)


def _sign(csrf_token: str, case_id: str, stamp: str) -> str:
    return hmac.new(csrf_token.encode(), f"shown|{case_id}|{stamp}".encode(), hashlib.sha256).hexdigest()
