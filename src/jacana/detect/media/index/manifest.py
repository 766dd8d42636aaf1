"""Which files make up the index now: one small file, replaced by atomic rename: a reader sees the old set or the new.

A reader keeps the manifest it read mapped; while it does, no later manifest can have the same inode, so one stat tells
whether anything has changed.
"""

import json
import mmap
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jacana.detect.media.index.errors import IndexDamagedError

NAME = "manifest"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """The bodies and heads in the order of their making, oldest first; the last head is the one that is written."""

    bodies: tuple[str, ...]
    heads: tuple[str, ...]
    next: int
    """The number that the next file made will carry."""


@dataclass(frozen=True, slots=True)
class SeenManifest:
    """A manifest, its inode, and the mapping that keeps the inode from being used again."""

    path: Path
    manifest: Manifest
    inode: int
    mapped: mmap.mmap

    def is_current(self) -> bool:
        """Tell by one stat whether this is still the newest."""
        try:
            return self.path.stat().st_ino == self.inode
        except FileNotFoundError:
            return False


def read_manifest(directory: Path) -> SeenManifest:
    """Read the manifest. Raise IndexDamagedError if it is missing, damaged or of another version."""
    path = directory / NAME
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            inode = os.fstat(file.fileno()).st_ino
    except (FileNotFoundError, ValueError) as error:
        raise IndexDamagedError("the index has no manifest") from error
    crc, _, text = mapped[:].partition(b"\n")
    if crc != b"%08x" % zlib.crc32(text):
        raise IndexDamagedError("the manifest of the index does not match its checksum")
    content: dict[str, Any] = json.loads(text)
    if content["format"] != FORMAT:
        raise IndexDamagedError(f"the index has format {content['format']}, this version reads {FORMAT}")
    manifest = Manifest(tuple(content["bodies"]), tuple(content["heads"]), content["next"])
    return SeenManifest(path, manifest, inode, mapped)


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Put a manifest in place, whole, and see it on the disk. Only with the writers' lock."""
    content = {"format": FORMAT, "bodies": manifest.bodies, "heads": manifest.heads, "next": manifest.next}
    text = json.dumps(content).encode()
    new = directory / f"{NAME}.new"
    with new.open("wb") as file:
        file.write(b"%08x\n%s" % (zlib.crc32(text), text))
        file.flush()
        os.fsync(file.fileno())
    new.replace(directory / NAME)
    sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """See the names in a directory on the disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
