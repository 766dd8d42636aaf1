"""Checks of what is known about media: the hash index and the catalogue. Both can be made anew; neither is evidence."""

from collections.abc import Iterator

from jacana.cli.doctor_machine import Result, State
from jacana.detect.media.catalogue.shard import ShardDamagedError
from jacana.detect.media.catalogue.shelf import Catalogue
from jacana.detect.media.index.errors import IndexDamagedError
from jacana.detect.media.index.live import HashIndex
from jacana.settings import LoadedSettings


def check_index(loaded: LoadedSettings) -> Iterator[Result]:
    """Read every byte of the hash index and compare it with its checksums."""
    folder = loaded.settings.resolved_index_dir()
    if not folder.is_dir() or not any(folder.iterdir()):
        yield Result("index", State.OK, "the hash index is made at the first screening")
        return
    remedy = f"stop Jacana and delete {folder}: it is built anew from the database"
    try:
        index = HashIndex.open(folder)
    except IndexDamagedError as damage:
        yield Result("index", State.WRONG, damage.message, remedy)
        return
    try:
        problems = index.verify()
        held = len(index)
    finally:
        index.close()
    for problem in problems:
        yield Result("index", State.WRONG, problem, remedy)
    if not problems:
        yield Result("index", State.OK, f"{held} hashes, every checksum right")


def check_catalogue(loaded: LoadedSettings) -> Iterator[Result]:
    """Open every part of the catalogue."""
    catalogue = Catalogue(loaded.settings.resolved_catalogue_dir())
    hashes, damaged = 0, []
    for part in catalogue.list_parts():
        try:
            hashes += len(part.read())
        except ShardDamagedError:
            damaged.append(part.path.name)
    if damaged:
        says = f"cannot be read, so looking back passes over it: {', '.join(damaged)}"
        yield Result("catalogue", State.WRONG, says, "run `jacana lookback rebuild`")
    else:
        yield Result("catalogue", State.OK, f"{hashes} hashes of screened files to look back over")
