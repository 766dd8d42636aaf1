"""When to try again, and what an answer means. Pure.

Never turns silence into success: only an answer can deliver an action.
"""

from enum import StrEnum

MAX_RETRY_AFTER_SECONDS = 3600
_ALREADY_KNOWN = 409
_TRY_AGAIN = frozenset({401, 403, 404, 408, 425, 429})
"""A receiver that is being deployed or set up answers so; giving up at once would lose an outage's instructions."""


class Judgement(StrEnum):
    """What one answer means for the action."""

    DELIVERED = "delivered"
    TRY_AGAIN = "try_again"
    REFUSED = "refused"
    """Sending the same again cannot help; a person must look."""


def judge_status(status: int | None) -> Judgement:
    """Return what an HTTP status means; None stands for no answer.

    2xx: done. 409: the network already has this webhook id, so it was done before. 401, 403, 404, 408, 425, 429, 5xx,
    redirects and anything odd: again later. Every other 4xx: refused.
    """
    if status is None:
        return Judgement.TRY_AGAIN
    if 200 <= status < 300 or status == _ALREADY_KNOWN:
        return Judgement.DELIVERED
    if 400 <= status < 500 and status not in _TRY_AGAIN:
        return Judgement.REFUSED
    return Judgement.TRY_AGAIN


def choose_delay(schedule: tuple[int, ...], failures: int, retry_after_seconds: int | None) -> int:
    """Return seconds to wait after the `failures`-th failure (1, 2 …) of the current run of attempts.

    A Retry-After longer than the schedule is honoured up to MAX_RETRY_AFTER_SECONDS.
    """
    planned = schedule[min(failures, len(schedule)) - 1]
    return max(planned, min(retry_after_seconds or 0, MAX_RETRY_AFTER_SECONDS))
