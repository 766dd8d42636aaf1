"""The vault: seals evidence once, keeps it while a hold asks for it, and destroys it by destroying its key.

Bytes are sealed outside any transaction; one short transaction then records row, hold and audit entries. Never yields a
byte that was not proven, never before the reading is in the audit log, and never holds a whole object in memory.
"""

import hashlib
import io
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection, Database
from jacana.model.clock import Clock
from jacana.model.errors import InputInvalidError, SetupInvalidError, ThingNotFoundError
from jacana.model.fault import fault
from jacana.model.ids import new_id
from jacana.model.preservation import Hold, HoldReason, PreservationReceipt
from jacana.preserve import envelope, holds, store
from jacana.preserve.envelope import Fetch, Header, VaultObjectBrokenError, VaultSourceMismatchError
from jacana.preserve.objects import ObjectStore
from jacana.preserve.store import VaultObject
from jacana.preserve.verify import PREFIX, VaultProblem, verify_vault


class VaultObjectMissingError(ThingNotFoundError):
    """The vault never held an object of this SHA-256."""

    code = "vault.object_missing"


class VaultObjectDestroyedError(ThingNotFoundError):
    """The object was in the vault; its holds ended and its key was destroyed."""

    code = "vault.object_destroyed"


class VaultSourceMissingError(ThingNotFoundError):
    """The file to be preserved is not there."""

    code = "vault.source_missing"


class VaultRangeInvalidError(InputInvalidError):
    """The range asked for does not lie in the object."""

    code = "vault.range_invalid"


class VaultKeyInvalidError(SetupInvalidError):
    """vault_key is not 32 bytes, or vault_key_id is empty or too long."""

    code = "vault.key_invalid"


class VaultKeyUnknownError(SetupInvalidError):
    """The object's key is wrapped under a key-encryption key that this Jacana was not given."""

    code = "vault.key_unknown"


class Vault:
    """Objects under their SHA-256, each under its own key; `key` (32 bytes) wraps those keys and `key_id` names it."""

    def __init__(self, db: Database, objects: ObjectStore, key: bytes, key_id: str, clock: Clock) -> None:
        if len(key) != 32:
            raise VaultKeyInvalidError("vault_key is not 32 bytes long", remedy="run `jacana init` to make keys")
        if not key_id or len(key_id.encode()) > envelope.KEY_ID_BYTES:
            raise VaultKeyInvalidError("vault_key_id must be 1 to 40 bytes long", remedy="choose a short name like k1")
        self._db = db
        self._objects = objects
        self._key = key
        self._key_id = key_id
        self._clock = clock

    def preserve(
        self,
        source: Path,
        digests_sha256: str,
        size_bytes: int,
        media_type: str | None,
        reason: HoldReason,
        subject: str,
        actor: str,
        ends_at: datetime | None = None,
    ) -> PreservationReceipt:
        """Seal the file and hold it for `reason` and `subject` until `ends_at` (None: until released).

        Opens its own transactions. Bytes already in the vault are not sealed again, only held. Raises
        VaultSourceMismatchError, VaultSourceMissingError, ObjectStoreUnavailableError; then nothing is recorded.
        """

        def open_source() -> BinaryIO:
            try:
                return source.open("rb")
            except FileNotFoundError:
                raise VaultSourceMissingError(f"the file of object {digests_sha256} is gone") from None

        return self._preserve(open_source, digests_sha256, size_bytes, media_type, reason, subject, actor, ends_at)

    def preserve_bytes(
        self,
        data: bytes,
        media_type: str | None,
        reason: HoldReason,
        subject: str,
        actor: str,
        ends_at: datetime | None = None,
    ) -> PreservationReceipt:
        """Seal a small document made by Jacana itself; see `preserve`."""
        sha256 = hashlib.sha256(data).hexdigest()
        return self._preserve(lambda: io.BytesIO(data), sha256, len(data), media_type, reason, subject, actor, ends_at)

    def _preserve(
        self,
        open_source: Callable[[], BinaryIO],
        sha256: str,
        size_bytes: int,
        media_type: str | None,
        reason: HoldReason,
        subject: str,
        actor: str,
        ends_at: datetime | None,
    ) -> PreservationReceipt:
        if not re.fullmatch("[0-9a-f]{64}", sha256):
            raise VaultSourceMismatchError("the recorded digest is not a SHA-256")
        while True:
            sound, lost_path = self._check_sealed(sha256, size_bytes)
            sealed = None if sound else self._seal(open_source, sha256, size_bytes, media_type)
            fault("preserve.after_write")
            now = self._clock()
            with self._db.write() as connection:
                row = self._record_object(connection, sha256, sealed, lost_path, actor, now)
                if row is None:
                    continue  # it was destroyed between the check and this transaction: seal it after all
                starts_at = min(now, ends_at or now)  # a late replay may ask for an end that has passed
                wanted = Hold(new_id("hold"), sha256, reason, subject, starts_at, ends_at)
                hold = holds.place_hold(connection, wanted, actor, now)
            fault("preserve.after_commit")
            if sealed and sealed.object_path and sealed.object_path != row.object_path:
                self._objects.delete(sealed.object_path)  # another writer sealed the same bytes first; its copy stays
            return PreservationReceipt(sha256, row.size_bytes, row.sealed_at, hold.id)

    def _check_sealed(self, sha256: str, size_bytes: int) -> tuple[bool, str | None]:
        """Return whether the object is in the vault, whole; and if its row is but its bytes are not, their path."""
        with self._db.read() as connection:
            row = store.find_object(connection, sha256)
        if row is None or row.wrapped_key is None or row.object_path is None:
            return False, None
        if row.size_bytes != size_bytes:
            raise VaultSourceMismatchError(f"object {sha256} is in the vault with {row.size_bytes} bytes")
        expected = Header(sha256, size_bytes, row.key_id, b"").sealed_bytes
        sound = self._objects.find_size(row.object_path) == expected
        return sound, None if sound else row.object_path

    def _seal(
        self, open_source: Callable[[], BinaryIO], sha256: str, size_bytes: int, media_type: str | None
    ) -> VaultObject:
        """Write the sealed object under a path of its own, so that no other sealing's key can ever meet it."""
        header, data_key = envelope.make_header(sha256, size_bytes, self._key_id), envelope.make_data_key()
        path = f"{PREFIX}/{sha256[:2]}/{sha256[2:4]}/{sha256}.{secrets.token_hex(4)}"
        with open_source() as source:
            self._objects.put(path, envelope.seal_stream(source, header, data_key))
        wrapped = envelope.wrap_key(data_key, self._key, self._key_id, sha256)
        return VaultObject(sha256, size_bytes, media_type, wrapped, path, self._key_id, self._clock())

    def _record_object(
        self,
        connection: Connection,
        sha256: str,
        sealed: VaultObject | None,
        lost_path: str | None,
        actor: str,
        now: datetime,
    ) -> VaultObject | None:
        """Return the row that stands: the one already there, else `sealed`; None if there is neither."""
        cause = "first"
        if sealed is None or not store.insert_object(connection, sealed):
            row = store.find_object(connection, sha256, lock=True)
            if row is not None and row.wrapped_key is not None and row.object_path != lost_path:
                return row
            if sealed is None:
                return None
            store.replace_object(connection, sealed)
            cause = "bytes_lost" if lost_path else "destroyed_before"
        details = {"size_bytes": sealed.size_bytes, "key_id": sealed.key_id, "cause": cause}
        append_entry(connection, AuditEntry(now, actor, "object.preserved", sha256, details))
        return sealed

    def read(self, sha256: str, actor: str, purpose: str) -> Iterator[bytes]:
        """Return the object's bytes as a stream of proven pieces; the whole is proven before the last piece comes.

        Errors that can be known at once are raised here, and the reading is in the audit log when this returns (own
        transaction). Raises VaultObjectMissingError, VaultObjectDestroyedError, VaultKeyUnknownError,
        VaultObjectBrokenError (also while the stream is read), ObjectStoreUnavailableError.
        """
        fetch, header, data_key = self._unlock(sha256)
        self._record_read(sha256, actor, {"purpose": purpose})
        return envelope.open_whole(fetch, header, data_key)

    def read_range(self, sha256: str, start: int, end_exclusive: int, actor: str, purpose: str) -> Iterator[bytes]:
        """Return bytes start..end_exclusive, opening only the chunks they lie in; see `read`.

        An end behind the object's end is cut. Raises VaultRangeInvalidError for a start outside the object.
        """
        fetch, header, data_key = self._unlock(sha256)
        end = min(end_exclusive, header.size_bytes)
        if not 0 <= start < end:
            raise VaultRangeInvalidError(
                f"bytes {start} to {end_exclusive} do not lie in an object of {header.size_bytes} bytes"
            )
        self._record_read(sha256, actor, {"purpose": purpose, "start": start, "end": end})
        return envelope.open_range(fetch, header, data_key, start, end)

    def _unlock(self, sha256: str) -> tuple[Fetch, Header, bytes]:
        with self._db.read() as connection:
            row = _require_live(store.find_object(connection, sha256), sha256)
        return self._open_row(row)

    def _open_row(self, row: VaultObject) -> tuple[Fetch, Header, bytes]:
        """Return what reading needs, after checking key, header and size against the row."""
        path, wrapped = row.object_path, row.wrapped_key
        if row.key_id != self._key_id:
            raise VaultKeyUnknownError(
                f"object {row.sha256} is sealed under key {row.key_id}, and vault_key is {self._key_id}",
                remedy=f"start Jacana with the vault_key and vault_key_id of {row.key_id}",
            )
        if path is None or wrapped is None:
            raise VaultObjectDestroyedError(f"object {row.sha256} was destroyed")
        data_key = envelope.unwrap_key(wrapped, self._key, row.key_id, row.sha256)
        size = self._objects.find_size(path)
        if size is None or size < envelope.HEADER_BYTES:
            raise VaultObjectBrokenError(f"the sealed bytes of object {row.sha256} are not in the store")
        header = envelope.parse_header(self._objects.get_range(path, 0, envelope.HEADER_BYTES))
        if (header.sha256, header.size_bytes, header.sealed_bytes) != (row.sha256, row.size_bytes, size):
            raise VaultObjectBrokenError(f"the sealed bytes of object {row.sha256} do not belong to its row")
        return lambda start, end: self._objects.get_range(path, start, end), header, data_key

    def _record_read(self, sha256: str, actor: str, details: dict[str, object]) -> None:
        with self._db.write() as connection:
            append_entry(connection, AuditEntry(self._clock(), actor, "object.read", sha256, details))

    def check_key(self, connection: Connection) -> bool:
        """Open the key and the header of one object; False if the vault is empty. Writes nothing, reads no content.

        Raises VaultKeyUnknownError, VaultObjectBrokenError or ObjectStoreUnavailableError.
        """
        rows = store.list_live(connection, limit=1)
        for row in rows:
            self._open_row(row)
        return bool(rows)

    def size_of(self, connection: Connection, sha256: str) -> int | None:
        """Return the size of a live object in bytes, None if there is none."""
        row = store.find_object(connection, sha256)
        return row.size_bytes if row and row.wrapped_key is not None else None

    def list_objects(self, connection: Connection, after: str = "", limit: int = 500) -> list[VaultObject]:
        """Return a page of live objects by SHA-256, behind `after`."""
        return store.list_live(connection, after, limit)

    def place_hold(
        self,
        connection: Connection,
        sha256: str,
        reason: HoldReason,
        subject: str,
        starts_at: datetime,
        ends_at: datetime | None,
        actor: str,
    ) -> Hold:
        """Hold a live object; the same reason and subject again can only lengthen the hold.

        Raises VaultObjectMissingError or VaultObjectDestroyedError.
        """
        _require_live(store.find_object(connection, sha256, lock=True), sha256)
        wanted = Hold(new_id("hold"), sha256, reason, subject, starts_at, ends_at)
        return holds.place_hold(connection, wanted, actor, self._clock())

    def release_hold(self, connection: Connection, hold_id: str, actor: str) -> Hold:
        """Release a hold. Raises HoldMissingError, or HoldLockedError where the law fixes the end."""
        return holds.release_hold(connection, hold_id, actor, self._clock())

    def list_holds(self, connection: Connection, sha256: str) -> list[Hold]:
        """Return every hold of an object, ended and released ones too."""
        return store.list_holds(connection, sha256)

    def list_holds_for(self, connection: Connection, reason: HoldReason, subject: str) -> list[Hold]:
        """Return every hold for a reason and subject, of whichever object, ended and released ones too."""
        return store.list_holds_for(connection, reason, subject)

    def find_receipt(self, connection: Connection, sha256: str) -> PreservationReceipt | None:
        """Return the receipt of a live object with the hold that ends last; None if it is not there or not held."""
        row = store.find_object(connection, sha256)
        hold = holds.find_longest(store.list_holds(connection, sha256), self._clock())
        if row is None or row.wrapped_key is None or hold is None:
            return None
        return PreservationReceipt(sha256, row.size_bytes, row.sealed_at, hold.id)

    def list_expired(self, connection: Connection, now: datetime) -> list[str]:
        """Return the objects that `destroy_expired` would destroy."""
        return store.list_expired(connection, now)

    def destroy_expired(self, now: datetime, actor: str = "system") -> list[str]:
        """Destroy each object that has holds of which none is live at `now`; return their SHA-256.

        Opens its own transaction per object: first the key goes, with its audit entry, then the sealed bytes. What a
        crash left between the two is finished by the next call.
        """
        with self._db.read() as connection:
            expired = store.list_expired(connection, now)
        destroyed = [sha256 for sha256 in expired if self._destroy_key(sha256, now, actor)]
        with self._db.read() as connection:
            half = store.list_half_destroyed(connection)
        for row in half:
            if row.object_path:
                self._objects.delete(row.object_path)
                with self._db.write() as connection:
                    store.forget_path(connection, row.sha256, row.object_path)
        return destroyed

    def _destroy_key(self, sha256: str, now: datetime, actor: str) -> bool:
        with self._db.write() as connection:
            row = store.find_object(connection, sha256, lock=True)
            known = store.list_holds(connection, sha256)
            if row is None or row.wrapped_key is None or not known or holds.find_longest(known, now):
                return False  # held again since it was listed
            store.erase_key(connection, sha256, self._clock())
            details = {"size_bytes": row.size_bytes, "holds": [hold.id for hold in known]}
            append_entry(connection, AuditEntry(self._clock(), actor, "object.destroyed", sha256, details))
        return True

    def verify(self, progress: Callable[[int, int], None] | None = None, actor: str = "system") -> list[VaultProblem]:
        """Open every live object whole and look for what the database does not know; see `verify_vault`."""
        return verify_vault(self._db, self._objects, self._open_row, self._clock, actor, progress)


def _require_live(row: VaultObject | None, sha256: str) -> VaultObject:
    if row is None:
        raise VaultObjectMissingError(f"the vault never held object {sha256}")
    if row.wrapped_key is None:
        raise VaultObjectDestroyedError(f"object {sha256} was destroyed when its holds had ended")
    return row
