"""Words for what was changed, as a moderator reads them."""

import numpy as np
import pytest

from jacana.detect.media.hashing.frames import CUT_BORDERS, INSET
from jacana.detect.media.hashing.pdq import ORIENTATIONS
from jacana.detect.media.matching.words import TURNED, say_moment, say_span, say_way, say_ways


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ((0, 0, 0), "whole frame"),
        ((0, 5, 0), "mirrored"),
        ((CUT_BORDERS, 0, 0), "inside borders"),
        ((CUT_BORDERS, 5, 0), "mirrored, inside borders"),
        ((INSET, 0, 0), "picture in picture"),
        ((7, 0, 0), "a window of the upload"),
        ((0, 0, 12), "a part of the entry"),
        ((7, 0, 12), "a window of the upload, a part of the entry"),
        ((0, 0, CUT_BORDERS), "without the borders of the entry"),
        ((0, 0, INSET), "an inset of the entry"),
    ],
)
def test_each_way_has_its_words(kind: tuple[int, int, int], words: str) -> None:
    assert say_way(*kind) == words


def test_every_orientation_has_words() -> None:
    assert len(TURNED) == len(ORIENTATIONS)
    assert all(TURNED[1:])


def test_frequent_ways_come_first_and_rare_ones_are_left_out() -> None:
    window = np.array([0] * 20 + [7] * 30 + [INSET], np.uint8)
    nothing = np.zeros(51, np.uint8)
    assert say_ways(window, nothing, nothing) == ("a window of the upload", "whole frame")
    assert say_ways(np.array([7, 8, 9], np.uint8), nothing[:3], nothing[:3]) == ("a window of the upload",)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (12.0, 12.9, "second 12"),
        (12.4, 17.9, "seconds 12 to 17"),
        (112.0, 130.0, "1:52 to 2:10"),
        (3.0, 3723.0, "0:03 to 1:02:03"),
        (130.2, 130.9, "2:10"),
    ],
)
def test_spans_are_said_as_people_say_them(first: float, last: float, words: str) -> None:
    assert say_span(first, last) == words


def test_moments() -> None:
    assert [say_moment(at) for at in (0.9, 61, 3600)] == ["0:00", "1:01", "1:00:00"]
