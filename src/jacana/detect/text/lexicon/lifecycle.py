"""The life of a term: which state follows which, and what its figures cause. Pure.

    candidate -> shadow -> active -> probation -> expired or retired

Only two different people make a term active. A machine only ever takes trust away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jacana.detect.text.lexicon.precision import lower_bound
from jacana.model.term import TermState

APPROVALS_NEEDED = 2

LEAST_REVIEWED = 20
"""Reviewed hits before a term may be demoted. The prior weighs as much as ten hits, nine of them wrong: below twice
that number it, and not what people saw, would decide, and a new term would fall before anybody had looked."""

NEXT_STATES: dict[TermState, frozenset[TermState]] = {
    TermState.CANDIDATE: frozenset({TermState.SHADOW, TermState.EXPIRED, TermState.RETIRED}),
    TermState.SHADOW: frozenset({TermState.CANDIDATE, TermState.ACTIVE, TermState.EXPIRED, TermState.RETIRED}),
    TermState.ACTIVE: frozenset({TermState.SHADOW, TermState.PROBATION, TermState.EXPIRED, TermState.RETIRED}),
    TermState.PROBATION: frozenset({TermState.SHADOW, TermState.ACTIVE, TermState.EXPIRED, TermState.RETIRED}),
    TermState.EXPIRED: frozenset({TermState.CANDIDATE, TermState.SHADOW, TermState.RETIRED}),
    TermState.RETIRED: frozenset({TermState.CANDIDATE, TermState.SHADOW}),
}
"""From expired and retired a person's import or addition leads back, with no approvals left."""

APPROVABLE = frozenset({TermState.CANDIDATE, TermState.SHADOW, TermState.PROBATION})
TRUSTED = frozenset({TermState.ACTIVE, TermState.PROBATION})
"""States that two people's approval led to."""


class Refusal(StrEnum):
    """Why an approval does not count."""

    STATE = "state"
    OWN = "own"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the life of a term depends on. `reviewed` and `confirmed` count since it last became active."""

    state: TermState
    created_by: str
    """Actor who added it."""
    created_at: datetime
    approvals: tuple[str, ...] = ()
    """Ids of the users whose approval counts."""
    reviewed: int = 0
    confirmed: int = 0
    active_since: datetime | None = None
    last_confirmed_at: datetime | None = None
    expires_at: datetime | None = None


def may_follow(state: TermState, following: TermState) -> bool:
    """Return whether a term may go from one state to the other."""
    return following in NEXT_STATES[state]


def refuse_approval(standing: Standing, user_id: str) -> Refusal | None:
    """Return why this user's approval would not count; None: it does."""
    if standing.state not in APPROVABLE:
        return Refusal.STATE
    if standing.created_by == f"user:{user_id}":
        return Refusal.OWN
    return Refusal.TWICE if user_id in standing.approvals else None


def state_after_approval(standing: Standing) -> TermState:
    """Return the state once one more approval, that counts, is given.

    The first approval of a candidate lets it be looked for in shadow; the second of anything makes it active.
    """
    if len(standing.approvals) + 1 >= APPROVALS_NEEDED:
        return TermState.ACTIVE
    return TermState.SHADOW if standing.state is TermState.CANDIDATE else standing.state


def judge_precision(standing: Standing, floor: float) -> TermState:
    """Return the state after the last outcome: one step down if the term is below the floor, else as it is.

    An active term comes on probation, where its matches ask a person at most; one in shadow is no longer looked for.
    """
    if standing.reviewed < LEAST_REVIEWED or lower_bound(standing.confirmed, standing.reviewed) >= floor:
        return standing.state
    lower = {TermState.ACTIVE: TermState.PROBATION, TermState.SHADOW: TermState.CANDIDATE}
    return lower.get(standing.state, standing.state)


def is_over(standing: Standing, now: datetime, idle_days: int) -> bool:
    """Return whether a term expires now: its own end has come, or it was right about nothing for `idle_days`.

    Only what was active can idle: nobody confirms what a term in shadow finds. `idle_days` 0: never.
    """
    if standing.state in (TermState.EXPIRED, TermState.RETIRED):
        return False
    if standing.expires_at is not None and standing.expires_at <= now:
        return True
    if not idle_days or standing.state not in TRUSTED:
        return False
    useful = max(filter(None, (standing.active_since, standing.last_confirmed_at)), default=standing.created_at)
    return now - useful >= timedelta(days=idle_days)
