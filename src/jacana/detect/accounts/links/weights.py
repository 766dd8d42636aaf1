"""How much one shared thing says: its kind, how many others share it, how long ago. Pure.

A network address says almost nothing, and nothing at all where many share it.
"""

import math
from datetime import datetime

from jacana.model.tie import Tie, TieKind

PRIORS: dict[TieKind, float] = {
    TieKind.DEVICE: 1.0,
    TieKind.PAYMENT: 0.9,
    TieKind.CONTENT: 0.9,
    TieKind.RECOVERY_EMAIL: 0.8,
    TieKind.RECOVERY_PHONE: 0.8,
    TieKind.INVITATION: 1.0,
    TieKind.NETWORK: 0.2,
}
"""What a thing says that two accounts share and nobody else; docs/links.md says where the numbers come from."""

UNATTESTED = 0.6
"""Part of its weight that a device keeps whose id the network does not vouch for: it may have been made up."""

MOST_SHARERS = 50
"""Accounts on one thing beyond which it joins nobody: a school's tablet, a shop's card reader, a viral file."""

HOME_SHARERS = 8
"""Accounts on one network address beyond which it is no home."""

HALF_LIFE_DAYS = 180.0
"""After so many days a tie says half as much: devices are sold, cards change hands."""


def weigh_tie(tie: Tie, sharers: int, now: datetime, *, hub: bool = False) -> float:
    """Return 0..1: what this tie says, where `sharers` accounts have the thing (this one included).

    Kind x rarity x recency; an invitation by Newman's 1/(k-1). A thing of one account, one that too many share, and a
    network that is a hub or no home weigh 0.
    """
    network = tie.kind is TieKind.NETWORK
    if sharers < 2 or sharers > (HOME_SHARERS if network else MOST_SHARERS) or (network and hub):
        return 0.0
    weight = PRIORS[tie.kind] * measure_rarity(tie.kind, sharers) * measure_recency(tie.last_seen_at, now)
    return weight * UNATTESTED if tie.kind is TieKind.DEVICE and not tie.attested else weight


def measure_rarity(kind: TieKind, sharers: int) -> float:
    """Return 1 for a thing that two share, falling towards 0 for one that as many share as may.

    Inverse document frequency on the scale of MOST_SHARERS; for invitations 1/(k-1) of the group that was invited.
    """
    if kind is TieKind.INVITATION:
        return 1.0 / (sharers - 1)
    return math.log((MOST_SHARERS + 1) / sharers) / math.log((MOST_SHARERS + 1) / 2)


def measure_recency(last_seen_at: datetime, now: datetime) -> float:
    """Return 1 for a tie seen now, half of it for every HALF_LIFE_DAYS since."""
    days = max(0.0, (now - last_seen_at).total_seconds() / 86_400)
    return float(0.5 ** (days / HALF_LIFE_DAYS))
