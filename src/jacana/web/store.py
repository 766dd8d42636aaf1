"""SQL of console users and their sessions. Knows hashes only: never a password, never a session token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.web import web_sessions, web_users


@dataclass(frozen=True, slots=True)
class UserRow:
    """One stored user."""

    id: str
    name: str
    role: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None
    failed_logins: int
    locked_until: datetime | None
    known_addresses: tuple[str, ...] = ()
    """Keyed hashes of addresses this user logged in from, the latest last."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One stored session that is alive, and its user."""

    user: UserRow
    csrf_token: str
    expires_at: datetime


def insert_user(connection: Connection, row: UserRow) -> None:
    """Add a user; a name that is taken raises IntegrityError."""
    connection.execute(
        web_users.insert().values(
            id=row.id,
            name=row.name,
            role=row.role,
            password_hash=row.password_hash,
            created_at=row.created_at,
            failed_logins=0,
            known_addresses=[],
        )
    )


def find_user(connection: Connection, name: str) -> UserRow | None:
    """Return the user of that name."""
    row = connection.execute(sa.select(web_users).where(web_users.c.name == name)).first()
    return _user(row) if row else None


def load_user(connection: Connection, user_id: str, *, lock: bool = False) -> UserRow | None:
    """Return the user with this id; `lock` keeps other writers of the row out until commit."""
    query = sa.select(web_users).where(web_users.c.id == user_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return _user(row) if row else None


def list_users(connection: Connection) -> list[UserRow]:
    """Return every user by name."""
    return [_user(row) for row in connection.execute(sa.select(web_users).order_by(web_users.c.name))]


def disable_user(connection: Connection, user_id: str, now: datetime) -> None:
    """Mark the user as disabled."""
    _update(connection, user_id, disabled_at=now)


def save_password(connection: Connection, user_id: str, password_hash: str) -> None:
    """Replace the password hash."""
    _update(connection, user_id, password_hash=password_hash)


def save_failures(connection: Connection, user_id: str, failed_logins: int, locked_until: datetime | None) -> None:
    """Remember wrong passwords in a row, and until when the name is refused."""
    _update(connection, user_id, failed_logins=failed_logins, locked_until=locked_until)


def save_addresses(connection: Connection, user_id: str, known_addresses: tuple[str, ...]) -> None:
    """Remember from where the user logs in."""
    _update(connection, user_id, known_addresses=list(known_addresses))


def insert_session(
    connection: Connection, token_hash: str, user_id: str, csrf_token: str, now: datetime, expires_at: datetime
) -> None:
    """Add a session."""
    connection.execute(
        web_sessions.insert().values(
            token_hash=token_hash, user_id=user_id, csrf_token=csrf_token, created_at=now, expires_at=expires_at
        )
    )


def load_session(connection: Connection, token_hash: str, now: datetime) -> SessionRow | None:
    """Return the session if it has neither ended nor expired and its user is not disabled."""
    found = connection.execute(
        sa.select(web_sessions.c.user_id, web_sessions.c.csrf_token, web_sessions.c.expires_at).where(
            web_sessions.c.token_hash == token_hash,
            web_sessions.c.ended_at.is_(None),
            web_sessions.c.expires_at > now,
        )
    ).first()
    user = load_user(connection, found.user_id) if found else None
    if found is None or user is None or user.disabled_at is not None:
        return None
    return SessionRow(user, found.csrf_token, found.expires_at)


def end_session(connection: Connection, token_hash: str, now: datetime) -> str | None:
    """End a session; return its user's id, or None if there was nothing to end."""
    return connection.execute(
        web_sessions.update()
        .where(web_sessions.c.token_hash == token_hash, web_sessions.c.ended_at.is_(None))
        .values(ended_at=now)
        .returning(web_sessions.c.user_id)
    ).scalar()


def end_user_sessions(connection: Connection, user_id: str, now: datetime) -> None:
    """End every session of the user."""
    connection.execute(
        web_sessions.update()
        .where(web_sessions.c.user_id == user_id, web_sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def _update(connection: Connection, user_id: str, **values: Any) -> None:
    connection.execute(web_users.update().where(web_users.c.id == user_id).values(**values))


def _user(row: Any) -> UserRow:
    return UserRow(
        row.id,
        row.name,
        row.role,
        row.password_hash,
        row.created_at,
        row.disabled_at,
        row.failed_logins,
        row.locked_until,
        tuple(row.known_addresses),
    )
