"""Who lives in the simulated network, in which shares and with which habits: one table. docs/simulate.md explains it.

Where no source is named the number is an assumption of ours.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an account is in truth."""

    ORDINARY = "ordinary"
    FAMILY = "family"
    """Several people and devices at one home, one tablet for all accounts."""
    SPLIT_FAMILY = "split_family"
    """One account in two homes."""
    SCHOOL = "school"
    """One network and a pool of devices for many accounts."""
    AGENCY = "agency"
    """An account that 8 to 25 staff share."""
    TRAVELLER = "traveller"
    VPN_USER = "vpn_user"
    RESETTER = "resetter"
    """Their device id changes all the time."""
    VICTIM = "takeover_victim"
    TERM_USER = "term_user"
    """Writes and searches coded words, belongs to no ring."""
    LOOKALIKE = "lookalike"
    """Innocent, and writes words that look like terms."""
    WATCHER = "watcher"
    """Uses the password of a vault from an own, unrelated device."""
    VAULT = "ring_vault"
    ADVERTISER = "ring_advertiser"


RING_KINDS = frozenset({Kind.VAULT, Kind.ADVERTISER})
"""Accounts of a ring: what a reviewer would call trading."""

INNOCENT_KINDS = tuple(kind for kind in Kind if kind not in {Kind.VAULT, Kind.ADVERTISER, Kind.WATCHER, Kind.TERM_USER})


@dataclass(frozen=True, slots=True)
class Habits:
    """What an account does. Rates are per day or per session; each account draws its own activity around them."""

    sessions: float
    """Median sessions per day."""
    spread: float = 0.9
    """Sigma of the log-normal by which accounts of a kind differ."""
    views: float = 1.0
    """Mean videos of others watched per session."""
    own_views: float = 0.08
    """Mean of one's own videos watched per session."""
    uploads: float = 0.05
    only_me: float = 0.10
    """Share of uploads that only the owner may see."""
    comments: float = 0.07
    searches: float = 0.10
    follows: float = 0.03
    messages: float = 0.04


HABITS: dict[Kind, Habits] = {
    Kind.ORDINARY: Habits(0.22),
    Kind.FAMILY: Habits(0.45, own_views=0.5, uploads=0.10, only_me=0.55),
    Kind.SPLIT_FAMILY: Habits(0.7, own_views=0.5, uploads=0.12, only_me=0.5),
    Kind.SCHOOL: Habits(0.25, uploads=0.04, only_me=0.3, own_views=0.2),
    Kind.AGENCY: Habits(5.0, spread=0.4, own_views=1.2, uploads=0.30, only_me=0.30, comments=0.4, messages=0.1),
    Kind.TRAVELLER: Habits(0.6, uploads=0.12, only_me=0.15),
    Kind.VPN_USER: Habits(0.35, only_me=0.2),
    Kind.RESETTER: Habits(0.6, own_views=0.4, uploads=0.10, only_me=0.35),
    Kind.VICTIM: Habits(0.5, uploads=0.08, only_me=0.3),
    Kind.TERM_USER: Habits(0.5, comments=0.25, searches=0.5),
    Kind.LOOKALIKE: Habits(0.4, uploads=0.12, comments=0.3, searches=0.3),
    Kind.WATCHER: Habits(0.4, searches=0.2),
    Kind.VAULT: Habits(0.8, spread=0.3, own_views=0.5, uploads=0.6, only_me=1.0, comments=0.0, messages=0.0),
    Kind.ADVERTISER: Habits(0.9, spread=0.3, uploads=0.0, comments=0.0, messages=0.0),
}

SHARES: dict[Kind, float] = {
    Kind.FAMILY: 0.08,
    Kind.SPLIT_FAMILY: 0.015,
    Kind.SCHOOL: 0.05,
    Kind.AGENCY: 0.006,
    Kind.TRAVELLER: 0.02,
    Kind.VPN_USER: 0.05,
    Kind.RESETTER: 0.02,
    Kind.VICTIM: 0.004,
    Kind.TERM_USER: 0.004,
    Kind.LOOKALIKE: 0.01,
    Kind.WATCHER: 0.012,
}
"""Share of all accounts; the rest is ordinary, apart from the rings."""

ACCOUNTS_PER_RING = 500
LEAST_RINGS = 2
NEW_ACCOUNTS_PER_DAY = 0.002
"""Share of the accounts that are made on each day of the simulation; the others were there before."""
HOMES_ON_IPV6 = 0.25
SEVERAL_DEVICES = 0.35
"""Share of ordinary people who use two devices."""
ACCOUNTS_PER_CARRIER_ADDRESS = 60
"""Carriers put many customers behind one address. In the RBA data set 49,009 addresses serve 10 to 99 users, 9,221
serve 100 to 999 and 1,071 serve 1,000 and more."""
