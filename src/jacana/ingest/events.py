"""Takes batches of events: each item judged on its own, all good ones in one transaction, acknowledged after it.

Text and personal data are stored only sealed; text without a legal basis is not stored at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection, Database
from jacana.db.sealing import FieldSealer
from jacana.ingest import store
from jacana.ingest.personal import DeviceKeys, TextMask, account_columns
from jacana.ingest.recorded import derive_event_id, open_event, seal_event
from jacana.ingest.schema import parse_event
from jacana.ingest.surfaces import Surface, SurfaceOffError, legal_basis, require_surface
from jacana.ingest.validation import FieldProblem, FieldsInvalidError
from jacana.model.clock import Clock
from jacana.model.errors import ThingNotFoundError
from jacana.model.event import Event, EventType
from jacana.settings import Settings

SURFACE_OF: dict[EventType, Surface | None] = {
    EventType.ACCOUNT_CREATED: Surface.ACCOUNTS,
    EventType.ACCOUNT_UPDATED: Surface.ACCOUNTS,
    EventType.SESSION_STARTED: Surface.ACCOUNTS,
    EventType.SESSION_ENDED: Surface.ACCOUNTS,
    EventType.UPLOAD_REGISTERED: Surface.UPLOADS,
    EventType.VISIBILITY_CHANGED: Surface.UPLOADS,
    EventType.VIDEO_VIEWED: Surface.ACCOUNTS,
    EventType.MESSAGE_SENT: None,
    EventType.COMMENT_POSTED: None,
    EventType.SEARCH_PERFORMED: None,
    EventType.FOLLOW: Surface.ACCOUNTS,
    EventType.PASSWORD_CHANGED: Surface.ACCOUNTS,
    EventType.RECOVERY_CHANGED: Surface.ACCOUNTS,
    EventType.INSTRUMENT_ADDED: Surface.ACCOUNTS,
    EventType.INVITATION_USED: Surface.ACCOUNTS,
    EventType.TEXT_CHECKED: None,
    EventType.NOTICE_RECEIVED: None,
}
"""The surface that must be on for an event to be taken; None: always taken."""

TEXT_SURFACE_OF: dict[EventType, tuple[str, Surface]] = {
    EventType.UPLOAD_REGISTERED: ("caption", Surface.PUBLIC_TEXT),
    EventType.COMMENT_POSTED: ("text", Surface.PUBLIC_TEXT),
    EventType.SEARCH_PERFORMED: ("text", Surface.PUBLIC_TEXT),
    EventType.MESSAGE_SENT: ("text", Surface.MESSAGES),
    EventType.TEXT_CHECKED: ("text", Surface.PUBLIC_TEXT),
}
"""The text of an event, and the surface that must be on for it to be kept."""

_ABOUT_ACCOUNTS = (EventType.ACCOUNT_CREATED, EventType.ACCOUNT_UPDATED)
_BY_OWNER = frozenset({EventType.VISIBILITY_CHANGED, EventType.UPLOAD_REGISTERED})
_CONFLICT_REMEDY = "use a new id for a new event, and repeat an event unchanged"


class EventUnknownError(ThingNotFoundError):
    """There is no event with this id."""

    code = "ingest.event_unknown"


class EventStatus(StrEnum):
    """What became of one item."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class EventResult:
    """The answer to one item. `id` is the network's id of the event if it could be read; `problems` if refused."""

    index: int
    id: str | None
    status: EventStatus
    problems: tuple[FieldProblem, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(slots=True)
class _Item:
    index: int
    record: Any
    row_id: str
    fingerprint: str
    upload_id: str | None = None
    dropped: tuple[str, ...] = field(default=())

    @property
    def type(self) -> EventType:
        return EventType(self.record.type)

    @property
    def about_upload(self) -> str | None:
        """The network's id of the upload the event is about."""
        about: str | None = getattr(self.record, "upload_id", None)
        return about


class EventLog:
    """The log of what happened on the network."""

    def __init__(
        self, db: Database, sealer: FieldSealer, clock: Clock, settings: Settings, mask: TextMask = str
    ) -> None:
        self._mask = mask
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self._settings = settings
        self._devices = DeviceKeys(sealer, settings.device_epoch_days)

    def append(self, items: Sequence[object], actor: str, prefix: str = "events[{index}]") -> list[EventResult]:
        """Take a batch, in a transaction of its own; return one result per item, in order. Blocks.

        A result says `accepted` only after the commit. `prefix` is how the caller names an item in field paths.
        Raises DatabaseUnavailableError, and then nothing of the batch was taken.
        """
        refused: list[EventResult] = []
        read: list[_Item] = []
        for index, raw in enumerate(items):
            try:
                read.append(self._read(index, raw, prefix.format(index=index)))
            except FieldsInvalidError as problem:
                refused.append(_refuse(index, _readable_id(raw), problem.problems))
            except SurfaceOffError as problem:
                detail = FieldProblem(problem.code, problem.message, problem.field, problem.remedy)
                refused.append(_refuse(index, _readable_id(raw), (detail,)))
        judged: list[EventResult] = []
        if read:
            judged = store.write_through_races(
                self._db, lambda connection: self._record(connection, read, actor, prefix)
            )
        return sorted([*refused, *judged], key=lambda result: result.index)

    def list_events(self, connection: Connection, account_id: str, limit: int = 1000) -> list[Event]:
        """Return an account's events, newest first, without what is sealed."""
        return [store.read_event(row) for row in store.list_event_rows(connection, account_id, limit)]

    def list_after(self, connection: Connection, sequence: int, limit: int) -> list[tuple[Event, dict[str, str]]]:
        """Return the events after a place in the log with their sealed fields opened, in the order of commits.

        Raises SealedFieldBrokenError.
        """
        rows = store.list_rows_after(connection, sequence, limit)
        return [(store.read_event(row), open_event(self._sealer, row.id, row.sealed)) for row in rows]

    def load_events(self, connection: Connection, sequences: Sequence[int]) -> list[tuple[Event, dict[str, str]]]:
        """Return the events at these places, opened, in the order of commits; what is gone is left out."""
        rows = store.list_rows_at(connection, sequences)
        return [(store.read_event(row), open_event(self._sealer, row.id, row.sealed)) for row in rows]

    def next_sequence(self, connection: Connection, after: int) -> int | None:
        """Return the place of the first event after one, without opening it; None if there is none."""
        return store.next_sequence(connection, after)

    def last_sequence(self, connection: Connection) -> int:
        """Return the place of the newest event; 0 if there is none."""
        return store.last_sequence(connection)

    def forget_before(self, connection: Connection, limit: datetime, worked_until: int, at_once: int) -> list[int]:
        """Delete up to `at_once` events that were received before `limit` and are worked; return their places."""
        return store.delete_events_before(connection, limit, worked_until, at_once)

    def find_event(self, connection: Connection, event_id: str) -> tuple[Event, dict[str, str]] | None:
        """Return one event with its sealed fields opened; None if it is gone. Raises SealedFieldBrokenError."""
        row = store.find_event_row(connection, event_id)
        return None if row is None else (store.read_event(row), open_event(self._sealer, row.id, row.sealed))

    def open_sealed(self, connection: Connection, event_id: str) -> dict[str, str]:
        """Return the sealed fields of one event. Raises EventUnknownError or SealedFieldBrokenError."""
        row = store.find_event_row(connection, event_id)
        if row is None:
            raise EventUnknownError("there is no event with this id")
        return open_event(self._sealer, event_id, row.sealed)

    def _read(self, index: int, raw: object, prefix: str) -> _Item:
        """Return the item ready to be stored. Raises FieldsInvalidError or SurfaceOffError."""
        record = parse_event(raw, prefix)
        kind = EventType(record.type)
        surface = SURFACE_OF[kind]
        if surface is not None:
            require_surface(self._settings, surface, f"{prefix}.type" if prefix else "type")
        row_id = derive_event_id(kind, record.id)
        item = _Item(
            index, record, row_id, self._sealer.blind(record.model_dump_json(exclude_unset=True), "event.fingerprint")
        )
        if kind in TEXT_SURFACE_OF:
            name, needed = TEXT_SURFACE_OF[kind]
            if kind is EventType.TEXT_CHECKED and record.field == "message":
                needed = Surface.MESSAGES
            if getattr(record, name) is not None and not legal_basis(self._settings, needed):
                item.dropped = (name,)
        return item

    def _record(self, connection: Connection, items: list[_Item], actor: str, prefix: str) -> list[EventResult]:
        lock_log(connection)  # before any row: every transaction that writes the log takes its locks in this order
        now = self._clock()
        known = store.load_fingerprints(connection, {item.row_id for item in items})
        uploads = store.load_uploads(connection, {item.about_upload for item in items if item.about_upload})
        results: list[EventResult] = []
        new: list[_Item] = []
        for item in items:
            earlier = known.get(item.row_id)
            upload = uploads.get(item.about_upload or "")
            item.upload_id = upload.id if upload is not None else None
            problem = _find_problem(item, earlier, upload, prefix.format(index=item.index))
            if problem is not None:
                results.append(_refuse(item.index, item.record.id, (problem,)))
            elif earlier is not None:
                results.append(EventResult(item.index, item.record.id, EventStatus.DUPLICATE))
            else:
                known[item.row_id] = item.fingerprint
                new.append(item)
                results.append(EventResult(item.index, item.record.id, EventStatus.ACCEPTED, dropped=item.dropped))
        # By account, so that two batches never wait for each other's accounts; by time, so that the latest fact wins.
        for item in sorted(new, key=lambda item: (item.record.account_id, item.record.occurred_at, item.index)):
            self._apply(connection, item, now)
        store.insert_events(connection, [self._row(item, now) for item in new])
        if new:
            counts = {"accepted": len(new), "judged": len(items)}
            append_entry(connection, AuditEntry(now, actor, "events.accepted", new[0].row_id, counts))
        return results

    def _apply(self, connection: Connection, item: _Item, now: datetime) -> None:
        record = item.record
        if item.type in _ABOUT_ACCOUNTS:
            latest = not store.has_newer_event(connection, _ABOUT_ACCOUNTS, record.account_id, record.occurred_at)
            facts = record.model_dump(exclude_unset=True)
            if item.type is EventType.ACCOUNT_CREATED:
                facts = {name: value for name, value in facts.items() if value is not None}
                facts["created_at"] = record.occurred_at
            columns = account_columns(self._sealer, record.account_id, facts, self._mask)
            store.upsert_account(connection, record.account_id, columns, now, overwrite=latest)
        elif item.type is EventType.VISIBILITY_CHANGED and item.upload_id is not None:
            changed = (EventType.VISIBILITY_CHANGED,)
            if not store.has_newer_event(connection, changed, record.account_id, record.occurred_at, item.upload_id):
                store.update_upload(connection, item.upload_id, visibility=record.visibility.value)

    def _row(self, item: _Item, now: datetime) -> store.Values:
        given = item.record.model_dump(mode="json", exclude_none=True, exclude={"type", "account_id", "occurred_at"})
        payload, sealed = seal_event(
            self._sealer, self._devices, item.row_id, given, now, dropped=item.dropped, mask=self._mask
        )
        return {
            "id": item.row_id,
            "type": item.type.value,
            "account_id": item.record.account_id,
            "occurred_at": item.record.occurred_at,
            "received_at": now,
            "payload": payload,
            "sealed": sealed,
            "upload_id": item.upload_id,
            "fingerprint": item.fingerprint,
        }


def _find_problem(item: _Item, earlier: str | None, upload: store.Row | None, prefix: str) -> FieldProblem | None:
    if earlier is not None and earlier != item.fingerprint:
        where = f"{prefix}.id" if prefix else "id"
        return FieldProblem("ingest.event_conflict", "was received before with other fields", where, _CONFLICT_REMEDY)
    if (
        earlier is not None
        or upload is None
        or item.type not in _BY_OWNER
        or upload.account_id == item.record.account_id
    ):
        return None
    where = f"{prefix}.account_id" if prefix else "account_id"
    remedy = "send the id of the upload's owner"
    return FieldProblem("ingest.upload_of_another", "does not own this upload", where, remedy)


def _refuse(index: int, id: str | None, problems: tuple[FieldProblem, ...]) -> EventResult:
    return EventResult(index, id, EventStatus.REFUSED, problems)


def _readable_id(raw: object) -> str | None:
    """Return the id of an item that was refused, if it has one that can be repeated in an answer."""
    sent = raw.get("id") if isinstance(raw, dict) else None
    return sent if isinstance(sent, str) and sent.isprintable() and len(sent) <= 200 else None
