"""A scan is complete, however many pairs there are."""

import numpy as np

from jacana.detect.media.index.scan import scan


def test_more_pairs_than_the_first_buffer_holds_are_all_returned() -> None:
    words = np.zeros((9000, 4), np.uint64)
    words[::2, 3] = 1
    query, row, far = scan(words, np.zeros((2, 4), np.uint64), 31)
    assert len(query) == 18_000
    assert sorted(row[query == 1].tolist()) == list(range(9000))
    assert (far == (row % 2 == 0)).all()


def test_nothing_is_near_to_nothing() -> None:
    empty = np.empty((0, 4), np.uint64)
    assert [len(part) for part in scan(empty, np.ones((3, 4), np.uint64), 31)] == [0, 0, 0]
    assert [len(part) for part in scan(np.ones((3, 4), np.uint64), empty, 31)] == [0, 0, 0]
