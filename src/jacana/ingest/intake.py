"""Accepts uploads: bytes durable in the spool, then one transaction; acknowledged only after both.

Never looks into the bytes, and never lets the same upload in twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection, Database
from jacana.db.outbox import promise_work
from jacana.db.sealing import FieldSealer
from jacana.ingest import store
from jacana.ingest.objects import IntakeStore
from jacana.ingest.personal import DeviceKeys, TextMask, account_columns, open_email, open_origin, upload_columns
from jacana.ingest.recorded import derive_event_id, seal_event
from jacana.ingest.schema import UploadMetadata
from jacana.ingest.spool import Spool, SpoolFile
from jacana.ingest.surfaces import Surface, legal_basis, require_surface
from jacana.model.account import Account, AccountState
from jacana.model.clock import Clock
from jacana.model.errors import StateConflictError, ThingNotFoundError
from jacana.model.event import EventType
from jacana.model.fault import fault
from jacana.model.ids import new_id
from jacana.model.upload import Upload, UploadPersonal, UploadState
from jacana.settings import Settings


class UploadUnknownError(ThingNotFoundError):
    """There is no upload with this id."""

    code = "ingest.upload_unknown"


class AccountUnknownError(ThingNotFoundError):
    """There is no account with this id."""

    code = "ingest.account_unknown"


class UploadConflictError(StateConflictError):
    """An upload with this network id is there already, with other bytes or another owner."""

    code = "ingest.upload_conflict"
    field = "network_id"
    remedy = "use a new network_id for new bytes; what was received first stays as it is"


class IdempotencyKeyReusedError(StateConflictError):
    """The idempotency key came with a different request before."""

    code = "ingest.idempotency_key_reused"
    field = "Idempotency-Key"
    remedy = "use a new key for a new request, and repeat a request unchanged"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What became of an upload: the row, whether it was there already, and fields that were not kept."""

    upload: Upload
    duplicate: bool
    dropped: tuple[str, ...] = ()
    bytes_kept: bool = False
    """Set on a duplicate whose bytes had been let go and were asked for again."""


@dataclass(frozen=True, slots=True)
class _Request:
    metadata: UploadMetadata
    file: SpoolFile
    key_id: str
    idempotency_key: str | None
    fingerprint: str
    legal_basis: str


class Intake:
    """Takes uploads in, and answers for them to the rest of the flow."""

    def __init__(
        self,
        db: Database,
        spool_dir: Path,
        sealer: FieldSealer,
        clock: Clock,
        settings: Settings,
        mask: TextMask = str,
    ) -> None:
        self._mask = mask
        self._db = db
        self._spool = Spool(spool_dir, settings.upload_max_bytes)
        self._sealer = sealer
        self._clock = clock
        self._settings = settings
        self._devices = DeviceKeys(sealer, settings.device_epoch_days)
        self.objects = IntakeStore(settings.intake_store_url)

    # Taking in

    def require_open(self) -> str:
        """Return the legal basis for screening uploads. Raises SurfaceOffError: ask before reading any byte."""
        return require_surface(self._settings, Surface.UPLOADS)

    def begin(self) -> SpoolFile:
        """Start receiving bytes; the file's name is the id its upload will have. Raises SpoolUnavailableError."""
        return self._spool.begin(new_id("upload"))

    def copy_object(self, path: str, file: SpoolFile) -> None:
        """Copy an object of the intake store into the spool. Blocks. Raises the errors of IntakeStore.read."""
        for chunk in self.objects.read(path):
            file.write(chunk)

    def accept(
        self, metadata: UploadMetadata, file: SpoolFile, *, key_id: str, idempotency_key: str | None = None
    ) -> Acceptance:
        """Make the received bytes and their metadata an upload, in a transaction of its own. Blocks.

        Without an idempotency key the network id serves as one. Raises SurfaceOffError, UploadEmptyError,
        UploadConflictError, IdempotencyKeyReusedError; then nothing was taken and the bytes are gone.
        """
        basis = self.require_open()
        file.keep()
        fault("ingest.after_spool")
        asked = metadata.model_dump_json(exclude={"object"}, exclude_none=True) + file.digests.sha256
        request = _Request(metadata, file, key_id, idempotency_key, self._sealer.blind(asked, "upload.request"), basis)
        try:
            acceptance = store.write_through_races(self._db, lambda connection: self._record(connection, request))
        except StateConflictError:
            file.discard()
            raise
        except BaseException:
            file.release()  # the commit may have happened: the sweep asks the database whose bytes these are
            raise
        if acceptance.duplicate and not acceptance.bytes_kept:
            file.discard()
        else:
            file.release()
        fault("ingest.after_commit")
        return acceptance

    def _record(self, connection: Connection, request: _Request) -> Acceptance:
        lock_log(connection)  # before any row: every transaction that writes the log takes its locks in this order
        now = self._clock()
        earlier = self._find_earlier(connection, request)
        if earlier is not None:
            if request.idempotency_key is not None:
                self._remember(connection, request, earlier.id)
            return Acceptance(earlier, duplicate=True, bytes_kept=self._take_wanted(connection, request, earlier))
        metadata, upload_id, digests = request.metadata, request.file.name, request.file.digests
        account = metadata.account
        facts = account.model_dump(exclude={"id"}, exclude_none=True)
        columns = account_columns(self._sealer, account.id, facts, self._mask)
        store.upsert_account(connection, account.id, columns, now, overwrite=True)
        dropped = self._unread_text(metadata)
        values = {
            "id": upload_id,
            "network_id": metadata.network_id,
            "account_id": account.id,
            "visibility": metadata.visibility.value,
            "state": UploadState.RECEIVED.value,
            "md5": digests.md5,
            "sha1": digests.sha1,
            "sha256": digests.sha256,
            "size_bytes": request.file.size_bytes,
            "file_name": metadata.file_name and self._mask(metadata.file_name),
            "media_type": metadata.media_type,
            "url": metadata.url,
            "caption": None if dropped or metadata.caption is None else self._mask(metadata.caption),
            "uploaded_at": metadata.uploaded_at,
            "received_at": now,
            "spool_name": upload_id,
            **upload_columns(
                self._sealer,
                upload_id,
                ip=metadata.ip,
                port=metadata.port,
                device_id=metadata.device_id,
                device_key=self._devices.blind(metadata.device_id, now) if metadata.device_id else None,
            ),
        }
        store.insert_upload(connection, values)
        store.insert_events(connection, [self._tell(request, values, dropped)])
        if request.idempotency_key is not None:
            self._remember(connection, request, upload_id)
        self._announce(connection, request, values)
        fault("ingest.before_commit")
        return Acceptance(self.load_upload(connection, upload_id), duplicate=False, dropped=dropped)

    def _find_earlier(self, connection: Connection, request: _Request) -> Upload | None:
        """Return the upload this request made before, if it did. Raises the two conflicts."""
        metadata, key = request.metadata, request.idempotency_key
        if key is not None and (asked := store.find_request(connection, request.key_id, key)) is not None:
            if asked.fingerprint != request.fingerprint:
                raise IdempotencyKeyReusedError("this idempotency key belongs to a different request")
            return self.load_upload(connection, asked.subject)
        row = store.find_upload_row(connection, network_id=metadata.network_id)
        if row is None:
            return None
        if (row.sha256, row.account_id) != (request.file.digests.sha256, metadata.account.id):
            what = "bytes" if row.sha256 != request.file.digests.sha256 else "account"
            raise UploadConflictError(f"this network_id was received before with other {what}")
        return store.read_upload(row)

    def _take_wanted(self, connection: Connection, request: _Request, earlier: Upload) -> bool:
        """Keep the bytes of an upload that came again, if a decision waits for them; return whether it does."""
        row = store.find_upload_row(connection, id=earlier.id)
        if row is None or row.bytes_wanted_for is None or row.sha256 != request.file.digests.sha256:
            return False
        now = self._clock()
        store.update_upload(connection, earlier.id, spool_name=request.file.name, bytes_wanted_for=None)
        details = {"decision_id": row.bytes_wanted_for}
        append_entry(connection, AuditEntry(now, f"key:{request.key_id}", "upload.bytes_came", earlier.id, details))
        promise_work(
            connection,
            id=f"bytes-{earlier.id[-26:]}-{request.file.name[-26:]}",
            topic="take_evidence",
            payload={"upload_id": earlier.id, "decision_id": row.bytes_wanted_for},
            not_before=now,
        )
        return True

    def _remember(self, connection: Connection, request: _Request, upload_id: str) -> None:
        key = request.idempotency_key or ""
        if store.find_request(connection, request.key_id, key) is None:
            store.insert_request(
                connection,
                {
                    "key_id": request.key_id,
                    "idempotency_key": key,
                    "fingerprint": request.fingerprint,
                    "subject": upload_id,
                    "created_at": self._clock(),
                },
            )

    def _announce(self, connection: Connection, request: _Request, values: store.Values) -> None:
        details = {name: values[name] for name in ("network_id", "account_id", "visibility", "sha256", "size_bytes")}
        details["legal_basis"] = request.legal_basis
        entry = AuditEntry(values["received_at"], f"key:{request.key_id}", "upload.accepted", values["id"], details)
        append_entry(connection, entry)
        promise_work(
            connection,
            id=f"screen-{values['id']}",
            topic="screen_upload",
            payload={"upload_id": values["id"]},
            not_before=values["received_at"],
        )

    def _tell(self, request: _Request, values: store.Values, dropped: tuple[str, ...]) -> store.Values:
        """Return the event that an upload is too: its caption, its owner's profile, where it came from."""
        metadata, now = request.metadata, values["received_at"]
        event_id = derive_event_id(EventType.UPLOAD_REGISTERED, values["id"])
        given = {
            "id": values["id"],
            "upload_id": metadata.network_id,
            "sha256": values["sha256"],
            **metadata.model_dump(
                mode="json",
                exclude_none=True,
                include={"visibility", "caption", "language", "file_name", "url", "ip", "port", "device_id"},
            ),
            **metadata.account.model_dump(
                mode="json", exclude_none=True, include={"screen_name", "display_name", "bio", "organisation"}
            ),
        }
        payload, sealed = seal_event(
            self._sealer, self._devices, event_id, given, now, dropped=dropped, mask=self._mask
        )
        return {
            "id": event_id,
            "type": EventType.UPLOAD_REGISTERED.value,
            "account_id": metadata.account.id,
            "occurred_at": metadata.uploaded_at or now,
            "received_at": now,
            "payload": payload,
            "sealed": sealed,
            "upload_id": values["id"],
            "fingerprint": request.fingerprint,
        }

    def _unread_text(self, metadata: UploadMetadata) -> tuple[str, ...]:
        off = not legal_basis(self._settings, Surface.PUBLIC_TEXT)
        return ("caption",) if off and metadata.caption is not None else ()

    # Answering

    def load_upload(self, connection: Connection, upload_id: str) -> Upload:
        """Return the upload. Raises UploadUnknownError."""
        row = store.find_upload_row(connection, id=upload_id)
        if row is None:
            raise UploadUnknownError("there is no upload with this id")
        return store.read_upload(row)

    def find_upload(self, connection: Connection, network_id: str) -> Upload | None:
        """Return the upload with the network's own id."""
        row = store.find_upload_row(connection, network_id=network_id)
        return store.read_upload(row) if row is not None else None

    def list_uploads_by_sha256(self, connection: Connection, sha256: str) -> list[Upload]:
        """Return every upload of the identical bytes, oldest first."""
        return [store.read_upload(row) for row in store.list_upload_rows(connection, sha256=sha256)]

    def list_uploads_by_digests(self, connection: Connection, kind: str, digests: Sequence[str]) -> list[Upload]:
        """Return every upload whose `kind` (md5, sha1 or sha256) is one of `digests`."""
        return [
            store.read_upload(row)
            for start in range(0, len(digests), 500)
            for row in store.list_rows_by_digests(connection, kind, digests[start : start + 500])
        ]

    def ask_for_bytes(self, connection: Connection, upload_id: str, decision_id: str) -> None:
        """Record that a decision needs bytes that were let go; the network may send the upload again, unchanged."""
        if not store.update_upload(connection, upload_id, bytes_wanted_for=decision_id):
            raise UploadUnknownError("there is no upload with this id")
        entry = AuditEntry(self._clock(), "system", "upload.bytes_wanted", upload_id, {"decision_id": decision_id})
        append_entry(connection, entry)

    def wants_bytes(self, connection: Connection, upload_id: str) -> bool:
        """Return whether a decision waits for the upload's bytes to be sent again. Raises UploadUnknownError."""
        row = store.find_upload_row(connection, id=upload_id)
        if row is None:
            raise UploadUnknownError("there is no upload with this id")
        return row.bytes_wanted_for is not None

    def list_wanted(self, connection: Connection, limit: int = 1000) -> list[Upload]:
        """Return the uploads whose bytes are asked for again, oldest first."""
        return [store.read_upload(row) for row in store.list_wanted_rows(connection, limit)]

    def list_uploads_of(self, connection: Connection, account_id: str) -> list[Upload]:
        """Return an account's uploads, oldest first."""
        return [store.read_upload(row) for row in store.list_upload_rows(connection, account_id=account_id)]

    def load_account(self, connection: Connection, account_id: str, confirmed_count: int = 0) -> Account:
        """Return the account with its number of uploads. `confirmed_count` belongs to another stage and is passed in.

        Raises AccountUnknownError.
        """
        row = store.find_account_row(connection, account_id)
        if row is None:
            raise AccountUnknownError("there is no account with this id")
        return store.read_account(row, store.count_uploads(connection, account_id), confirmed_count)

    def load_personal(self, connection: Connection, upload_id: str) -> UploadPersonal:
        """Return the upload's personal data, opened. Raises UploadUnknownError or SealedFieldBrokenError."""
        row = store.find_upload_row(connection, id=upload_id)
        if row is None:
            raise UploadUnknownError("there is no upload with this id")
        account = store.find_account_row(connection, row.account_id)
        ip, device_id = open_origin(self._sealer, upload_id, row.ip_sealed, row.device_sealed)
        email = open_email(self._sealer, row.account_id, account.email_sealed if account is not None else None)
        return UploadPersonal(ip=ip, port=row.port, device_id=device_id, email=email)

    def set_upload_state(self, connection: Connection, upload_id: str, state: UploadState) -> None:
        """Record where the upload stands. Raises UploadUnknownError."""
        if not store.update_upload(connection, upload_id, state=state.value):
            raise UploadUnknownError("there is no upload with this id")

    def set_account_state(self, connection: Connection, account_id: str, state: AccountState) -> None:
        """Record what our instructions have made of the account, also of one that is known from events alone.

        The door looks for it here, and what the network tells of it later must not open it again.
        """
        store.set_account_state(connection, account_id, state, self._clock())

    # The spool

    def spool_path(self, connection: Connection, upload_id: str) -> Path | None:
        """Return where the upload's bytes lie, or None once they were dropped. Raises UploadUnknownError."""
        row = store.find_upload_row(connection, id=upload_id)
        if row is None:
            raise UploadUnknownError("there is no upload with this id")
        return self._spool.path(row.spool_name) if row.spool_name else None

    def drop_spool(self, upload_id: str) -> None:
        """Let go of the spooled bytes, in a transaction of its own: they are sealed in the vault, or not needed.

        The row forgets the file first, so a crash in between leaves only something for the sweep.
        """
        with self._db.write() as connection:
            store.update_upload(connection, upload_id, spool_name=None)
        self._spool.drop(upload_id)

    def sweep_spool(self) -> int:
        """Delete files that a crash or a broken connection left behind; return how many. Run it at every start."""

        def is_known(name: str) -> bool:
            with self._db.read() as connection:
                return store.is_spool_name_known(connection, name)

        return self._spool.sweep(is_known)
