"""Locks between processes, and the names of the files of an index."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WRITERS = "writers.lock"
MERGERS = "mergers.lock"


def name_body(number: int) -> str:
    """Return the name of a frozen part."""
    return f"body-{number}"


def name_head(number: int) -> str:
    """Return the name of a growing part."""
    return f"head-{number}"


class FileLock:
    """A lock between processes and threads, held by one of them; the holding thread may take it again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.RLock()
        self._depth = 0

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Wait for the lock and hold it. The kernel frees it when a process dies."""
        with self._threads:
            if self._depth:
                yield
                return
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                self._depth += 1
                yield
            finally:
                self._depth = 0
                fcntl.flock(descriptor, fcntl.LOCK_UN)  # for a child too that was forked meanwhile
                os.close(descriptor)

    @contextmanager
    def try_hold(self) -> Iterator[bool]:
        """Hold the lock if nobody else does; say whether it is held."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(descriptor)
