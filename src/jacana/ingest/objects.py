"""Reads uploads that a network leaves in an object store instead of sending their bytes. Never writes there."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, InvalidPathError, NotFoundError
from obstore.store import LocalStore, from_url

from jacana.model.errors import InputInvalidError, ServiceUnavailableError, SetupInvalidError

PATH_MAX_BYTES = 1024
"""The longest name S3 and Google Cloud Storage give an object, in UTF-8."""

_CHUNK_BYTES = 2**20
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_STAGED = re.compile(r"#\d+\Z")
"""How obstore names a file of a folder that is still being written; it opens none of that name."""

_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP})


class IntakeStoreUnsetError(InputInvalidError):
    """An upload refers to an object, but there is no store to look in."""

    code = "ingest.store_not_configured"


class IntakeStoreInvalidError(SetupInvalidError):
    """intake_store_url cannot be opened."""

    code = "ingest.store_invalid"


class ObjectMissingError(InputInvalidError):
    """The intake store has no such object, or the path is not a path inside it."""

    code = "ingest.object_missing"


class IntakeStoreDownError(ServiceUnavailableError):
    """The intake store did not answer."""

    code = "ingest.store_unavailable"


class IntakeStore:
    """The store at intake_store_url; an empty URL means there is none."""

    def __init__(self, url: str) -> None:
        self._store = None
        if url:
            try:
                self._store = from_url(url)
            except (BaseError, ValueError):
                raise IntakeStoreInvalidError(
                    "intake_store_url cannot be opened", remedy="use file:///folder, s3://…, gs://… or az://…"
                ) from None

    def read(self, path: str) -> Iterator[bytes]:
        """Yield the object's bytes in chunks. Blocks: call it in a thread.

        Raises IntakeStoreUnsetError, ObjectMissingError or IntakeStoreDownError, all before or between chunks.
        """
        if self._store is None:
            raise IntakeStoreUnsetError(
                "this Jacana has no intake store",
                field="object",
                remedy="send the bytes as multipart/form-data, or have the operator set intake_store_url",
            )
        if not _is_path(path):
            raise _object_missing("is not a path inside the intake store")
        if isinstance(self._store, LocalStore):
            path = _resolve(self._store, path)
        try:
            for chunk in obstore.get(self._store, path).stream(min_chunk_size=_CHUNK_BYTES):
                yield bytes(chunk)
        except (NotFoundError, FileNotFoundError, InvalidPathError, ValueError):
            raise _object_missing("is not in the intake store") from None
        except (BaseError, OSError) as problem:
            raise IntakeStoreDownError(f"the intake store did not answer ({type(problem).__name__})") from None


def _is_path(path: str) -> bool:
    if _CONTROL.search(path) or len(path.encode()) > PATH_MAX_BYTES:
        return False
    return not any(part in {"", ".", ".."} for part in path.split("/"))


def _resolve(store: LocalStore, path: str) -> str:
    """Return the path in a folder without links in it.

    Raises ObjectMissingError if it leads out of the folder or to no file, IntakeStoreDownError if that cannot be told.
    """
    root = Path(os.path.realpath(store.prefix or "/"))
    real = Path(os.path.realpath(root / path))  # Path.resolve raises on a circle of links
    if not root.is_dir():
        raise IntakeStoreDownError("the intake store's folder is not there")
    try:
        is_file = stat.S_ISREG(real.stat().st_mode)
    except OSError as problem:
        if problem.errno not in _NO_FILE:
            raise IntakeStoreDownError(f"the intake store did not answer ({type(problem).__name__})") from None
        is_file = False
    if not is_file or not real.is_relative_to(root) or _STAGED.search(real.name):
        raise _object_missing("is not in the intake store")
    return str(real.relative_to(root))


def _object_missing(what: str) -> ObjectMissingError:
    return ObjectMissingError(
        f"object: {what}", field="object", remedy="send the path as the store lists it, without a leading slash"
    )
