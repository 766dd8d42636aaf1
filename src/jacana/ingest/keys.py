"""API keys: 256 random bits shown once, stored as SHA-256, each with the scopes it may use.

A plain hash is enough here: there is nothing to guess in 256 random bits, unlike in a password.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection
from jacana.ingest import store
from jacana.ingest.validation import suggest
from jacana.model.clock import Clock
from jacana.model.errors import CredentialInvalidError, InputInvalidError, PermissionDeniedError, ThingNotFoundError
from jacana.model.ids import new_id

SCOPES = ("uploads:write", "uploads:read", "events:write", "checks:read", "banks:read", "banks:write")
_PREFIX = "jk_"
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


class KeyInvalidError(InputInvalidError):
    """A key cannot be made like this."""

    code = "key.invalid"


class KeyUnknownError(CredentialInvalidError):
    """No key was sent, or none that was ever made here."""

    code = "key.unknown"


class KeyRevokedError(CredentialInvalidError):
    """The key was revoked."""

    code = "key.revoked"


class ScopeMissingError(PermissionDeniedError):
    """The key is good but lacks the scope this needs."""

    code = "key.scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(f"this key lacks the scope {scope}")
        self.scope = scope
        self.remedy = f"use a key with the scope {scope}"


class KeyNotFoundError(ThingNotFoundError):
    """There is no key with this id."""

    code = "key.not_found"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key, without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def actor(self) -> str:
        """The actor its audit entries carry."""
        return f"key:{self.id}"

    def require(self, scope: str) -> None:
        """Raise ScopeMissingError unless the key has the scope."""
        if scope not in self.scopes:
            raise ScopeMissingError(scope)


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A key just made, and its secret, which is shown this once and stored nowhere."""

    key: ApiKey
    secret: str = field(repr=False)


class ApiKeys:
    """Makes, checks and revokes keys."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def create(self, connection: Connection, name: str, scopes: Iterable[str], actor: str) -> CreatedKey:
        """Make a key and return it with its secret, which cannot be had again. Raises KeyInvalidError."""
        wanted = tuple(dict.fromkeys(scopes))
        if not 0 < len(name.strip()) <= 120:
            raise KeyInvalidError("a key needs a name", field="name", remedy="say who will use it, at most 120 letters")
        if not wanted:
            raise KeyInvalidError("a key needs a scope", field="scope", remedy=f"use one of {', '.join(SCOPES)}")
        for scope in wanted:
            if scope not in SCOPES:
                raise KeyInvalidError("unknown scope", field="scope", remedy=suggest(scope, SCOPES))
        key = ApiKey(new_id("key"), name.strip(), wanted, self._clock(), None, None)
        secret = _PREFIX + secrets.token_urlsafe(32)
        store.insert_key(
            connection,
            {
                "id": key.id,
                "name": key.name,
                "secret_hash": _hash_secret(secret),
                "scopes": list(wanted),
                "created_at": key.created_at,
            },
        )
        append_entry(connection, AuditEntry(key.created_at, actor, "key.created", key.id, {"scopes": list(wanted)}))
        return CreatedKey(key, secret)

    def authenticate(self, connection: Connection, secret: str) -> ApiKey:
        """Return the key of this secret. Raises KeyUnknownError or KeyRevokedError."""
        row = store.find_key_row(connection, secret_hash=_hash_secret(secret))
        if row is None:
            raise KeyUnknownError("this API key is not known")
        key = _read_key(row)
        if key.revoked_at is not None:
            raise KeyRevokedError("this API key was revoked")
        return key

    def use_is_due(self, key: ApiKey) -> bool:
        """Return whether a minute has passed since the use of this key was last noted."""
        return key.last_used_at is None or self._clock() - key.last_used_at >= _USE_IS_NOTED_EVERY

    def note_use(self, connection: Connection, key_id: str) -> None:
        """Record that the key was used now."""
        store.update_key(connection, key_id, last_used_at=self._clock())

    def list_keys(self, connection: Connection) -> list[ApiKey]:
        """Return every key, oldest first, revoked ones too."""
        return [_read_key(row) for row in store.list_key_rows(connection)]

    def revoke(self, connection: Connection, key_id: str, actor: str) -> ApiKey:
        """Revoke a key for good; one that is revoked stays as it is. Raises KeyNotFoundError."""
        row = store.find_key_row(connection, id=key_id)
        if row is None:
            raise KeyNotFoundError("there is no API key with this id")
        if row.revoked_at is None:
            now = self._clock()
            store.update_key(connection, key_id, revoked_at=now)
            append_entry(connection, AuditEntry(now, actor, "key.revoked", key_id, {}))
            return replace(_read_key(row), revoked_at=now)
        return _read_key(row)


def _hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _read_key(row: store.Row) -> ApiKey:
    return ApiKey(row.id, row.name, tuple(row.scopes), row.created_at, row.last_used_at, row.revoked_at)
