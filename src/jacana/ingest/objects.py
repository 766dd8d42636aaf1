"""Reads uploads that a network leaves in an object store instead of sending their bytes. Never writes there."""

from collections.abc import Iterator

import obstore
from obstore.exceptions import BaseError, InvalidPathError, NotFoundError
from obstore.store import from_url

from jacana.model.errors import InputInvalidError, ServiceUnavailableError, SetupInvalidError

_CHUNK_BYTES = 2**20


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
        if path.startswith("/") or any(part in {"", ".", ".."} for part in path.split("/")):
            raise _object_missing("is not a path inside the intake store")
        try:
            for chunk in obstore.get(self._store, path).stream(min_chunk_size=_CHUNK_BYTES):
                yield bytes(chunk)
        except (NotFoundError, FileNotFoundError, InvalidPathError):
            raise _object_missing("is not in the intake store") from None
        except (BaseError, OSError) as problem:
            raise IntakeStoreDownError(f"the intake store did not answer ({type(problem).__name__})") from None


def _object_missing(what: str) -> ObjectMissingError:
    return ObjectMissingError(
        f"object: {what}", field="object", remedy="send the path as the store lists it, without a leading slash"
    )
