"""Matching against its definition by brute force in plain Python, and the rules of a bank."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_rows import RECT, flip_bits, make_frames, make_rows, make_upload, pair_up, random_hashes

from jacana.detect.media.hashing.frames import CUT_BORDERS, INSET, WindowHashes
from jacana.detect.media.hashing.pdq import turn_hashes
from jacana.detect.media.matching import match as module
from jacana.detect.media.matching.match import (
    MAX_FRAME_MATCHES,
    NO_COVER,
    EntryMatch,
    UploadRows,
    find_near,
    follow_turns,
    keep_pairs,
    list_frames,
    match_entry,
    score_match,
)
from jacana.model.bank import Bank

BANK = Bank("bank_1", "b", "test", None, ("hold",), 31, 50, 1.0, datetime(2026, 11, 22, tzinfo=UTC))


def match(upload: UploadRows, entry: WindowHashes, bank: Bank = BANK) -> EntryMatch | None:
    return match_entry(upload, entry, keep_pairs(upload, entry, pair_up(upload, entry), bank), bank)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 256), st.integers(0, 99), st.sampled_from([1, 5, 1000]))
def test_every_near_pair_is_found(n: int, m: int, limit: int, seed: int, at_once: int) -> None:
    left = np.random.default_rng(seed).integers(0, 256, (n, 32), dtype=np.uint8)
    right = np.random.default_rng(seed + 1).integers(0, 256, (m, 32), dtype=np.uint8)
    if n and m:
        right[0] = ~left[0]  # distance 256 does not fit a byte
        right[m // 2] = left[n // 2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PAIRS_AT_ONCE", at_once)
        rows, columns, distances = find_near(left, right, limit)
    found = {(int(i), int(j)): int(d) for i, j, d in zip(rows, columns, distances, strict=True)}
    expected = {
        (i, j): bits
        for i in range(n)
        for j in range(m)
        if (bits := (int.from_bytes(left[i].tobytes()) ^ int.from_bytes(right[j].tobytes())).bit_count()) <= limit
    }
    assert found == expected


@pytest.mark.parametrize(("bits", "matches"), [(0, True), (20, True), (21, False)])
def test_the_banks_distance_is_the_border(bits: int, matches: bool) -> None:
    hashes = random_hashes(1, 4)
    found = match(
        make_upload(make_frames([flip_bits(pdq, bits) for pdq in hashes])),
        make_frames(hashes),
        replace(BANK, max_distance=20),
    )
    assert bool(found) == matches
    if found:
        assert (found.nearest, found.matched_seconds, found.matched_fraction) == (bits, 2, 1.0)


def test_low_quality_frames_on_either_side_do_not_match() -> None:
    hashes = random_hashes(2, 3)
    good, poor = make_frames(hashes, quality=50), make_frames(hashes, quality=49)
    assert match(make_upload(good), good)
    assert not match(make_upload(poor), good)
    assert not match(make_upload(good), poor)
    assert not match(make_upload(make_frames([])), good)
    assert not match(make_upload(good), make_frames([]))


def test_hashes_of_plain_pictures_do_not_match_whatever_quality_is_claimed() -> None:
    plain = make_frames([bytes(32), b"\xff" * 32, bytes(31) + b"\x0f"], quality=100)
    assert not match(make_upload(plain), plain)


def test_seconds_are_distinct_seconds_of_the_upload() -> None:
    hashes = random_hashes(3, 20)
    strict, upload = replace(BANK, min_matched_seconds=3), make_upload(make_frames(hashes))
    assert not match(upload, make_frames(hashes[:4]), strict)  # four frames, but only in the seconds 0 and 1
    found = match(upload, make_frames(hashes[:5]), strict)
    assert found is not None
    assert found.matched_seconds == 3
    assert found.matched_fraction == pytest.approx(3 / 10)


def test_an_upload_shorter_than_the_rule_must_match_in_all_of_it() -> None:
    hashes = random_hashes(4, 4)
    strict, entry = replace(BANK, min_matched_seconds=10), make_frames(hashes)
    assert match(make_upload(make_frames(hashes)), entry, strict)
    assert not match(make_upload(make_frames([*hashes, *random_hashes(5, 4)])), entry, strict)
    picture = make_upload(make_frames([*hashes[:1], *random_hashes(5, 8)]), single_picture=True)
    assert match(picture, entry, strict)


def test_the_nearest_pair_of_each_moment_is_told_with_both_times() -> None:
    (known,) = random_hashes(6, 1)
    entry = make_rows([(1.0, 90, flip_bits(known, 20)), (2.0, 80, flip_bits(known, 4)), (3.0, 70, known[::-1])])
    upload = make_upload(make_rows([(7.25, 88, known)]))
    found = match(upload, entry)
    assert found is not None
    (frame,) = list_frames(upload, entry, found.pairs)
    assert (frame.seconds, frame.quality, frame.entry_seconds, frame.distance) == (7.25, 88, 2.0, 4)
    assert (frame.window, frame.orientation, frame.rect, frame.entry_window) == (0, 0, None, 0)


def test_of_equally_near_pairs_the_least_changed_is_told() -> None:
    (known,) = random_hashes(6, 1)
    upload = make_upload(make_rows([(1.0, 90, known)], [(1.0, 3, 0, known), (1.0, 0, 5, known)]))
    found = match(upload, make_rows([(1.0, 90, known)], [(1.0, 9, 0, known)]))
    assert found is not None
    assert found.ways == ("whole frame",)


@pytest.mark.parametrize(
    ("seconds", "windows", "single", "matches"),
    [
        ([1.0], [3], False, False),
        ([1.0], [3], True, True),
        ([1.0], [INSET], False, True),
        ([1.0], [CUT_BORDERS], False, True),
        ([1.0, 1.0], [3, 4], False, True),
        ([1.0, 9.0], [3, 3], False, True),
    ],
)
def test_one_window_alone_is_no_match_of_a_video(
    seconds: list[float], windows: list[int], single: bool, matches: bool
) -> None:
    known, *other = random_hashes(12, 20)
    rows = make_rows(
        [(float(number), 90, pdq) for number, pdq in enumerate(other)],
        [(at, window, 0, known) for at, window in zip(seconds, windows, strict=True)],
    )
    assert bool(match(make_upload(rows, single_picture=single), make_rows([(0.0, 90, known)]))) == matches


def test_windows_alone_answer_for_the_frames_whose_windows_were_hashed() -> None:
    """An upload cropped wherever it was signed, every second second, matches in all that could match."""
    known, other = random_hashes(18, 5), random_hashes(19, 10)
    rows = make_rows(
        [(float(number), 90, pdq) for number, pdq in enumerate(other)],
        [(2.0 * number, 200, 0, pdq) for number, pdq in enumerate(known)],
    )
    entry, strict = make_frames(known, step=2.0), replace(BANK, min_matched_seconds=8)
    found = match(make_upload(rows), entry, strict)
    assert found is not None
    assert (found.matched_seconds, found.matched_fraction) == (5, 1.0)
    assert match(make_upload(rows), make_frames(known[:4], step=2.0), strict) is None


def test_a_part_of_the_entry_needs_two_frames_of_the_upload_as_well() -> None:
    cropped = random_hashes(13, 3)
    entry = make_rows([(0.0, 90, random_hashes(14, 1)[0])], [(0.0, 12, 0, cropped[0]), (0.0, 13, 0, cropped[0])])
    assert not match(make_upload(make_frames(cropped)), entry)
    twice = make_upload(make_frames([cropped[0], flip_bits(cropped[0], 4), *cropped]))
    found = match(twice, entry)
    assert found is not None
    assert found.ways == ("a part of the entry",)
    # all that there is of a short upload is enough
    assert match(make_upload(make_frames(cropped[:1])), entry)


def test_one_mirrored_key_frame_tells_how_to_look_at_the_rest() -> None:
    hashes = random_hashes(15, 6)
    mirrored = turn_hashes(np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32))[:, 5]
    frames = [(number * 1.0, 90, pdq.tobytes()) for number, pdq in enumerate(mirrored)]
    upload = make_upload(make_rows(frames, [(0.0, 0, 5, hashes[0])]))
    entry = make_frames(hashes, step=1.0)
    pairs = keep_pairs(upload, entry, pair_up(upload, entry), BANK)
    assert len(pairs) == 1
    found = match_entry(upload, entry, follow_turns(upload, entry, pairs, 31), BANK)
    assert found is not None
    assert (found.matched_seconds, found.ways) == (6, ("mirrored",))
    untouched = pair_up(make_upload(entry), entry)
    assert follow_turns(make_upload(entry), entry, untouched, 31) is untouched


def test_windows_show_where_they_lie() -> None:
    known = random_hashes(16, 2)
    upload = make_upload(make_rows([], [(1.0, 7, 0, known[0]), (2.0, INSET, 0, known[1])]))
    entry = make_frames(known, step=1.0)
    found = match(upload, entry)
    assert found is not None
    frames = list_frames(upload, entry, found.pairs)
    assert [(frame.window, frame.rect) for frame in frames] == [(7, RECT), (INSET, RECT)]
    assert set(found.ways) == {"a window of the upload", "picture in picture"}


def test_what_is_as_near_to_innocent_material_does_not_count() -> None:
    hashes = random_hashes(17, 6)
    upload, entry = make_upload(make_frames(hashes, step=1.0)), make_frames([flip_bits(h, 5) for h in hashes], step=1.0)
    pairs, strict = pair_up(upload, entry), replace(BANK, min_matched_seconds=3)
    cover = np.full(6, NO_COVER, np.uint16)
    cover[:3] = (4, 5, 6)  # nearer, as near, farther
    found = match_entry(upload, entry, pairs, strict, cover)
    assert found is not None
    assert (found.matched_seconds, found.left_out) == (4, 2)
    cover[3:5] = 0
    assert match_entry(upload, entry, pairs, strict, cover) is None


def test_a_long_list_of_frames_is_cut_to_the_nearest_in_time_order() -> None:
    hashes = random_hashes(9, 300)
    entry = make_frames([flip_bits(pdq, n % 20, n) for n, pdq in enumerate(hashes)])
    upload = make_upload(make_frames(hashes))
    found = match(upload, entry)
    assert found is not None
    frames = list_frames(upload, entry, found.pairs)
    assert (len(found.pairs), len(frames)) == (300, MAX_FRAME_MATCHES)
    assert [frame.seconds for frame in frames] == sorted(frame.seconds for frame in frames)
    assert max(frame.distance for frame in frames) < 20


def test_scores_grow_with_share_and_nearness_and_stay_below_identity() -> None:
    hashes = random_hashes(10, 10)
    entry = make_frames(hashes)

    def score(frames: list[bytes]) -> float:
        found = match(make_upload(make_frames(frames)), entry)
        assert found is not None
        return score_match(found, BANK.max_distance)

    whole, far = score(hashes), score([flip_bits(pdq, 30) for pdq in hashes])
    part = score([*hashes[:2], *random_hashes(11, 18)])
    assert whole == 0.99
    assert 0.5 < far < whole
    assert 0.5 < part < whole
