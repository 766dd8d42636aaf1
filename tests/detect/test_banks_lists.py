"""Bank files: good rows kept, bad rows named with line, field and remedy, nothing malformed let through."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.banks.lists import BankFileInvalidError, read_csv, write_csv
from jacana.detect.media.hashing.frames import collect_frames, unpack_frames
from jacana.model.bank import BankEntry

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


ABOUT = "label,md5,source_id,classification,media_kind,expires_at,votes_up,votes_down"


def test_what_a_row_says_beside_the_hashes() -> None:
    row = f"clip,{'a' * 32},hot-1,a1,Video,2027-01-31T01:00:00+01:00,3,1"
    (entry,) = read_csv(f"{ABOUT}\n{row}\nclip,{'a' * 32},,,,,,\n").entries
    assert (entry.source_id, entry.classification, entry.media_kind) == ("hot-1", "A1", "video")
    assert entry.expires_at == datetime(2027, 1, 31, tzinfo=UTC)
    assert (entry.votes_up, entry.votes_down) == (3, 1)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ("x\x07,,,,,", "source_id"),
        (f"{'x' * 201},,,,,", "source_id"),
        (",C1,,,,", "classification"),
        (",,sound,,,", "media_kind"),
        (",,,2027-01-31T00:00:00,,", "expires_at"),
        (",,,soon,,", "expires_at"),
        (",,,0001-01-01T00:00:00+14:00,,", "expires_at"),
        (",,,,-1,", "votes_up"),
        (",,,,,many", "votes_down"),
    ],
)
def test_what_a_row_must_not_say(cells: str, field: str) -> None:
    read = read_csv(f"{ABOUT}\nclip,{'a' * 32},{cells}\n")
    assert read.entries == ()
    assert [problem.field for problem in read.problems] == [field]


def test_what_is_written_is_read_back_the_same() -> None:
    frames = collect_frames([(0.04, 90, bytes(range(32))), (12.345678901, 100, bytes(32))]).pack()
    entries = (
        BankEntry("a, “b”", "1" * 32, "2" * 40, "3" * 64, 2, frames, media_kind="video", votes_up=2),
        BankEntry("c", sha256="4" * 64, source_id="s-1", expires_at=datetime(2027, 1, 1, tzinfo=UTC)),
        BankEntry("nothing to tell"),
    )
    read = read_csv(write_csv(entries))
    assert (read.entries, read.problems) == (entries[:2], ())


@given(st.text(max_size=300))
def test_any_text_gives_entries_or_a_named_problem(text: str) -> None:
    try:
        read_csv(text)
        read_csv("label,pdq,md5,quality,seconds\n" + text)
    except BankFileInvalidError as problem:
        assert problem.field
        assert problem.remedy
