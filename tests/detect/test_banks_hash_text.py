"""vPDQ and PDQ text: one entry a file, one entry a line; bad lines are named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.banks.hash_text import looks_like_vpdq, read_pdq, read_vpdq
from jacana.detect.media.hashing.frames import unpack_frames

PDQ = "0123456789abcdef" * 4


def test_vpdq_text_is_one_entry() -> None:
    read = read_vpdq(f"0,100,{PDQ},0.000\n1,77,{PDQ.upper()},0.033\n\n", "clip")
    (entry,) = read.entries
    assert (entry.label, entry.frame_count, read.problems) == ("clip", 2, ())
    assert unpack_frames(entry.frames).quality.tolist() == [100, 77]


def test_bad_vpdq_rows_are_named() -> None:
    read = read_vpdq(f"0,100,{PDQ},0.0\n1,100,{PDQ}\n2,100,xyz,0.1\n3,900,{PDQ},0.1\n", "clip")
    assert [(problem.line, problem.field) for problem in read.problems] == [(2, "row"), (3, "pdq"), (4, "quality")]
    assert read.entries[0].frame_count == 1
    assert read_vpdq("hello\n", "clip").entries == ()


@pytest.mark.media
def test_reference_files_are_read_whole(reference_media) -> None:
    for path in (reference_media / "video").glob("*.txt"):
        read = read_vpdq(path.read_text(), path.stem)
        assert read.problems == ()
        assert read.entries[0].frame_count == len(path.read_text().split())


def test_a_line_of_pdq_text_is_an_entry_of_its_own() -> None:
    read = read_pdq(f"\ufeff{PDQ.upper()}\r\n{'f' * 64}, 60\r\n\r\n{PDQ},90\r\n", "list")
    first, second = read.entries
    assert (read.problems, first.frame_count, first.label != second.label) == ((), 1, True)
    assert first.label.startswith("list-")
    assert PDQ[:8] not in first.label
    assert unpack_frames(first.frames).pdq[0].tobytes().hex() == PDQ
    assert [unpack_frames(entry.frames).quality.tolist() for entry in read.entries] == [[100], [60]]


def test_a_pdq_keeps_its_label_wherever_it_stands() -> None:
    moved = read_pdq(f"{'0' * 64}\n{PDQ}\n", "list").entries[1]
    assert read_pdq(PDQ, "list").entries == (moved,)


def test_bad_pdq_lines_are_named() -> None:
    read = read_pdq(f"{PDQ[:-1]}\n{PDQ}\n{PDQ},200\n{PDQ},1,2\n", "list")
    assert [(problem.line, problem.field) for problem in read.problems] == [(1, "pdq"), (3, "quality"), (4, "row")]
    assert len(read.entries) == 1


def test_the_two_are_told_apart() -> None:
    assert looks_like_vpdq(f"0,100,{PDQ},0.0\nrubbish\n1,100,{PDQ},0.1\n")
    assert not looks_like_vpdq(f"{PDQ}\n{PDQ},90\n")
    assert not looks_like_vpdq("")


@given(st.text(max_size=300))
def test_any_text_gives_entries_or_a_named_problem(text: str) -> None:
    for read in (read_vpdq(text, "clip"), read_pdq(text, "list")):
        assert all(problem.remedy for problem in read.problems)
