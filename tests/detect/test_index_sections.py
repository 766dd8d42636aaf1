"""A file of arrays comes back as it was, and says so when it does not."""

from pathlib import Path

import numpy as np
import pytest

from jacana.detect.media.index.errors import IndexDamagedError
from jacana.detect.media.index.sections import SectionWriter, check_sections, open_sections


@pytest.fixture
def path(tmp_path: Path) -> Path:
    writer = SectionWriter(tmp_path / "body-1", {"a": ("<u8", (5, 4)), "none": ("|u1", (0, 16)), "b": ("<u4", (3,))})
    writer.arrays["a"][...] = np.arange(20).reshape(5, 4)
    writer.arrays["b"][...] = 7
    writer.seal({"made": [1, 2]})
    return tmp_path / "body-1"


def test_arrays_and_facts_come_back(path: Path) -> None:
    sections = open_sections(path)
    assert sections.facts == {"made": [1, 2]}
    assert sections.arrays["a"].tolist() == np.arange(20).reshape(5, 4).tolist()
    assert sections.arrays["none"].shape == (0, 16)
    assert not sections.arrays["b"].flags.writeable
    assert sections.size == path.stat().st_size
    assert check_sections(sections) == []


def test_an_unsealed_file_is_damaged(tmp_path: Path) -> None:
    SectionWriter(tmp_path / "body-2", {"a": ("<u8", (5,))})
    with pytest.raises(IndexDamagedError, match="header"):
        open_sections(tmp_path / "body-2")


@pytest.mark.parametrize(("at", "what"), [(0, "header"), (30, "header")])
def test_a_changed_header_is_damage(path: Path, at: int, what: str) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(IndexDamagedError, match=what):
        open_sections(path)


@pytest.mark.parametrize("size", [10, 9000])
def test_a_file_cut_short_is_damage(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(IndexDamagedError):
        open_sections(path)


def test_a_changed_byte_of_an_array_is_found_by_checking(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192 + 9] ^= 1
    path.write_bytes(content)
    assert check_sections(open_sections(path)) == ["body-1: a does not match its checksum"]
