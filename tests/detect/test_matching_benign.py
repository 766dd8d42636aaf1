"""What innocent material covers, row by row."""

import numpy as np

from jacana.detect.media.matching.benign import cover_rows
from jacana.detect.media.matching.match import NO_COVER, Pairs


def make_pairs(*rows: tuple[int, int]) -> Pairs:
    row = np.array([row for row, _ in rows], np.intp)
    distance = np.array([distance for _, distance in rows], np.uint16)
    return Pairs(row, np.zeros(len(rows), np.intp), distance, np.zeros(len(rows), np.uint8))


def test_each_row_is_covered_by_the_nearest() -> None:
    cover = cover_rows(4, [(9, make_pairs((0, 7), (0, 3), (1, 20))), (5, make_pairs((1, 8), (3, 0)))])
    assert cover is not None
    assert cover.distance.tolist() == [3, 8, NO_COVER, 0]
    assert cover.owner.tolist() == [9, 5, 0, 5]


def test_equally_near_entries_keep_their_order() -> None:
    cover = cover_rows(1, [(9, make_pairs((0, 3))), (5, make_pairs((0, 3)))])
    assert cover is not None
    assert cover.owner.tolist() == [5]


def test_nothing_innocent_covers_nothing() -> None:
    assert cover_rows(3, []) is None
    assert cover_rows(3, [(9, make_pairs())]) is None


def test_the_owner_of_most_covered_rows_is_named() -> None:
    cover = cover_rows(4, [(5, make_pairs((0, 1))), (9, make_pairs((1, 1), (2, 1)))])
    assert cover is not None
    assert cover.name_owner(make_pairs((0, 4), (1, 4), (2, 4))) == 9
    assert cover.name_owner(make_pairs((0, 4), (1, 0), (2, 0))) == 5  # those nearer to the known entry do not count
    assert cover.name_owner(make_pairs((3, 4))) == 0
