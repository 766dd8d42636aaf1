"""Which words confirmed accounts use and others do not. Pure. It proposes; people decide.

Dunning's log-likelihood G² on distinct authors, and Benjamini and Hochberg's control of the false-discovery rate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import erfc, log, sqrt

from jacana.detect.text.discovery.counts import AuthorText, Counts, count_features
from jacana.detect.text.discovery.features import FeatureKind, kind_of, list_parts
from jacana.model.term import MatchMode, Term, TermState, mask_term

LEAST_AUTHORS = 3
"""Independent confirmed authors a candidate needs: two may know each other."""

MOST_FALSE = 0.05
"""Share of false discoveries that is borne among the candidates."""

SOURCE = "discovery"
LICENCE = "own"

_CANONICAL_LETTERS = 5
"""From here on a word is also looked for in disguise; shorter ones turn up in too many others."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One word, and what speaks for it."""

    text: str
    kind: FeatureKind
    authors: int
    """Independent confirmed authors who used it."""
    background_authors: int
    g2: float
    q: float
    """Share of false discoveries among all candidates at least as strong."""

    def __repr__(self) -> str:
        """Return it without the word."""
        return f"Candidate({self.kind.value}, authors={self.authors}, g2={self.g2:.1f})"

    @property
    def masked(self) -> str:
        """The word as a list shows it."""
        return mask_term(self.text)

    @property
    def figures(self) -> dict[str, str | int | float]:
        """What is kept with the term; no word is in it."""
        return {
            "kind": self.kind.value,
            "authors": self.authors,
            "background_authors": self.background_authors,
            "g2": round(self.g2, 1),
            "q": float(f"{self.q:.2g}"),
        }

    @property
    def may_become_term(self) -> bool:
        """Whether the matcher could tell it apart: a hashtag is read without its sign, as the ordinary word it is."""
        return self.kind is not FeatureKind.HASHTAG

    def make_term(self, severity: int) -> Term:
        """Return the candidate as a term that nobody has approved."""
        mode = MatchMode.TOKEN
        if self.kind is FeatureKind.PHRASE:
            mode = MatchMode.PHRASE
        elif self.kind is FeatureKind.WORD and len(self.text) >= _CANONICAL_LETTERS:
            mode = MatchMode.CANONICAL
        return Term("", self.text, mode, severity, TermState.CANDIDATE, source=SOURCE, licence=LICENCE)


def find_candidates(
    confirmed: Iterable[AuthorText],
    background: Iterable[AuthorText],
    groups: Mapping[str, str] | None = None,
    *,
    least_authors: int = LEAST_AUTHORS,
    most_false: float = MOST_FALSE,
) -> list[Candidate]:
    """Return candidates, strongest first. `groups`: confirmed account -> the author it belongs to."""
    ours = count_features(confirmed, groups)
    tested = [feature for feature, authors in ours.authors.items() if authors >= least_authors]
    theirs = count_features(background, only=tested)
    scores = {feature: score_feature(ours, theirs, feature) for feature in tested}
    order = sorted(tested, key=lambda feature: (-scores[feature], _rank(feature), feature))
    shares = control_false_discoveries([chance_of(scores[feature]) for feature in order])
    kept = drop_overlaps([feature for feature in order if scores[feature] > 0])
    false_share = dict(zip(order, shares, strict=True))
    return [
        Candidate(
            feature,
            kind_of(feature),
            ours.authors[feature],
            theirs.authors.get(feature, 0),
            scores[feature],
            false_share[feature],
        )
        for feature in kept
        if false_share[feature] <= most_false
    ]


def score_feature(ours: Counts, theirs: Counts, feature: str) -> float:
    """Return G² of the two-by-two table of authors with and without the feature; 0 if others use it as much."""
    with_ours, with_theirs = ours.weights[feature], theirs.weights.get(feature, 0.0)
    if not ours.total or not theirs.total or with_ours / ours.total <= with_theirs / theirs.total:
        return 0.0
    authors, holding = ours.total + theirs.total, with_ours + with_theirs
    table = (
        (with_ours, ours.total, holding),
        (with_theirs, theirs.total, holding),
        (ours.total - with_ours, ours.total, authors - holding),
        (theirs.total - with_theirs, theirs.total, authors - holding),
    )
    return 2 * sum(seen * log(seen * authors / (row * column)) for seen, row, column in table if seen > 0)


def chance_of(g2: float) -> float:
    """Return the probability of such a G² or more by chance: chi-squared, one degree of freedom."""
    return erfc(sqrt(max(g2, 0.0) / 2))


def control_false_discoveries(chances: list[float]) -> list[float]:
    """Return q for probabilities that rise: the false-discovery rate if everything up to there is taken."""
    tests, shares, least = len(chances), [0.0] * len(chances), 1.0
    for place in range(tests - 1, -1, -1):
        least = min(least, chances[place] * tests / (place + 1))
        shares[place] = least
    return shares


def drop_overlaps(order: list[str]) -> list[str]:
    """Leave out what a stronger feature explains: `zorvalim kite` after `zorvalim`, `kite` after `red kite`.

    Of equals a word comes first in `order`, before its phrase and its hashtag, and the longer row of emoji.
    """
    kept: list[str] = []
    taken: set[str] = set()
    explained: set[str] = set()
    for feature in order:
        parts = list_parts(feature)
        if feature in explained or parts & taken:
            continue
        kept.append(feature)
        taken.add(feature)
        explained |= parts
    return kept


def _rank(feature: str) -> tuple[int, int]:
    kinds = (FeatureKind.WORD, FeatureKind.EMOJI, FeatureKind.PHRASE, FeatureKind.HASHTAG)
    return kinds.index(kind_of(feature)), -len(feature)
