"""SQL of accounts, uploads, events, idempotency and API keys. No rule lives here but what the columns need."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from jacana.db.engine import Connection, Database
from jacana.db.tables.ingest import (
    ingest_accounts,
    ingest_api_keys,
    ingest_events,
    ingest_idempotency,
    ingest_uploads,
)
from jacana.model.account import Account, AccountState
from jacana.model.event import Event, EventType
from jacana.model.upload import Digests, Upload, UploadState, Visibility

Values = dict[str, Any]
Row = sa.Row[Any]
Result = TypeVar("Result")

_RACES = 5


def write_through_races(database: Database, work: Callable[[Connection], Result]) -> Result:
    """Run `work` in a write transaction of its own, again if another writer inserted the same key first.

    The second run finds what the other wrote, so `work` must look before it inserts.
    """
    for _ in range(_RACES - 1):
        try:
            with database.write() as connection:
                return work(connection)
        except IntegrityError:
            continue
    with database.write() as connection:
        return work(connection)


# Accounts


def find_account_row(connection: Connection, account_id: str, *, lock: bool = False) -> Row | None:
    """Return the row, locked until the end of the transaction if asked."""
    query = sa.select(ingest_accounts).where(ingest_accounts.c.id == account_id)
    return connection.execute(query.with_for_update() if lock else query).first()


def upsert_account(connection: Connection, account_id: str, facts: Values, now: datetime, *, overwrite: bool) -> None:
    """Insert the account, or set `facts` on it; without `overwrite` only where nothing was known."""
    row = find_account_row(connection, account_id, lock=True)
    if row is None:
        connection.execute(
            ingest_accounts.insert().values(
                id=account_id, state=AccountState.ACTIVE.value, first_seen_at=now, updated_at=now, **facts
            )
        )
        return
    known = row._mapping
    changed = {name: value for name, value in facts.items() if overwrite or known[name] is None}
    if changed:
        connection.execute(
            ingest_accounts.update().where(ingest_accounts.c.id == account_id).values(updated_at=now, **changed)
        )


def set_account_state(connection: Connection, account_id: str, state: AccountState, now: datetime) -> None:
    """Set the state of an account. One that is known from events alone gets a row with nothing in it but that."""
    query = ingest_accounts.update().where(ingest_accounts.c.id == account_id)
    if connection.execute(query.values(state=state.value, updated_at=now)).rowcount == 0:
        first = sa.select(sa.func.min(ingest_events.c.occurred_at)).where(ingest_events.c.account_id == account_id)
        seen_at = min(connection.scalar(first) or now, now)
        values = {"id": account_id, "state": state.value, "first_seen_at": seen_at, "updated_at": now}
        connection.execute(ingest_accounts.insert().values(**values))


def count_uploads(connection: Connection, account_id: str) -> int:
    """Return how many uploads the account has sent."""
    query = sa.select(sa.func.count()).where(ingest_uploads.c.account_id == account_id)
    return int(connection.execute(query).scalar_one())


def read_account(row: Row, upload_count: int, confirmed_count: int) -> Account:
    """Return the account a row holds."""
    return Account(
        id=row.id,
        state=AccountState(row.state),
        screen_name=row.screen_name,
        display_name=row.display_name,
        profile_url=row.profile_url,
        bio=row.bio,
        created_at=row.created_at,
        first_seen_at=row.first_seen_at,
        declared_age=row.declared_age,
        organisation=bool(row.organisation),
        upload_count=upload_count,
        confirmed_count=confirmed_count,
    )


# Uploads


def insert_upload(connection: Connection, values: Values) -> None:
    """Insert a row."""
    connection.execute(ingest_uploads.insert().values(**values))


def find_upload_row(connection: Connection, *, id: str | None = None, network_id: str | None = None) -> Row | None:
    """Return the row with this id, or with this network id."""
    column, value = (ingest_uploads.c.id, id) if id is not None else (ingest_uploads.c.network_id, network_id)
    return connection.execute(sa.select(ingest_uploads).where(column == value)).first()


def load_uploads(connection: Connection, network_ids: Iterable[str]) -> dict[str, Row]:
    """Return network id -> row of the uploads that are known."""
    query = sa.select(ingest_uploads).where(ingest_uploads.c.network_id.in_(list(network_ids)))
    return {row.network_id: row for row in connection.execute(query)}


def list_upload_rows(connection: Connection, *, sha256: str | None = None, account_id: str | None = None) -> list[Row]:
    """Return the uploads of these bytes, or of this account, oldest first."""
    column, value = (ingest_uploads.c.sha256, sha256) if sha256 else (ingest_uploads.c.account_id, account_id)
    query = sa.select(ingest_uploads).where(column == value)
    return list(connection.execute(query.order_by(ingest_uploads.c.received_at, ingest_uploads.c.id)))


def update_upload(connection: Connection, upload_id: str, **values: Any) -> bool:
    """Set columns; return whether there was such an upload."""
    query = ingest_uploads.update().where(ingest_uploads.c.id == upload_id).values(**values)
    return connection.execute(query).rowcount == 1


def is_spool_name_known(connection: Connection, name: str) -> bool:
    """Return whether an upload still needs this file of the spool."""
    return (
        connection.execute(sa.select(ingest_uploads.c.id).where(ingest_uploads.c.spool_name == name)).first()
        is not None
    )


def list_rows_by_digests(connection: Connection, kind: str, digests: Iterable[str]) -> list[Row]:
    """Return the uploads whose `md5`, `sha1` or `sha256` is one of these."""
    return list(connection.execute(sa.select(ingest_uploads).where(ingest_uploads.c[kind].in_(list(digests)))))


def list_wanted_rows(connection: Connection, limit: int) -> list[Row]:
    """Return uploads whose bytes are asked for again, oldest first."""
    query = sa.select(ingest_uploads).where(ingest_uploads.c.bytes_wanted_for.is_not(None))
    return list(connection.execute(query.order_by(ingest_uploads.c.received_at, ingest_uploads.c.id).limit(limit)))


def read_upload(row: Row) -> Upload:
    """Return the upload a row holds."""
    return Upload(
        id=row.id,
        network_id=row.network_id,
        account_id=row.account_id,
        visibility=Visibility(row.visibility),
        state=UploadState(row.state),
        digests=Digests(row.md5, row.sha1, row.sha256),
        size_bytes=row.size_bytes,
        received_at=row.received_at,
        uploaded_at=row.uploaded_at,
        file_name=row.file_name,
        media_type=row.media_type,
        url=row.url,
        caption=row.caption,
        device_key=row.device_key,
    )


# Idempotency


def find_request(connection: Connection, key_id: str, idempotency_key: str) -> Row | None:
    """Return what was asked under this key before."""
    table = ingest_idempotency
    query = sa.select(table).where(table.c.key_id == key_id, table.c.idempotency_key == idempotency_key)
    return connection.execute(query).first()


def insert_request(connection: Connection, values: Values) -> None:
    """Remember what was asked and what it made."""
    connection.execute(ingest_idempotency.insert().values(**values))


# Events


def load_fingerprints(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return id -> fingerprint of the events that are there already."""
    query = sa.select(ingest_events.c.id, ingest_events.c.fingerprint).where(ingest_events.c.id.in_(list(ids)))
    return {row.id: row.fingerprint for row in connection.execute(query)}


def insert_events(connection: Connection, rows: list[Values]) -> None:
    """Insert many rows at once, numbered in the order of commits.

    The caller holds the audit log's lock (`lock_log`), so that nobody else numbers events at the same time.
    """
    if rows:
        first = last_sequence(connection) + 1
        numbered = [{**row, "sequence": first + place} for place, row in enumerate(rows)]
        connection.execute(ingest_events.insert(), numbered)


def last_sequence(connection: Connection) -> int:
    """Return the number of the newest event; 0 if there is none."""
    return connection.scalar(sa.select(sa.func.max(ingest_events.c.sequence))) or 0


def next_sequence(connection: Connection, after: int) -> int | None:
    """Return the smallest number after one; None if there is none."""
    query = sa.select(sa.func.min(ingest_events.c.sequence)).where(ingest_events.c.sequence > after)
    found: int | None = connection.scalar(query)
    return found


def list_rows_after(connection: Connection, sequence: int, limit: int) -> list[Row]:
    """Return the rows after a number, in order."""
    query = sa.select(ingest_events).where(ingest_events.c.sequence > sequence)
    return list(connection.execute(query.order_by(ingest_events.c.sequence).limit(limit)))


def list_rows_at(connection: Connection, sequences: Iterable[int]) -> list[Row]:
    """Return the rows with these numbers, in order."""
    query = sa.select(ingest_events).where(ingest_events.c.sequence.in_(list(sequences)))
    return list(connection.execute(query.order_by(ingest_events.c.sequence)))


def delete_events_before(connection: Connection, limit: datetime, worked_until: int, at_once: int) -> list[int]:
    """Delete the oldest rows received before a moment, but none that waits to be worked, and never the newest.

    The newest row's number must not be given twice.
    """
    newest = min(last_sequence(connection) - 1, worked_until)
    query = sa.select(ingest_events.c.sequence).where(
        ingest_events.c.received_at < limit, ingest_events.c.sequence <= newest
    )
    oldest = query.order_by(ingest_events.c.received_at, ingest_events.c.sequence)  # by its index: usually none is due
    gone = list(connection.scalars(oldest.limit(at_once)))
    for start in range(0, len(gone), 500):
        connection.execute(ingest_events.delete().where(ingest_events.c.sequence.in_(gone[start : start + 500])))
    return gone


def has_newer_event(
    connection: Connection,
    types: Iterable[EventType],
    account_id: str,
    occurred_at: datetime,
    upload_id: str | None = None,
) -> bool:
    """Return whether an event of these types that happened later is recorded already."""
    table = ingest_events
    query = sa.select(table.c.id).where(
        table.c.account_id == account_id,
        table.c.occurred_at > occurred_at,
        table.c.type.in_([str(one) for one in types]),
    )
    if upload_id is not None:
        query = query.where(table.c.upload_id == upload_id)
    return connection.execute(query.limit(1)).first() is not None


def list_event_rows(connection: Connection, account_id: str, limit: int) -> list[Row]:
    """Return an account's events, newest first."""
    query = sa.select(ingest_events).where(ingest_events.c.account_id == account_id)
    return list(connection.execute(query.order_by(ingest_events.c.occurred_at.desc(), ingest_events.c.id).limit(limit)))


def find_event_row(connection: Connection, event_id: str) -> Row | None:
    """Return one event's row."""
    return connection.execute(sa.select(ingest_events).where(ingest_events.c.id == event_id)).first()


def read_event(row: Row) -> Event:
    """Return the event a row holds, without what is sealed."""
    return Event(
        id=row.id,
        type=EventType(row.type),
        account_id=row.account_id,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        payload=row.payload,
        upload_id=row.upload_id,
        sequence=row.sequence,
    )


# API keys


def insert_key(connection: Connection, values: Values) -> None:
    """Insert a row."""
    connection.execute(ingest_api_keys.insert().values(**values))


def find_key_row(connection: Connection, *, id: str | None = None, secret_hash: str | None = None) -> Row | None:
    """Return the row with this id, or with this hash of the secret."""
    table = ingest_api_keys
    condition = table.c.id == id if id is not None else table.c.secret_hash == secret_hash
    return connection.execute(sa.select(table).where(condition)).first()


def list_key_rows(connection: Connection) -> list[Row]:
    """Return every key, oldest first."""
    return list(connection.execute(sa.select(ingest_api_keys).order_by(ingest_api_keys.c.created_at)))


def update_key(connection: Connection, key_id: str, **values: Any) -> bool:
    """Set columns; return whether there was such a key."""
    query = ingest_api_keys.update().where(ingest_api_keys.c.id == key_id).values(**values)
    return connection.execute(query).rowcount == 1
