"""Hashes that the sandbox makes of innocent files."""

import hashlib
from pathlib import Path

import pytest

from jacana.detect.media.exchange.sandbox.file_hashes import SandboxFileUnreadableError, hash_media


def test_a_video_gives_two_digests(clips: dict[str, Path]) -> None:
    data = clips["other"].read_bytes()
    kind, found = hash_media(data)
    assert (kind, set(found)) == ("video", {"md5", "sha1"})
    assert found["sha1"] == hashlib.sha1(data).hexdigest()


def test_a_picture_gives_pdq_too(reference_media: Path) -> None:
    picture = next(path for path in sorted((reference_media / "pdq").rglob("*")) if path.suffix in (".jpg", ".png"))
    kind, found = hash_media(picture.read_bytes())
    assert (kind, set(found), len(found["pdq"])) == ("image", {"md5", "sha1", "pdq"}, 64)


def test_anything_else_is_refused() -> None:
    with pytest.raises(SandboxFileUnreadableError) as refused:
        hash_media(b"no media at all")
    assert refused.value.remedy
