"""Which banned accounts' names a name is like: looked up by trigrams, then verified by edits. Pure.

Names are compared in their folded form (`text.folding.names`), where case, look-alikes, separators and a number at the
end are gone. A name like those of many banned accounts is a common name, and says nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from jacana.detect.text.folding.names import fold_name

LEAST_LETTERS = 8
"""Shorter folded names are shared by too many people to be compared."""
EDITS = ((11, 0), (16, 1), (256, 2))
"""Below so many letters, so many edits (insert, delete, change, swap) are still the same name."""
LEAST_INSIDE = 10
LEAST_COVER = 0.7
"""A name at the beginning or the end of another counts from so many letters, and from this share of the longer one."""
MOST_ALIKE = 2
"""Like more banned accounts than this: a common name."""
MOST_FRESH = 2000
"""New names that are compared one by one before the index is built again."""

_BUCKETS = 1 << 18
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_Numbers = npt.NDArray[Any]


def fold_names(names: Iterable[str | None]) -> tuple[str, ...]:
    """Return the distinct folded forms that are long enough to be compared."""
    folded = {fold_name(name) for name in names if name}
    return tuple(sorted(form for form in folded if LEAST_LETTERS <= len(form) <= 255))


def count_edits(letters: int) -> int:
    """Return how many edits a name of this length may differ in and still be the same."""
    return next(edits for below, edits in EDITS if letters < below)


def are_alike(left: str, right: str) -> bool:
    """Return whether two folded names are the same but for a few edits, or one begins or ends the other."""
    shorter, longer = sorted((left, right), key=len)
    edits = count_edits(len(shorter))
    if len(longer) - len(shorter) <= edits and OSA.distance(left, right, score_cutoff=edits) <= edits:
        return True
    inside = len(shorter) >= LEAST_INSIDE and len(shorter) >= LEAST_COVER * len(longer)
    return inside and (longer.startswith(shorter) or longer.endswith(shorter))


@dataclass(frozen=True, slots=True)
class _Trigrams:
    """Distinct names, and for each bucket of trigrams the places of the names that hold one of them."""

    names: Sequence[str]
    lengths: _Numbers
    postings: _Numbers
    starts: _Numbers

    @classmethod
    def build(cls, names: Sequence[str]) -> "_Trigrams":
        lengths = np.fromiter(map(len, names), np.int64, len(names))
        letters = _letters("".join(names))
        owner = np.repeat(np.arange(len(names), dtype=np.int32), lengths)
        whole = owner[:-2] == owner[2:] if len(owner) > 2 else np.zeros(0, bool)
        buckets = _hash(letters)[whole]
        order = np.argsort(buckets, kind="stable")
        starts = np.zeros(_BUCKETS + 1, np.int64)
        np.cumsum(np.bincount(buckets, minlength=_BUCKETS), out=starts[1:])
        return cls(names, lengths, owner[: len(whole)][whole][order], starts)

    def list_candidates(self, name: str) -> list[str]:
        """Return every name that may be alike: none that is goes missing, most that are not stay out.

        One edit, a swap above all, changes at most four trigrams.
        """
        if not self.names:
            return []
        buckets = np.unique(_hash(_letters(name)))
        parts = [self.postings[self.starts[bucket] : self.starts[bucket + 1]] for bucket in buckets]
        shared = np.bincount(np.concatenate(parts), minlength=len(self.names))
        repeated = len(name) - 2 - len(buckets)
        enough = max(1, len(name) - 2 - 4 * count_edits(len(name)) - repeated)
        places = np.flatnonzero(shared >= min(enough, max(1, LEAST_INSIDE - 2 - repeated)))
        apart = np.abs(self.lengths[places] - len(name))
        least = np.minimum(enough, np.minimum(self.lengths[places], len(name)) - 2 - repeated)
        near = (shared[places] >= least) & (apart <= max(2, (1 / LEAST_COVER - 1) * len(name)))
        return [self.names[place] for place in places[near]]


class NameIndex:
    """The names of banned accounts. One thread changes it while others ask: what they read is replaced, not changed."""

    def __init__(self) -> None:
        self._accounts: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._built = _Trigrams.build([])
        self._known: frozenset[str] = frozenset()
        self._fresh: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return how many distinct names there are."""
        return len(self._accounts)

    def put(self, account_id: str, names: tuple[str, ...]) -> None:
        """Set the folded names of an account; none removes it."""
        for name in self._names.pop(account_id, ()):
            left = tuple(other for other in self._accounts.get(name, ()) if other != account_id)
            if left:
                self._accounts[name] = left
            else:
                self._accounts.pop(name, None)
        if names:
            self._names[account_id] = names
        for name in names:
            if name not in self._accounts and name not in self._known:
                self._fresh = (*self._fresh, name) if name not in self._fresh else self._fresh
            self._accounts[name] = (*self._accounts.get(name, ()), account_id)

    def put_all(self, named: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        """Set the names of many accounts, and build the index again."""
        for account_id, names in named:
            self._names[account_id] = names
            for name in names:
                self._accounts[name] = (*self._accounts.get(name, ()), account_id)
        self.build()

    def build(self) -> None:
        """Build the index again over all names."""
        names = list(self._accounts)
        self._built, self._known, self._fresh = _Trigrams.build(names), frozenset(names), ()

    def is_due(self) -> bool:
        """Return whether so many names are new that the index should be built again."""
        return len(self._fresh) > MOST_FRESH

    def find(self, name: str) -> tuple[str, ...]:
        """Return the accounts whose names are like this folded name; none for a common name."""
        accounts: set[str] = set()
        for candidate in {name, *self._built.list_candidates(name), *self._fresh}:
            owners = self._accounts.get(candidate)
            if owners and are_alike(name, candidate):
                accounts.update(owners)
                if len(accounts) > MOST_ALIKE:
                    return ()
        return tuple(sorted(accounts))


def _letters(text: str) -> _Numbers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)


def _hash(letters: _Numbers) -> _Numbers:
    """Return the bucket of the three letters that begin at each place."""
    if len(letters) < 3:
        return np.zeros(0, np.int64)
    mixed = (letters[:-2] << np.uint64(42)) ^ (letters[1:-1] << np.uint64(21)) ^ letters[2:]
    return ((mixed * _MULTIPLIER) >> np.uint64(46)).astype(np.int64)
