"""Hashes of an innocent file for the sandbox's list, as a network that contributes would make them."""

import hashlib
import tempfile
from pathlib import Path

from jacana.detect.media.hashing.frames import unpack_frames
from jacana.detect.media.screener import MediaScreener
from jacana.model.clock import utc_now
from jacana.model.errors import InputInvalidError
from jacana.model.media import MediaKind
from jacana.settings import Settings


class SandboxFileUnreadableError(InputInvalidError):
    """The file is no picture and no video that can be read."""

    code = "sandbox.file_unreadable"


def hash_media(data: bytes) -> tuple[str, dict[str, str]]:
    """Return (`image` or `video`, fingerprints): MD5 and SHA-1, and PDQ of a picture.

    Raises SandboxFileUnreadableError. Nothing of the file is kept.
    """
    screener = MediaScreener(Settings(), utc_now)
    try:
        with tempfile.NamedTemporaryFile(prefix="jacana-sandbox-") as file:
            file.write(data)
            file.flush()
            facts = screener.analyse(Path(file.name), hashlib.sha256(data).hexdigest())
    finally:
        screener.close()
    if not facts.readable:
        raise SandboxFileUnreadableError(
            "the file is no picture and no video that can be read", field="file", remedy="send an intact one"
        )
    digests = {
        "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "sha1": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    }
    if facts.kind is MediaKind.PICTURE and facts.frame_count:
        return "image", digests | {"pdq": unpack_frames(facts.frames).pdq[0].tobytes().hex()}
    return ("image" if facts.kind is MediaKind.PICTURE else "video"), digests
