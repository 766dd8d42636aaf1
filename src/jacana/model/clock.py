"""The one way to ask the time. Pure code takes `now`; services hold a Clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current moment as an aware UTC datetime."""
    return datetime.now(UTC)


def format_time(moment: datetime) -> str:
    """Return RFC 3339 UTC with milliseconds and `Z`, the form used in audit entries, webhooks and reports.

    Raises ValueError for a naive datetime: a time without a zone is not evidence.
    """
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
