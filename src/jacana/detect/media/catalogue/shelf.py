"""The catalogue on disk: numbered parts, the last of which is an open log. What was appended is there after a crash.

A part is either a log (`000007.log`) or, once sealed, a shard (`000007.shard` or `.parquet`); its number stays, so that
a look-back that did part 7 never does it twice.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from jacana.detect.media.catalogue.shard import (
    MAX_HASHES,
    Shard,
    ShardDamagedError,
    collect_shard,
    list_files,
    read_log,
    read_shard,
    write_block,
    write_shard,
)
from jacana.detect.media.hashing.frames import unpack_frames, unpack_windows
from jacana.model.errors import ServiceUnavailableError
from jacana.model.media import MediaFacts

_LOG = ".log"
_SEALED = (".shard", ".parquet")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CatalogueUnavailableError(ServiceUnavailableError):
    """The catalogue's folder cannot be written: full, gone or not ours."""

    code = "catalogue.unavailable"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the catalogue. `path` may change when it is sealed, `number` does not."""

    number: int
    path: Path

    @property
    def is_log(self) -> bool:
        """Whether the part may still grow."""
        return self.path.suffix == _LOG

    def read(self) -> Shard:
        """Return its content now, though the log may have been sealed since it was listed. Raises ShardDamagedError."""
        if not self.is_log:
            return read_shard(self.path)
        try:
            return read_log(self.path)[0]
        except FileNotFoundError:
            for suffix in _SEALED:
                if (sealed := self.path.with_suffix(suffix)).exists():
                    return read_shard(sealed)
            raise

    def count(self) -> int:
        """Return how many hashes it holds; none if it cannot be read."""
        try:
            return len(self.read())
        except (ShardDamagedError, OSError):
            return 0


class Catalogue:
    """The catalogue in one folder. Safe for several threads and processes; sealing and forgetting are explicit."""

    def __init__(self, directory: Path, *, parquet: bool = False, max_hashes: int = MAX_HASHES) -> None:
        self.directory = directory
        self._suffix = ".parquet" if parquet else ".shard"
        self._max_bytes = max_hashes * 32

    def append(self, facts: MediaFacts) -> int:
        """Keep the hashes of a screened file's frames and windows, durably; return how many.

        A file may be appended again: a look-back finds it once all the same. Raises CatalogueUnavailableError.
        """
        pdq = np.concatenate([unpack_frames(facts.frames).pdq, unpack_windows(facts.windows).pdq])
        block = write_block(bytes.fromhex(facts.sha256), _to_micros(facts.analysed_at), pdq)
        try:
            with self._locked():
                self._write(block)
        except OSError as problem:
            raise CatalogueUnavailableError(f"the catalogue cannot be written ({problem.strerror})") from problem
        return len(pdq)

    def list_parts(self) -> list[Part]:
        """Return the parts by number. A log that was sealed as we looked counts once, as its shard."""
        found: dict[int, Path] = {}
        paths = self.directory.iterdir() if self.directory.is_dir() else ()
        for path in sorted(paths, key=lambda path: path.suffix == _LOG, reverse=True):
            if path.suffix in {_LOG, *_SEALED} and path.stem.isdecimal():
                found[int(path.stem)] = path
        return [Part(number, found[number]) for number in sorted(found)]

    def seal_full(self) -> list[Part]:
        """Turn every log but the last into a shard; slow, and safe at any moment. Return the new shards."""
        with self._keeping():
            return self._seal_full()

    def _seal_full(self) -> list[Part]:
        sealed = []
        for part in [part for part in self.list_parts() if part.is_log][:-1]:
            path = part.path.with_suffix(self._suffix)
            try:
                write_shard(path, part.read())
            except ShardDamagedError:
                continue  # a look-back says so; `jacana lookback rebuild` sets it aside
            part.path.unlink()
            sealed.append(Part(part.number, path))
        for part in self.list_parts():  # a crash between the two steps above leaves both
            if not part.is_log:
                part.path.with_suffix(_LOG).unlink(missing_ok=True)
        return sealed

    def set_aside_damaged(self) -> list[Part]:
        """Rename every part that cannot be read to `….damaged`, so that what it held can be appended again."""
        damaged = []
        with self._keeping():
            for part in self.list_parts():
                try:
                    part.read()
                except ShardDamagedError:
                    part.path.rename(part.path.with_name(part.path.name + ".damaged"))
                    damaged.append(part)
        return damaged

    def forget_before(self, moment: datetime) -> int:
        """Drop what was screened before a moment; return how many files that was. The open log is left alone."""
        with self._keeping():
            return self._forget_before(moment)

    def _forget_before(self, moment: datetime) -> int:
        limit, dropped = _to_micros(moment), 0
        for part in self.list_parts():
            if part.is_log:
                continue
            try:
                shard = part.read()
            except ShardDamagedError:
                continue
            old = int((shard.screened_at < limit).sum())
            if not old:
                continue
            dropped += old
            kept = collect_shard(file for file in list_files(shard) if file[1] >= limit)
            if len(kept.sha256):
                write_shard(part.path, kept)
            else:
                part.path.unlink()
        return dropped

    def _write(self, block: bytes) -> None:
        logs = [part for part in self.list_parts() if part.is_log]
        path = logs[-1].path if logs else self._name_next()
        if path.exists() and path.stat().st_size >= self._max_bytes:
            path = self._name_next()
        with path.open("ab") as file:
            end = file.tell()
            try:
                file.write(block)
                file.flush()
                os.fdatasync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), end)  # a half-written record must not stand before the next one
                raise

    def _name_next(self) -> Path:
        numbers = [part.number for part in self.list_parts()]
        return self.directory / f"{max(numbers, default=0) + 1:06d}{_LOG}"

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Be the only one who seals, forgets or sets aside; appending goes on."""
        if not self.directory.is_dir():
            yield  # there is nothing to keep
            return
        with (self.directory / "keeping").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the writers' lock, and cut off what a crashed writer left unfinished at the end of the open log."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("a+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.seek(0)
            if lock.read(1) == b"w":  # somebody died while writing
                self._mend_log()
            _mark(lock.fileno(), b"w")
            yield
            _mark(lock.fileno(), b" ")

    def _mend_log(self) -> None:
        """Cut the open log to its whole records; if it is damaged further up, begin another: screening must go on."""
        logs = [part.path for part in self.list_parts() if part.is_log]
        if not logs:
            return
        try:
            _, whole = read_log(logs[-1])
        except ShardDamagedError:
            self._name_next().touch()
        else:
            os.truncate(logs[-1], whole)


def _mark(descriptor: int, byte: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, byte, 0)


def _to_micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
