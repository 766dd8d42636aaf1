"""Rows of objects and holds. Decides nothing and writes no audit entry: `vault` and `holds` do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from jacana.db.engine import Connection
from jacana.db.tables.preserve import preserve_holds, preserve_objects
from jacana.model.preservation import Hold, HoldReason


@dataclass(frozen=True, slots=True)
class VaultObject:
    """One object as the database knows it. Without a wrapped key it is destroyed; without a path also deleted."""

    sha256: str
    size_bytes: int
    media_type: str | None
    wrapped_key: bytes | None
    object_path: str | None
    key_id: str
    sealed_at: datetime
    destroyed_at: datetime | None = None


def find_object(connection: Connection, sha256: str, *, lock: bool = False) -> VaultObject | None:
    """Return the row, destroyed or not; with `lock` no other transaction may change it or its holds until the end."""
    query = sa.select(preserve_objects).where(preserve_objects.c.sha256 == sha256)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return _object_from(row) if row else None


def insert_object(connection: Connection, row: VaultObject) -> bool:
    """Add a row. Return False, and change nothing, if the object is already there, even from a concurrent writer."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    query = insert(preserve_objects).values(_columns_of(row)).on_conflict_do_nothing()
    return connection.execute(query.returning(preserve_objects.c.sha256)).first() is not None


def replace_object(connection: Connection, row: VaultObject) -> None:
    """Overwrite the row of an object that was destroyed or whose stored bytes are lost."""
    connection.execute(
        preserve_objects.update().where(preserve_objects.c.sha256 == row.sha256).values(_columns_of(row))
    )


def erase_key(connection: Connection, sha256: str, now: datetime) -> None:
    """Null the wrapped key: from the commit on, nobody can open the object."""
    connection.execute(
        preserve_objects.update().where(preserve_objects.c.sha256 == sha256).values(wrapped_key=None, destroyed_at=now)
    )


def forget_path(connection: Connection, sha256: str, path: str) -> None:
    """Record that the sealed bytes of a destroyed object are deleted too."""
    connection.execute(
        preserve_objects.update()
        .where(preserve_objects.c.sha256 == sha256, preserve_objects.c.object_path == path)
        .where(preserve_objects.c.wrapped_key.is_(None))
        .values(object_path=None)
    )


def list_live(connection: Connection, after: str = "", limit: int = 500) -> list[VaultObject]:
    """Return a page of objects that are not destroyed, by SHA-256, behind `after`."""
    rows = connection.execute(
        sa.select(preserve_objects)
        .where(preserve_objects.c.wrapped_key.is_not(None), preserve_objects.c.sha256 > after)
        .order_by(preserve_objects.c.sha256)
        .limit(limit)
    )
    return [_object_from(row) for row in rows]


def measure_live(connection: Connection) -> tuple[int, int]:
    """Return how many objects are not destroyed, and their bytes."""
    row = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(preserve_objects.c.size_bytes), 0)).where(
            preserve_objects.c.wrapped_key.is_not(None)
        )
    ).one()
    return int(row[0]), int(row[1])


def list_half_destroyed(connection: Connection) -> list[VaultObject]:
    """Return objects whose key is gone and whose sealed bytes may still lie in the store."""
    rows = connection.execute(
        sa.select(preserve_objects).where(
            preserve_objects.c.wrapped_key.is_(None), preserve_objects.c.object_path.is_not(None)
        )
    )
    return [_object_from(row) for row in rows]


def list_expired(connection: Connection, now: datetime) -> list[str]:
    """Return live objects that have at least one hold and of whose holds none is live at `now`."""
    hold = preserve_holds.c
    of_object = sa.select(hold.id).where(hold.sha256 == preserve_objects.c.sha256)
    live = of_object.where(hold.released_at.is_(None), sa.or_(hold.ends_at.is_(None), hold.ends_at > now))
    rows = connection.execute(
        sa.select(preserve_objects.c.sha256)
        .where(preserve_objects.c.wrapped_key.is_not(None), of_object.exists(), ~live.exists())
        .order_by(preserve_objects.c.sha256)
    )
    return list(rows.scalars())


def find_paths(connection: Connection, digests: Sequence[str]) -> set[str]:
    """Return the paths that rows of these objects name."""
    rows = connection.execute(
        sa.select(preserve_objects.c.object_path).where(
            preserve_objects.c.sha256.in_(digests), preserve_objects.c.object_path.is_not(None)
        )
    )
    return set(rows.scalars())


def list_holds(connection: Connection, sha256: str) -> list[Hold]:
    """Return every hold of an object, ended and released ones too, in the order they began."""
    rows = connection.execute(
        sa.select(preserve_holds)
        .where(preserve_holds.c.sha256 == sha256)
        .order_by(preserve_holds.c.starts_at, preserve_holds.c.id)
    )
    return [_hold_from(row) for row in rows]


def find_hold(connection: Connection, hold_id: str) -> Hold | None:
    """Return one hold."""
    row = connection.execute(sa.select(preserve_holds).where(preserve_holds.c.id == hold_id)).first()
    return _hold_from(row) if row else None


def find_hold_for(connection: Connection, sha256: str, reason: HoldReason, subject: str) -> Hold | None:
    """Return the one hold of this object for this reason and subject."""
    row = connection.execute(
        sa.select(preserve_holds).where(
            preserve_holds.c.sha256 == sha256, preserve_holds.c.reason == reason, preserve_holds.c.subject == subject
        )
    ).first()
    return _hold_from(row) if row else None


def list_holds_for(connection: Connection, reason: HoldReason, subject: str) -> list[Hold]:
    """Return every hold for this reason and subject, of whichever object, in the order they began."""
    rows = connection.execute(
        sa.select(preserve_holds)
        .where(preserve_holds.c.reason == reason, preserve_holds.c.subject == subject)
        .order_by(preserve_holds.c.starts_at, preserve_holds.c.id)
    )
    return [_hold_from(row) for row in rows]


def save_hold(connection: Connection, hold: Hold) -> None:
    """Insert the hold, or overwrite the one of the same id."""
    values = {
        "sha256": hold.sha256,
        "reason": hold.reason.value,
        "subject": hold.subject,
        "starts_at": hold.starts_at,
        "ends_at": hold.ends_at,
        "released_at": hold.released_at,
    }
    changed = connection.execute(preserve_holds.update().where(preserve_holds.c.id == hold.id).values(values))
    if changed.rowcount == 0:
        connection.execute(preserve_holds.insert().values(id=hold.id, **values))


def _columns_of(row: VaultObject) -> dict[str, object]:
    return {name: getattr(row, name) for name in VaultObject.__slots__}


def _object_from(row: sa.Row[tuple[object, ...]]) -> VaultObject:
    return VaultObject(**{name: getattr(row, name) for name in VaultObject.__slots__})


def _hold_from(row: sa.Row[tuple[object, ...]]) -> Hold:
    return Hold(row.id, row.sha256, HoldReason(row.reason), row.subject, row.starts_at, row.ends_at, row.released_at)
