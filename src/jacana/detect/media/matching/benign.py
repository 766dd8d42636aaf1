"""What innocent material covers of an upload, so that a match resting on nothing else is set aside. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.matching.match import NO_COVER, Pairs


@dataclass(frozen=True, slots=True)
class Cover:
    """For each row of an upload (n,): the distance to the nearest benign entry (NO_COVER if none), and which it is."""

    distance: NDArray[np.uint16]
    owner: NDArray[np.int64]
    """Number of the entry; 0 if none."""

    def name_owner(self, pairs: Pairs) -> int:
        """Return the number of the entry that covers most of these pairs' rows, 0 if none covers any."""
        owners = self.owner[pairs.row[self.distance[pairs.row] <= pairs.distance]]
        if not len(owners):
            return 0
        numbers, counts = np.unique(owners, return_counts=True)
        return int(numbers[counts.argmax()])


def cover_rows(count: int, benign: Iterable[tuple[int, Pairs]]) -> Cover | None:
    """Return what the pairs of benign entries (by number) cover of an upload's `count` rows; None if nothing."""
    distance, owner = np.full(count, NO_COVER, np.uint16), np.zeros(count, np.int64)
    for number, pairs in sorted(benign, key=lambda item: item[0]):
        order = np.argsort(pairs.distance, kind="stable")[::-1]  # of equal rows the last one written stays: the nearest
        nearest = np.full(count, NO_COVER, np.uint16)
        nearest[pairs.row[order]] = pairs.distance[order]
        owner[nearest < distance] = number
        distance = np.minimum(distance, nearest)
    return Cover(distance, owner) if (owner > 0).any() else None
