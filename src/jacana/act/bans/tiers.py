"""How hard a device is met, from what is known of the accounts on it. Pure; docs/bans.md has the table.

Family tablets, school pools, repair shops and sold handsets are the ones a device ban hurts. So the hardest tier needs
two accounts that were confirmed independently of each other, a device the platform's maker vouches for, and nobody
long-standing and clean on it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from jacana.model.ban import DeviceTier

MANY_ACCOUNTS = 10
"""More accounts than this on one device make it a pool, a shop or a stall: a place rather than a person's own."""

FEW_SESSIONS = 1
"""Up to so many sessions are a visit: a friend's phone, a library."""


@dataclass(frozen=True, slots=True)
class DeviceEvidence:
    """What is known of one device when an account on it is banned. Counts only."""

    confirmed: int
    """Accounts on it, the banned one among them, that are each confirmed on a ground of their own."""
    attested: bool
    """The platform's maker vouches for the device id, in every session of the banned account that counts."""
    clean: int
    """Accounts on it of long standing that were used and never acted against."""
    accounts: int
    """All accounts seen on it."""
    sessions: int
    """Sessions of the banned account on it."""


def choose_tier(evidence: DeviceEvidence) -> tuple[DeviceTier, str]:
    """Return the tier and a sentence that says why. More against the device never lowers it, more for it never raises.

    The sentence holds counts only.
    """
    if evidence.confirmed < 1:
        return DeviceTier.TAG, "No account on the device is confirmed on a ground of its own."
    if evidence.sessions <= FEW_SESSIONS:
        return DeviceTier.TAG, "The banned account was seen on the device only once."
    if evidence.accounts > MANY_ACCOUNTS:
        return _choose_for_many(evidence)
    if evidence.clean:
        return DeviceTier.NO_NEW_ACCOUNT, (
            f"{_count(evidence.clean, 'account')} of long standing, never acted against, "
            f"{'uses' if evidence.clean == 1 else 'use'} the device too."
        )
    if evidence.confirmed == 1:
        return DeviceTier.NO_NEW_ACCOUNT, "One account on the device is confirmed."
    if not evidence.attested:
        return DeviceTier.REVERIFY, (
            f"{evidence.confirmed} accounts on the device are confirmed independently, but nobody vouches for its id."
        )
    return DeviceTier.BLOCK, (
        f"{evidence.confirmed} accounts on the device are confirmed independently, its id is attested, "
        "and no account of long standing is clean on it."
    )


def count_independent(grounds: Mapping[str, Collection[str]]) -> int:
    """Return how many accounts are confirmed independently: each on a ground (verdict) that no other is counted for.

    `grounds`: account -> the verdicts that confirm it, links to other accounts left out. Two accounts that are both
    confirmed by the one verdict on the one file they share count once. It is the size of a largest matching.
    """
    taken: dict[str, str] = {}

    def place(account: str, tried: set[str]) -> bool:
        for ground in grounds[account]:
            if ground in tried:
                continue
            tried.add(ground)
            if ground not in taken or place(taken[ground], tried):
                taken[ground] = account
                return True
        return False

    return sum(place(account, set()) for account in sorted(grounds))


def _choose_for_many(evidence: DeviceEvidence) -> tuple[DeviceTier, str]:
    shared = f"{evidence.accounts} accounts use the device, as in a school or a shop"
    if evidence.confirmed == 1:
        return DeviceTier.TAG, f"{shared}; one of them is confirmed."
    return DeviceTier.NO_NEW_ACCOUNT, f"{shared}; {evidence.confirmed} of them are confirmed independently."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
