"""The vault score of one account: documented inputs, documented weights, never lower for more evidence. Pure.

It ranks accounts for a person's look and for stronger matching of their private uploads; it proves nothing. Weights
were set on the simulator (docs/accounts.md), not on a real network.
"""

import math

from jacana.detect.accounts.vault.features import VaultFeatures

SCORE_VERSION = "1"
OBSERVED_DAYS = 14
"""An account known for less has no score, unless something speaks of trade …"""
CROWD = 8.0
"""… or so many independent groups already watch: severity that does not wait."""

GROUPS_SCALE = 4.0
"""So many independent groups beyond the first take the score to 63 % of its height."""
ENOUGH_ITEMS = 3
"""From so many watched items on, more say nothing."""
WEIGHTS = {
    "one_time_share": 0.3,
    "arrival_ratio": 0.2,
    "kept_changes": 0.3,
    "no_two_factor": 0.1,
    "teaser_hits": 0.5,
    "handovers": 0.5,
    "linked": 0.5,
}
"""What each input adds to the exponent that strengthens the core, at its height."""
ORGANISATION_FACTOR = 0.3
STAFF_FACTOR = 0.6
"""What staff take away where public uploads outnumber the only-me ones."""
UPLOADERS_FACTOR = 0.25
TAKEOVER_FACTOR = 0.3


def score_features(features: VaultFeatures) -> float:
    """Return 0..1. Higher for more of everything but public uploads, uploading groups, staff, an organisation's mark
    and the signs of a take-over, which lower it.
    """
    if features.observed_days < OBSERVED_DAYS and not features.urgent and features.weighed_clusters < CROWD:
        return 0.0
    core = _rate_core(features)
    exponent: float = 1.0 + sum(weight * _fill(name, features) for name, weight in WEIGHTS.items())
    strengthened = 1.0 - math.pow(1.0 - core, exponent)
    return round(max(0.0, min(1.0, strengthened * _excuse(features))), 4)


def _rate_core(features: VaultFeatures) -> float:
    """Return independent groups beyond the first, times the share of only-me uploads, times items watched; 0..1."""
    if features.only_me_uploads == 0 or features.watched_items == 0:
        return 0.0
    groups = 1.0 - math.exp(-max(0.0, features.weighed_clusters - 1.0) / GROUPS_SCALE)
    private = features.only_me_uploads / (features.only_me_uploads + features.public_uploads)
    items = min(1.0, (1 + features.watched_items) / (1 + ENOUGH_ITEMS))
    return groups * private * items


def _fill(name: str, features: VaultFeatures) -> float:
    """Return how far one input is to its height, 0..1."""
    match name:
        case "one_time_share":
            return features.one_time_share
        case "arrival_ratio":
            return max(0.0, min(1.0, (features.arrival_ratio - 1.0) / 4.0))
        case "no_two_factor":
            return 0.0 if features.two_factor else 1.0
        case _:
            return min(1.0, float(getattr(features, name)) / 2.0)


def _excuse(features: VaultFeatures) -> float:
    """Return what innocent explanations leave of the score, 0..1."""
    left = 1.0 - UPLOADERS_FACTOR * features.uploading_share
    outnumber = min(1.0, features.public_uploads / max(1, features.only_me_uploads))
    left *= 1.0 - STAFF_FACTOR * features.staff_share * outnumber
    if features.organisation:
        left *= ORGANISATION_FACTOR
    if features.takeover:
        crowd = min(1.0, max(0.0, (features.weighed_clusters - 4.0) / 4.0))
        left *= TAKEOVER_FACTOR + (1.0 - TAKEOVER_FACTOR) * crowd
    return left
