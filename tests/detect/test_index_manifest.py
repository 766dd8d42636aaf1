"""A manifest is read whole or not at all, and one stat tells that it was replaced."""

from pathlib import Path

import pytest

from jacana.detect.media.index.errors import IndexDamagedError
from jacana.detect.media.index.manifest import NAME, Manifest, read_manifest, write_manifest

FIRST = Manifest(("body-1",), ("head-2", "head-3"), 4)


def test_a_manifest_comes_back(tmp_path: Path) -> None:
    write_manifest(tmp_path, FIRST)
    seen = read_manifest(tmp_path)
    assert seen.manifest == FIRST
    assert seen.is_current()


def test_each_replacement_shows_though_inodes_are_used_again(tmp_path: Path) -> None:
    write_manifest(tmp_path, FIRST)
    seen = read_manifest(tmp_path)
    for number in range(5, 40):
        write_manifest(tmp_path, Manifest((), ("head-0",), number))
        assert not seen.is_current()


def test_a_manifest_that_is_gone_is_not_current(tmp_path: Path) -> None:
    write_manifest(tmp_path, FIRST)
    seen = read_manifest(tmp_path)
    (tmp_path / NAME).unlink()
    assert not seen.is_current()
    with pytest.raises(IndexDamagedError, match="no manifest"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(("old", "new"), [(b"body-1", b"body-7"), (b'"format": 1', b'"format": 2')])
def test_a_changed_manifest_is_damage(tmp_path: Path, old: bytes, new: bytes) -> None:
    write_manifest(tmp_path, FIRST)
    content = (tmp_path / NAME).read_bytes()
    assert old in content
    (tmp_path / NAME).write_bytes(content.replace(old, new))
    with pytest.raises(IndexDamagedError, match="checksum"):
        read_manifest(tmp_path)


def test_another_format_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("jacana.detect.media.index.manifest.FORMAT", 9)
        write_manifest(tmp_path, FIRST)
    with pytest.raises(IndexDamagedError, match="format 9"):
        read_manifest(tmp_path)


def test_an_empty_manifest_is_damage(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"")
    with pytest.raises(IndexDamagedError):
        read_manifest(tmp_path)
