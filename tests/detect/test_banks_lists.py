"""Bank files: good rows kept, bad rows named with line, field and remedy, nothing malformed let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.banks.lists import BankFileInvalidError, read_csv, read_vpdq
from jacana.detect.media.hashing.frames import unpack_frames

PDQ = "0123456789abcdef" * 4
SHA = "f" * 64


def test_rows_of_one_label_are_frames_of_one_entry() -> None:
    text = (
        f"Label,PDQ,seconds,quality,sha256\nclip-1,{PDQ},2.5,90,{SHA}\nclip-1,{PDQ.upper()},1.25,,\nclip-2,,,,{SHA}\n"
    )
    read = read_csv(text)
    assert read.problems == ()
    first, second = read.entries
    assert (first.label, first.sha256, first.frame_count) == ("clip-1", SHA, 2)
    frames = unpack_frames(first.frames)
    assert frames.seconds.tolist() == [1.25, 2.5]
    assert frames.quality.tolist() == [100, 90]
    assert frames.pdq[0].tobytes().hex() == PDQ
    assert (second.sha256, second.frame_count) == (SHA, 0)


def test_upper_case_spaces_blank_lines_crlf_and_byte_order_mark_are_fine() -> None:
    text = f"\ufefflabel , md5\r\n\r\n clip , {'AB' * 16} \r\n"
    (entry,) = read_csv(text).entries
    assert entry.md5 == "ab" * 16


def test_a_trailing_newline_inside_a_hash_never_gets_in() -> None:
    """The reference validates with a pattern that lets it through, and its index then breaks for good."""
    read = read_csv(f'label,pdq\nclip,"{PDQ}\n"\nother,"{PDQ[:63]}\n"\n')
    assert [unpack_frames(entry.frames).pdq[0].tobytes().hex() for entry in read.entries] == [PDQ]
    assert [problem.field for problem in read.problems] == ["pdq"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (f",{PDQ},,,", "label"),
        (f"{'x' * 256},{PDQ},,,", "label"),
        ("clip,0123,,,", "pdq"),
        (f"clip,{'g' * 64},,,", "pdq"),
        (f"clip,{PDQ},101,,", "quality"),
        (f"clip,{PDQ},9.5,,", "quality"),
        (f"clip,{PDQ},90,-1,", "seconds"),
        (f"clip,{PDQ},90,nan,", "seconds"),
        (f"clip,{PDQ},90,1e9,", "seconds"),
        ("clip,,,,", "row"),
        (f"clip,,,,{SHA[:-1]}", "sha256"),
        (f"good,,,,{'e' * 64}", "sha256"),
        (f"clip,{PDQ},,,,extra", "row"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_is_kept(row: str, field: str) -> None:
    read = read_csv(f"label,pdq,quality,seconds,sha256\ngood,,,,{SHA}\n{row}\nlast,{PDQ},,,\n")
    assert [entry.label for entry in read.entries] == ["good", "last"]
    (problem,) = read.problems
    assert (problem.line, problem.field) == (3, field)
    assert problem.message
    assert problem.remedy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "label"),
        ("label\nclip\n", "one of md5"),
        (f"md5\n{'a' * 32}\n", "label"),
        ("label,sha265\n", "unknown column"),
        ("label,md5,md5\n", "twice"),
    ],
)
def test_a_header_that_cannot_be_used(text: str, words: str) -> None:
    with pytest.raises(BankFileInvalidError, match=words) as caught:
        read_csv(text)
    assert caught.value.field == "line 1"
    assert caught.value.remedy


def test_a_misspelt_column_gets_a_hint() -> None:
    with pytest.raises(BankFileInvalidError) as caught:
        read_csv("label,sha265\n")
    assert caught.value.remedy == "did you mean sha256?"


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


@given(st.text(max_size=300))
def test_any_text_gives_entries_or_a_named_problem(text: str) -> None:
    read_vpdq(text, "clip")
    try:
        read_csv(text)
        read_csv("label,pdq,md5,quality,seconds\n" + text)
    except BankFileInvalidError as problem:
        assert problem.field
        assert problem.remedy
