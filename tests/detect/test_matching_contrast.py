"""Two files over their whole length: nearest distances by definition, with and without changes."""

import numpy as np
from matching_rows import flip_bits, make_frames, make_rows, make_upload, random_hashes

from jacana.detect.media.matching import contrast as module
from jacana.detect.media.matching.contrast import FARTHEST, contrast_files, find_nearest


def test_nearest_is_the_least_of_all(monkeypatch) -> None:
    left = np.random.default_rng(1).integers(0, 256, (23, 32), dtype=np.uint8)
    right = np.random.default_rng(2).integers(0, 256, (17, 32), dtype=np.uint8)
    monkeypatch.setattr(module, "_WORDS_AT_ONCE", 40)
    expected = [min(int(np.bitwise_count(a ^ b).sum()) for b in right) for a in left]
    assert find_nearest(left, right).tolist() == expected
    assert find_nearest(left, right[:0]).tolist() == [FARTHEST] * 23
    assert find_nearest(left[:0], right).tolist() == []


def test_distances_are_told_by_moment_and_way() -> None:
    known = random_hashes(3, 6)
    upload = make_rows(
        [(0.0, 90, flip_bits(known[0], 9)), (1.0, 90, random_hashes(4, 1)[0]), (2.0, 20, known[2])],
        [(1.0, 200, 0, flip_bits(known[1], 5))],
    )
    told = contrast_files(make_upload(upload), make_frames(known, step=1.0))
    assert told.as_shown[[0, 2]].tolist() == [9, FARTHEST]  # too little in the third to say anything
    assert told.as_shown[1] > 60
    assert told.any_way[1] == 5
    assert told.signed.tolist() == [False, True, False]
    assert told.match is not None
    assert told.match.matched_seconds == 2
    assert [(run.from_seconds, run.to_seconds) for run in told.runs] == [(0.0, 1.0)]


def test_files_with_nothing_in_common_do_not_match() -> None:
    told = contrast_files(make_upload(make_frames(random_hashes(5, 4))), make_frames(random_hashes(6, 4)))
    assert (told.match, told.runs) == (None, ())
    assert told.as_shown.min() > 60
