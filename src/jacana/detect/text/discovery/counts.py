"""Counts features by distinct authors: whoever writes a word a thousand times has written it once. Pure.

The unit is what one author wrote on one day. An author weighs one in all, spread over the days he wrote on, and linked
accounts are one author; so nobody fills the list alone, and nobody is heard more for having said more.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from jacana.detect.text.discovery.features import list_features


@dataclass(frozen=True, slots=True)
class AuthorText:
    """One text of one author on one day (days since 1970, or any other count)."""

    author: str
    day: int
    text: str

    def __repr__(self) -> str:
        """Return it without the text."""
        return f"AuthorText(author={self.author!r}, day={self.day}, text={len(self.text)} characters)"


@dataclass(frozen=True, slots=True)
class Counts:
    """`weights[f]`: the sum over authors of the share of their days on which they wrote the feature f.

    `authors[f]`: how many ever did. `total`: how many authors there are.
    """

    total: int
    weights: dict[str, float]
    authors: dict[str, int]


def count_features(
    texts: Iterable[AuthorText],
    groups: Mapping[str, str] | None = None,
    *,
    only: Collection[str] | None = None,
) -> Counts:
    """Count the features of texts. `groups`: account -> who it belongs to; `only`: count no others."""
    named = groups or {}
    units: defaultdict[str, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    wanted = None if only is None else frozenset(only)
    for item in texts:
        features = list_features(item.text)
        if wanted is not None:
            features &= wanted
        units[named.get(item.author, item.author)][item.day] |= features
    weights: defaultdict[str, float] = defaultdict(float)
    authors: defaultdict[str, int] = defaultdict(int)
    for days in units.values():
        shares: defaultdict[str, int] = defaultdict(int)
        for features in days.values():
            for feature in features:
                shares[feature] += 1
        for feature, count in shares.items():
            weights[feature] += count / len(days)
            authors[feature] += 1
    return Counts(len(units), dict(weights), dict(authors))
