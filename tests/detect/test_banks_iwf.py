"""IWF-style lists: digests are taken whatever the columns are called; a classification only where both scales agree."""

import pytest

from jacana.detect.media.banks.iwf import read_iwf
from jacana.detect.media.banks.lists import BankFileInvalidError

MD5, SHA1, SHA256 = "A" * 32, "b" * 40, "c" * 64


def test_a_row_becomes_an_entry_named_by_its_source() -> None:
    read = read_iwf(f"ID,MD5,SHA-1,SHA-256,UK Category,Age Band\n77,{MD5},{SHA1},{SHA256},Category A,7 - 10\n")
    (entry,) = read.entries
    assert (entry.md5, entry.sha1, entry.sha256) == (MD5.lower(), SHA1, SHA256)
    assert (entry.source_id, entry.label) == ("77", "77, UK category A, age band 7-10")
    assert (read.by_source_id, read.notes, read.problems) == (True, (), ())


@pytest.mark.parametrize(
    ("category", "age", "classification"),
    [
        ("A", "0-2", "A1"),
        ("a", "7 to 10", "A1"),
        ("A", "14-15", "B1"),
        ("A", "11-13", None),
        ("A", "", None),
        ("B", "3-6", None),
        ("C", "16-17", None),
        ("", "3-6", None),
    ],
)
def test_the_scales_are_only_joined_where_they_agree(category: str, age: str, classification: str | None) -> None:
    read = read_iwf(f"md5,category,age\n{MD5},{category},{age}\n")
    assert [entry.classification for entry in read.entries] == [classification]
    assert read.notes == ()


def test_an_unknown_grade_costs_no_hash_and_is_told() -> None:
    read = read_iwf(f"md5,category,age\n{MD5},Z,\n{'1' * 32},A,old\n")
    assert [entry.classification for entry in read.entries] == [None, None]
    assert read.notes == ("2 rows have a category or an age band that is not known; their hashes were taken",)


def test_without_an_id_the_same_digests_are_the_same_entry() -> None:
    first, again = (read_iwf(f"md5{more}\n{MD5}{cell}\n").entries[0] for more, cell in (("", ""), (",category", ",A")))
    assert first.source_id == again.source_id
    assert MD5.lower()[:8] not in str(first.source_id)


def test_columns_that_are_not_used_are_named() -> None:
    read = read_iwf(f"PhotoDNA,SHA1,\nxx,{SHA1},\n")
    assert read.notes == ("columns that are not used: PhotoDNA, (no name)",)
    assert len(read.entries) == 1


def test_bad_rows_are_named() -> None:
    read = read_iwf(f"MD5,ID\n{MD5}0,1\n,2\n{MD5},3,4\n{MD5},\x07\n{MD5},5\n")
    assert [(problem.line, problem.field) for problem in read.problems] == [
        (2, "md5"),
        (3, "row"),
        (4, "row"),
        (5, "source_id"),
    ]
    assert [entry.source_id for entry in read.entries] == ["5"]


@pytest.mark.parametrize("header", ["", "PhotoDNA", "MD5,md5 hash"])
def test_a_header_without_use(header: str) -> None:
    with pytest.raises(BankFileInvalidError) as caught:
        read_iwf(header + "\n")
    assert caught.value.field == "line 1"
