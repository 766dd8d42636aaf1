"""Where sealed objects lie: a folder, S3, Google Cloud Storage or Azure behind one small port, over obstore.

A put that returned is durable; a put that raised left nothing under its path. Never sees plaintext or a key.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, from_url

from jacana.model.errors import ServiceUnavailableError, SetupInvalidError, ThingNotFoundError

_PART_BYTES = 8 * 2**20
_PARTS_AT_ONCE = 4


class ObjectStoreUnavailableError(ServiceUnavailableError):
    """The object store did not answer, refused, or is full."""

    code = "vault.store_unavailable"


class ObjectStoreUrlInvalidError(SetupInvalidError):
    """The address of an object store cannot be used."""

    code = "vault.store_url_invalid"


class StoredObjectMissingError(ThingNotFoundError):
    """Nothing lies under this path."""

    code = "vault.stored_object_missing"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One entry of a listing."""

    path: str
    size_bytes: int
    modified_at: datetime


class ObjectStore(Protocol):
    """Holds sealed objects under paths like `objects/ab/cd/…`."""

    def put(self, path: str, parts: Iterator[bytes]) -> int:
        """Write the parts one after another and return their size; durable on return.

        If `parts` raises, its error comes through and nothing is left. Raises ObjectStoreUnavailableError.
        """
        ...

    def get_range(self, path: str, start: int, end: int) -> bytes:
        """Return bytes start..end (exclusive) of an object that has them.

        Raises StoredObjectMissingError or ObjectStoreUnavailableError.
        """
        ...

    def find_size(self, path: str) -> int | None:
        """Return the size of the object, None if there is none. Raises ObjectStoreUnavailableError."""
        ...

    def delete(self, path: str) -> None:
        """Delete the object; one that is not there is no error. Raises ObjectStoreUnavailableError."""
        ...

    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        """Yield every object whose path begins with the folder `prefix`. Raises ObjectStoreUnavailableError."""
        ...


class ObstoreObjects:
    """An ObjectStore over any store of obstore; for a folder it also syncs files and folders to the disk."""

    def __init__(self, store: "obstore.store.ObjectStore", folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    def put(self, path: str, parts: Iterator[bytes]) -> int:
        """Write in parts of 8 MiB, four under way at once; see ObjectStore."""
        written = 0

        def count() -> Iterator[bytes]:
            nonlocal written
            for part in parts:
                written += len(part)
                yield part

        with _translate(path):
            obstore.put(self._store, path, count(), chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE)
            found = obstore.head(self._store, path)["size"]
            self._sync(path)
        if found != written:
            raise ObjectStoreUnavailableError(f"the object store kept {found} of {written} bytes")
        return written

    def get_range(self, path: str, start: int, end: int) -> bytes:
        """See ObjectStore."""
        with _translate(path):
            return bytes(obstore.get_range(self._store, path, start=start, end=end))

    def find_size(self, path: str) -> int | None:
        """See ObjectStore."""
        try:
            with _translate(path):
                return obstore.head(self._store, path)["size"]
        except StoredObjectMissingError:
            return None

    def delete(self, path: str) -> None:
        """See ObjectStore."""
        try:
            with _translate(path):
                obstore.delete(self._store, path)
                if self._folder is not None:
                    _sync_folder((self._folder / path).parent)
        except StoredObjectMissingError:
            return

    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        """See ObjectStore."""
        with _translate(prefix):
            for page in obstore.list(self._store, prefix):
                for found in page:
                    yield StoredObject(found["path"], found["size"], found["last_modified"])
        if self._folder is not None:
            yield from _list_unfinished(self._folder, prefix)

    def _sync(self, path: str) -> None:
        """Make a file and its new folders survive a power cut; obstore closes and renames, but does not sync."""
        if self._folder is None:
            return
        file = self._folder / path
        with file.open("rb") as written:
            os.fsync(written.fileno())
        for folder in file.parents:
            _sync_folder(folder)
            if folder == self._folder:
                return


def open_object_store(url: str) -> ObjectStore:
    """Open `file:///folder` (made if missing, mode 0700), `s3://bucket/prefix`, `gs://…`, `az://…` or `memory://`.

    Credentials and endpoints of the cloud stores come from their own environment variables (AWS_…, GOOGLE_…, AZURE_…).
    Raises ObjectStoreUrlInvalidError or ObjectStoreUnavailableError.
    """
    parts = urlsplit(url)
    if parts.scheme == "memory":
        return ObstoreObjects(MemoryStore())
    if parts.scheme == "file":
        return _open_folder(unquote(parts.path), parts.netloc)
    if parts.scheme not in {"s3", "gs", "az"} or not parts.netloc:
        raise ObjectStoreUrlInvalidError(
            "the object store's address is none that Jacana knows",
            remedy="use file:///folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix",
        )
    try:
        return ObstoreObjects(from_url(url))
    except (BaseError, ValueError) as problem:
        reason = str(problem).splitlines()[0]
        raise ObjectStoreUrlInvalidError(
            f"the object store {parts.scheme}://{parts.netloc} cannot be opened: {reason}",
            remedy="set the store's own variables (AWS_…, GOOGLE_…, AZURE_…) as its documentation says",
        ) from None


def _open_folder(path: str, host: str) -> ObjectStore:
    folder = Path(path)
    if host or not folder.is_absolute():
        raise ObjectStoreUrlInvalidError("a folder's address must be absolute", remedy="write file:///absolute/folder")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return ObstoreObjects(LocalStore(folder), folder.resolve())
    except (OSError, BaseError) as problem:
        raise ObjectStoreUnavailableError(
            f"the vault folder {folder} cannot be used ({type(problem).__name__})"
        ) from None


def _list_unfinished(folder: Path, prefix: str) -> Iterator[StoredObject]:
    """Yield what a killed process left half written: obstore names such files `path#number` and lists none of them."""
    for file in sorted((folder / prefix).rglob("*#*")):
        status = file.stat()
        written_at = datetime.fromtimestamp(status.st_mtime, UTC)
        yield StoredObject(file.relative_to(folder).as_posix(), status.st_size, written_at)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translate(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise StoredObjectMissingError(f"nothing is stored under {path}") from None
    except (BaseError, OSError) as problem:
        raise ObjectStoreUnavailableError(f"the object store did not answer ({type(problem).__name__})") from problem
