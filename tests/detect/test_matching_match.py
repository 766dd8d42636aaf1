"""Matching against its definition by brute force in plain Python, and the rules of a bank."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.hashing.frames import FrameHashes, collect_frames
from jacana.detect.media.matching import match as module
from jacana.detect.media.matching.match import MAX_FRAME_MATCHES, find_near, load_bank, match_bank, score_match
from jacana.model.bank import Bank, BankEntry

BANK = Bank("bank_1", "b", "test", None, ("hold",), 31, 50, 1.0, datetime(2026, 11, 22, tzinfo=UTC))


def random_hashes(seed: int, count: int) -> list[bytes]:
    return [row.tobytes() for row in np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)]


def flip_bits(pdq: bytes, count: int, seed: int = 0) -> bytes:
    number = int.from_bytes(pdq)
    for bit in np.random.default_rng(seed).choice(256, count, replace=False):
        number ^= 1 << int(bit)
    return number.to_bytes(32)


def make_entry(label: str, rows: list[tuple[float, int, bytes]]) -> BankEntry:
    return BankEntry(label, frame_count=len(rows), frames=collect_frames(rows).pack(), id=f"entry_{label}")


def make_frames(hashes: list[bytes], *, step: float = 0.5, quality: int = 90) -> FrameHashes:
    return collect_frames([(number * step, quality, pdq) for number, pdq in enumerate(hashes)])


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


@pytest.mark.parametrize(("bits", "matches"), [(0, True), (31, True), (32, False), (128, False)])
def test_the_banks_distance_is_the_border(bits: int, matches: bool) -> None:
    hashes = random_hashes(1, 4)
    loaded = load_bank(BANK, [make_entry("a", [(0.0, 90, pdq) for pdq in hashes])])
    found = match_bank(make_frames([flip_bits(pdq, bits) for pdq in hashes]), loaded)
    assert bool(found) == matches
    if found:
        assert (found[0].nearest, found[0].matched_seconds, found[0].matched_fraction) == (bits, 2, 1.0)


def test_low_quality_frames_on_either_side_do_not_match() -> None:
    hashes = random_hashes(2, 3)
    good = load_bank(BANK, [make_entry("a", [(0.0, 50, pdq) for pdq in hashes])])
    poor = load_bank(BANK, [make_entry("a", [(0.0, 49, pdq) for pdq in hashes])])
    assert match_bank(make_frames(hashes, quality=50), good)
    assert not match_bank(make_frames(hashes, quality=49), good)
    assert not match_bank(make_frames(hashes), poor)
    assert not match_bank(make_frames([]), good)
    assert not match_bank(make_frames(hashes), load_bank(BANK, []))


def test_seconds_are_distinct_seconds_of_the_upload() -> None:
    hashes = random_hashes(3, 20)
    strict = replace(BANK, min_matched_seconds=3)
    loaded = load_bank(strict, [make_entry("a", [(float(n), 90, pdq) for n, pdq in enumerate(hashes[:4])])])
    assert not match_bank(make_frames(hashes), loaded)  # four frames, but only in the seconds 0 and 1
    loaded = load_bank(strict, [make_entry("a", [(float(n), 90, pdq) for n, pdq in enumerate(hashes[:5])])])
    found = match_bank(make_frames(hashes), loaded)
    assert [match.matched_seconds for match in found] == [3]
    assert found[0].matched_fraction == pytest.approx(5 / 20)


def test_an_upload_shorter_than_the_rule_must_match_in_all_of_it() -> None:
    hashes = random_hashes(4, 4)
    strict = replace(BANK, min_matched_seconds=10)
    loaded = load_bank(strict, [make_entry("a", [(0.0, 90, pdq) for pdq in hashes])])
    assert match_bank(make_frames(hashes), loaded)
    assert not match_bank(make_frames([*hashes, *random_hashes(5, 4)]), loaded)
    assert match_bank(make_frames([*hashes[:1], *random_hashes(5, 8)]), loaded, single_picture=True)


def test_the_nearest_pair_of_each_frame_is_told_with_both_times() -> None:
    known = random_hashes(6, 1)[0]
    entry = make_entry("a", [(1.0, 90, flip_bits(known, 20)), (2.0, 80, flip_bits(known, 4)), (3.0, 70, known[::-1])])
    (found,) = match_bank(collect_frames([(7.25, 88, known)]), load_bank(BANK, [entry]))
    (frame,) = found.frames
    assert (frame.seconds, frame.quality, frame.entry_seconds, frame.distance) == (7.25, 88, 2.0, 4)


def test_entries_are_told_apart_and_ordered_by_matched_seconds() -> None:
    hashes = random_hashes(7, 10)
    entries = [
        make_entry("none", [(0.0, 90, pdq) for pdq in random_hashes(8, 5)]),
        make_entry("some", [(0.0, 90, pdq) for pdq in hashes[:2]]),
        BankEntry("digest only", sha256="0" * 64, id="entry_d"),
        make_entry("most", [(0.0, 90, pdq) for pdq in hashes[2:]]),
    ]
    found = match_bank(make_frames(hashes), load_bank(BANK, entries))
    assert [match.entry.label for match in found] == ["most", "some"]
    assert [match.frame_count for match in found] == [8, 2]


def test_a_long_list_of_frames_is_cut_to_the_nearest_in_time_order() -> None:
    hashes = random_hashes(9, 300)
    entry = make_entry("a", [(0.0, 90, flip_bits(pdq, n % 20, n)) for n, pdq in enumerate(hashes)])
    (found,) = match_bank(make_frames(hashes), load_bank(BANK, [entry]))
    assert found.frame_count == 300
    assert len(found.frames) == MAX_FRAME_MATCHES
    assert [frame.seconds for frame in found.frames] == sorted(frame.seconds for frame in found.frames)
    assert max(frame.distance for frame in found.frames) < 20


def test_scores_grow_with_share_and_nearness_and_stay_below_identity() -> None:
    hashes = random_hashes(10, 10)
    loaded = load_bank(BANK, [make_entry("a", [(0.0, 90, pdq) for pdq in hashes])])

    def score(frames: list[bytes]) -> float:
        return score_match(match_bank(make_frames(frames), loaded)[0], BANK.max_distance)

    whole, far = score(hashes), score([flip_bits(pdq, 30) for pdq in hashes])
    part = score([*hashes[:2], *random_hashes(11, 18)])
    assert whole == 0.99
    assert 0.5 < far < whole
    assert 0.5 < part < whole
