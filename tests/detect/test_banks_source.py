"""What an operator points at becomes entries: lists by their ending, everything else as media."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jacana.detect.media.banks.lists import BankFileInvalidError
from jacana.detect.media.banks.source import SourceFormat, describe_file, digest_file, read_bank_source
from jacana.detect.media.hashing.frames import RECORD, WINDOW_RECORD
from jacana.detect.media.index.address import MAX_ROWS
from jacana.detect.media.screener import MediaScreener
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests
from jacana.settings import Settings

PDQ = "0123456789abcdef" * 4


@pytest.fixture
def screener(clock) -> MediaScreener:
    return MediaScreener(Settings(), clock)


def test_lists_are_told_by_their_ending(screener: MediaScreener, tmp_path: Path) -> None:
    (tmp_path / "a.CSV").write_text(f"label,pdq\nclip,{PDQ}\n")
    (tmp_path / "scene.txt").write_text(f"0,100,{PDQ},0.0\n")
    (tmp_path / "scene2.vpdq").write_text(f"0,100,{PDQ},0.0\n")
    (tmp_path / "scene3.pdq").write_text(f"{PDQ}\n")
    labels = [read_bank_source(path, screener).entries[0].label for path in sorted(tmp_path.iterdir())]
    assert labels[:3] == ["clip", "scene", "scene2"]
    assert labels[3].startswith("scene3-")


def test_text_is_told_by_its_lines_and_a_named_format_beats_the_ending(screener: MediaScreener, tmp_path: Path) -> None:
    path = tmp_path / "scene.txt"
    path.write_text(f"{PDQ}\n")
    assert read_bank_source(path, screener).entries[0].label.startswith("scene-")
    path.write_text(f"Hash ID,MD5\n7,{'a' * 32}\n")
    read = read_bank_source(path, screener, SourceFormat.IWF)
    assert (read.entries[0].source_id, read.by_source_id) == ("7", True)


def test_a_media_file_is_hashed_at_every_frame(screener: MediaScreener, clips: dict[str, Path]) -> None:
    (entry,) = read_bank_source(clips["known"], screener).entries
    assert (entry.label, entry.frame_count) == ("known.mp4", 100)
    data = clips["known"].read_bytes()
    assert entry.sha256 == hashlib.sha256(data).hexdigest()
    assert (entry.md5, entry.sha1) == (hashlib.md5(data).hexdigest(), hashlib.sha1(data).hexdigest())


def test_media_that_is_not_whole_is_refused(screener: MediaScreener, clips: dict[str, Path]) -> None:
    read = read_bank_source(clips["cut"], screener)
    assert read.entries == ()
    assert "part of it is missing" in read.problems[0].message


def test_what_cannot_be_read_at_all(screener: MediaScreener, tmp_path: Path) -> None:
    with pytest.raises(BankFileInvalidError, match="no file"):
        read_bank_source(tmp_path / "none.csv", screener)
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BankFileInvalidError, match="UTF-8"):
        read_bank_source(tmp_path / "a.csv", screener)


def test_digests_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert digest_file(tmp_path / "empty").md5 == "d41d8cd98f00b204e9800998ecf8427e"


def test_of_a_file_of_many_hours_so_many_windows_are_kept_as_an_entry_may_have() -> None:
    frames, windows = MAX_ROWS - 2, 5
    facts = MediaFacts(
        "a" * 64, MediaKind.VIDEO, "test", datetime(2026, 11, 22, tzinfo=UTC),
        frame_count=frames, frames=bytes(RECORD.itemsize * frames),
        window_count=windows, windows=bytes(WINDOW_RECORD.itemsize * windows),
    )  # fmt: skip
    entry = describe_file(facts, Digests("a" * 32, "b" * 40, "a" * 64), "long")
    assert (entry.window_count, len(entry.windows)) == (2, 2 * WINDOW_RECORD.itemsize)
