"""The intake spool: bytes on their way in, hashed as they arrive, durable on disk before anything is acknowledged.

A file's writer holds a lock on it until the database knows the file, so sweeping can never take one that is in use.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from jacana.model.errors import InputInvalidError, InputTooLargeError, ServiceUnavailableError
from jacana.model.upload import Digests

_PART = ".part"


class UploadTooLargeError(InputTooLargeError):
    """The file is larger than upload_max_bytes."""

    code = "ingest.upload_too_large"


class UploadEmptyError(InputInvalidError):
    """The file has no bytes."""

    code = "ingest.upload_empty"


class SpoolUnavailableError(ServiceUnavailableError):
    """The spool folder cannot be written: full, gone or not ours."""

    code = "ingest.spool_unavailable"


class SpoolFile:
    """One file being received. Use as a context: what was not kept and released by its end is deleted."""

    def __init__(self, folder: Path, name: str, max_bytes: int) -> None:
        self.name = name
        self.size_bytes = 0
        self.path = folder / (name + _PART)
        self._max_bytes = max_bytes
        self._hashes = (hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False), hashlib.sha256())
        self._settled = False
        try:
            self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except OSError as problem:
            raise SpoolUnavailableError(f"the intake spool cannot be written ({problem.strerror})") from None
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Append bytes. Raises UploadTooLargeError or SpoolUnavailableError."""
        self.size_bytes += len(chunk)
        if self.size_bytes > self._max_bytes:
            raise UploadTooLargeError(
                f"the file is larger than {self._max_bytes} bytes", field="file", remedy="send a smaller file"
            )
        for one in self._hashes:
            one.update(chunk)
        try:
            self._file.write(chunk)
        except OSError as problem:
            raise SpoolUnavailableError(f"the intake spool cannot be written ({problem.strerror})") from None

    @property
    def digests(self) -> Digests:
        """Digests of the bytes so far."""
        return Digests(*(one.hexdigest() for one in self._hashes))

    def keep(self) -> None:
        """Make the bytes durable under the final name: fsync, rename, fsync the folder. Still locked.

        Raises UploadEmptyError or SpoolUnavailableError.
        """
        if not self.size_bytes:
            raise UploadEmptyError("the file is empty", field="file", remedy="send the bytes of the upload")
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self.path = self.path.rename(self.path.with_name(self.name))
            _sync_folder(self.path.parent)
        except OSError as problem:
            raise SpoolUnavailableError(f"the intake spool cannot be written ({problem.strerror})") from None

    def release(self) -> None:
        """Give the file over to whoever the database says it belongs to (or to the sweep)."""
        self._settled = True
        with suppress(OSError):  # after a failed write, closing tries the same bytes again; keep() has flushed the rest
            self._file.close()

    def discard(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)
        self.release()

    def __enter__(self) -> "SpoolFile":
        """Return the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Delete the file unless it was released or discarded already."""
        if not self._settled:
            self.discard()


class Spool:
    """The folder."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self._max_bytes = max_bytes

    def begin(self, name: str) -> SpoolFile:
        """Start receiving a file under a name nobody else uses. Raises SpoolUnavailableError."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise SpoolUnavailableError(f"the intake spool cannot be made ({problem.strerror})") from None
        return SpoolFile(self.folder, name, self._max_bytes)

    def path(self, name: str) -> Path:
        """Return where a kept file lies."""
        return self.folder / name

    def drop(self, name: str) -> None:
        """Delete a kept file; one that is gone already is fine."""
        self.path(name).unlink(missing_ok=True)

    def sweep(self, is_known: Callable[[str], bool]) -> int:
        """Delete what no writer holds and nobody knows; return how many. Safe beside running writers.

        The lock is taken first: a writer that let go has committed or failed, so `is_known` then tells the truth.
        """
        swept = 0
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            try:
                with path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if path.suffix == _PART or not is_known(path.name):
                        path.unlink(missing_ok=True)
                        swept += 1
            except (BlockingIOError, FileNotFoundError):
                continue
        return swept


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
