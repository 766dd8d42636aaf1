"""Folds what has grown into a frozen part, beside readers and writers: they wait only while names are exchanged.

First the head is closed and a new one begun; then the new body is built from the closed heads and the smaller bodies
while everybody goes on; then the manifest names it instead of them. A process killed in between leaves files that no
manifest names, and the next merge removes them.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from jacana.detect.media.index.address import ROW_BITS, Words
from jacana.detect.media.index.body import Body, open_body, write_body
from jacana.detect.media.index.digests import list_head_records, list_records
from jacana.detect.media.index.files import MERGERS, FileLock, name_body, name_head
from jacana.detect.media.index.head import DIGEST_RECORD, Head, HeadLog
from jacana.detect.media.index.manifest import Manifest, read_manifest, write_manifest
from jacana.detect.media.index.parts import find_survivors, list_layers

GROWTH = 3
"""A body is folded in too if it is at most so many times as large as what is folded in already."""

Writing = Callable[[], AbstractContextManager[Any]]


def merge_parts(directory: Path, writing: Writing, *, whole: bool) -> bool:
    """Fold the heads and the smaller bodies, or the whole index, into one body. Return whether there was work to do.

    `writing` takes the writers' lock. One merge at a time: if another process is at it, nothing is done. If the index
    was begun anew meanwhile, what was merged is of no use and is left to the next merge to remove.
    """
    with FileLock(directory / MERGERS).try_hold() as is_ours:
        if not is_ours:
            return False
        manifest = _close_head(directory, writing)
        bodies = [open_body(directory / name) for name in manifest.bodies]
        heads = [Head.open(directory / name) for name in manifest.heads[:-1]]
        kept = 0 if whole else _count_kept(bodies, heads)
        if not heads and (not whole or (len(bodies) < 2 and not any(len(body.removed) for body in bodies))):
            return False
        name = name_body(manifest.next)  # only who merges makes files, so the number is still free
        _write_merged(directory / name, bodies[kept:], heads, is_oldest=kept == 0)
        with writing():
            newest = read_manifest(directory).manifest
            if newest.bodies != manifest.bodies or newest.heads[: len(heads)] != manifest.heads[:-1]:
                return False
            bodies_now, heads_now = (*newest.bodies[:kept], name), newest.heads[len(heads) :]
            write_manifest(directory, Manifest(bodies_now, heads_now, newest.next + 1))
            _sweep(directory)
        return True


def _close_head(directory: Path, writing: Writing) -> Manifest:
    """Begin a new head if the last one holds anything; see the old one on the disk before the new one counts."""
    head = Head.open(directory / read_manifest(directory).manifest.heads[-1])
    head.log.sync()
    with writing():
        _sweep(directory)
        manifest = read_manifest(directory).manifest
        head.advance()
        if not head.size and head.position == head.log.first_position:
            return manifest
        head.log.sync()
        name = name_head(manifest.next)
        HeadLog.create(directory / name, head.position)
        manifest = Manifest(manifest.bodies, (*manifest.heads, name), manifest.next + 1)
        write_manifest(directory, manifest)
        return manifest


def _count_kept(bodies: list[Body], heads: list[Head]) -> int:
    """Return how many of the bodies, oldest first, are so large that they are left alone."""
    size, kept = sum(head.size for head in heads), len(bodies)
    while kept and bodies[kept - 1].size <= GROWTH * size:
        kept -= 1
        size += bodies[kept].size
    return kept


def _write_merged(path: Path, bodies: list[Body], heads: list[Head], *, is_oldest: bool) -> None:
    """Write what survives of these parts as one body."""
    layers = list_layers(bodies, heads)
    digests = [list_records(body.digests) for body in bodies] + [list_head_records(head) for head in heads]
    words: list[Words] = []
    addresses: list[Words] = []
    for at, layer in enumerate(layers):
        later = layers[at + 1 :]
        kept = find_survivors(layer.addresses >> np.uint64(ROW_BITS), later)
        if layer.gone is not None:
            kept &= ~layer.gone
        every = bool(kept.all())  # then there is no need of a copy
        words.append(layer.words if every else layer.words[kept])
        addresses.append(layer.addresses if every else layer.addresses[kept])
        digests[at] = digests[at][find_survivors(digests[at]["number"], later)]
    empty = np.empty(0, np.uint64)
    write_body(
        path,
        np.concatenate([np.empty((0, 4), np.uint64), *words]),
        np.concatenate([empty, *addresses]),
        empty if is_oldest else np.unique(np.concatenate([layer.removed for layer in layers])),
        np.concatenate([np.empty(0, DIGEST_RECORD), *digests]),
    )


def _sweep(directory: Path) -> None:
    """Remove the parts that no manifest names. Who still reads them keeps them until the mapping ends."""
    manifest = read_manifest(directory).manifest
    named = {*manifest.bodies, *manifest.heads}
    for entry in os.scandir(directory):
        if entry.name.startswith(("body-", "head-")) and entry.name not in named:
            (directory / entry.name).unlink(missing_ok=True)
