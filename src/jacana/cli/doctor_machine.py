"""What `jacana doctor` checks about the machine itself. Leaves nothing behind but a probe file it removes."""

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich.filesize import decimal

from jacana.settings import LoadedSettings

LEAST_PYTHON = (3, 11)
LEAST_SQLITE = (3, 35, 0)
"""The first SQLite with RETURNING."""
LEAST_FREE_BYTES = 2**30


class State(StrEnum):
    """How one check came out."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the doctor: what was checked, how it came out, and what to do about it."""

    name: str
    state: State
    says: str
    remedy: str = ""


def check_python(_loaded: LoadedSettings) -> Iterator[Result]:
    """Check that Python is new enough."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < LEAST_PYTHON:
        yield Result("python", State.WRONG, version, "install Python 3.11 or newer")
    else:
        yield Result("python", State.OK, version)


def check_folder(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that the data folder is there, writable, and for Jacana's user only."""
    folder = loaded.settings.data_dir
    if not folder.is_dir():
        yield Result("data folder", State.WRONG, f"{folder} is not there", "run `jacana init`, or set data_dir")
        return
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
    except OSError as problem:
        says = f"{folder} cannot be written ({problem.strerror})"
        yield Result("data folder", State.WRONG, says, "let Jacana's user write it, or set data_dir")
        return
    if folder.stat().st_mode & 0o077:
        yield Result("data folder", State.WARNING, f"{folder} can be read by others", f"chmod 700 {folder}")
    else:
        yield Result("data folder", State.OK, str(folder))


def check_disk(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that there is room for uploads in the spool and for evidence."""
    folder = _find_existing(loaded.settings.data_dir)
    free = shutil.disk_usage(folder).free
    says = f"{decimal(free)} free"
    if free < LEAST_FREE_BYTES:
        yield Result("disk", State.WRONG, says, "make room: an upload that cannot be spooled is refused")
    elif free < 2 * loaded.settings.upload_max_bytes:
        yield Result("disk", State.WARNING, says, "make room for two uploads of upload_max_bytes, or lower it")
    else:
        yield Result("disk", State.OK, says)


def check_sqlite(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that SQLite is new enough and that its write-ahead log works on this file system."""
    if not loaded.settings.resolved_database_url().startswith("sqlite"):
        return
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        yield Result("sqlite", State.WRONG, version, "install a Python with SQLite 3.35 or newer")
        return
    try:
        mode = _probe_wal(_find_existing(loaded.settings.data_dir))
    except (sqlite3.Error, OSError) as problem:
        mode = type(problem).__name__
    if mode == "wal":
        yield Result("sqlite", State.OK, f"{version}, write-ahead log works")
    else:
        remedy = "put data_dir on a local disk (network file systems cannot share memory), or use Postgres"
        yield Result("sqlite", State.WRONG, f"the write-ahead log does not work here ({mode})", remedy)


def check_video(_loaded: LoadedSettings) -> Iterator[Result]:
    """Check that PyAV is there and decodes H.264, the codec most uploads use."""
    try:
        import av
        from av.codec import Codec

        Codec("h264", "r")
    except Exception as problem:  # whatever a broken native library raises, the doctor goes on
        says = f"H.264 cannot be decoded ({type(problem).__name__})"
        yield Result("video", State.WRONG, says, "reinstall the package `av` (its wheels bring FFmpeg)")
        return
    yield Result("video", State.OK, f"PyAV {av.__version__} decodes H.264")


def check_decoder(loaded: LoadedSettings) -> Iterator[Result]:
    """Check that a decoder child starts and that the kernel lets it be locked in."""
    from jacana.detect.media.decoding.analyse import DecoderLimits, probe_sandbox
    from jacana.detect.media.decoding.sandbox import LAYERS

    held = probe_sandbox(DecoderLimits.from_settings(loaded.settings))
    missing = [layer for layer in LAYERS if layer not in held]
    if missing:
        remedy = "allow user namespaces and seccomp for Jacana's user; hostile files are decoded with less protection"
        yield Result("decoder", State.WARNING, f"not held here: {', '.join(missing)}", remedy)
    else:
        yield Result("decoder", State.OK, f"locked in by {len(held)} layers")


def _find_existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    folder = folder.absolute()
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _probe_wal(folder: Path) -> str:
    with tempfile.TemporaryDirectory(dir=folder, prefix="jacana-probe-") as probe:
        connection = sqlite3.connect(Path(probe) / "probe.db")
        try:
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            connection.execute("CREATE TABLE probe (id INTEGER)")
        finally:
            connection.close()
    return str(mode)
