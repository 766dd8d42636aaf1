"""Local users of the console: passwords (argon2id), lock-out, sessions.

Never stores a password or a session token, and never says whether it was the name or the password that was wrong.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection, Database
from jacana.model.clock import Clock
from jacana.model.errors import CredentialInvalidError, InputInvalidError, StateConflictError, ThingNotFoundError
from jacana.model.ids import new_id
from jacana.web import store
from jacana.web.attempts import LoginAttempts, group_address
from jacana.web.permissions import Permission, Role, may

PASSWORD_MIN_LENGTH = 12
PASSWORD_MAX_LENGTH = 1024
NAME_MAX_LENGTH = 80
LOCK_AFTER_FAILURES = 5
LOCK_SECONDS = 15 * 60
HASHES_AT_ONCE = 2
"""One argon2id check takes 64 MiB."""
HASH_WAIT_SECONDS = 5
KNOWN_ADDRESSES = 8


class PasswordWeakError(InputInvalidError):
    """The password is too short, too long, or the user's own name."""

    code = "user.password_weak"


class UserNameInvalidError(InputInvalidError):
    """The name is empty, too long, or holds characters that cannot be read aloud."""

    code = "user.name_invalid"


class UserNameTakenError(StateConflictError):
    """There is a user of that name."""

    code = "user.name_taken"


class UserMissingError(ThingNotFoundError):
    """There is no user of that name."""

    code = "user.missing"


class LoginRefusedError(CredentialInvalidError):
    """Unknown name, wrong password, disabled or locked: the caller is not told which."""

    code = "user.login_refused"


class LoginThrottledError(CredentialInvalidError):
    """Too many attempts from this address, or too many at once: nothing was checked."""

    code = "user.login_throttled"

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class User:
    """One person who may log in. The password hash stays in the store."""

    id: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
    locked_until: datetime | None = None

    def may(self, permission: Permission) -> bool:
        """Return whether the user's role includes the permission."""
        return may(self.role, permission)

    @property
    def actor(self) -> str:
        """Return the actor that audit entries of this user carry."""
        return f"user:{self.id}"


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in that is alive. Forms carry `csrf_token`."""

    user: User
    csrf_token: str
    expires_at: datetime


class Users:
    """The local users."""

    def __init__(self, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)
        self._attempts = LoginAttempts(clock)

    def create(self, connection: Connection, name: str, role: Role, password: str, actor: str) -> User:
        """Add a user. Raises UserNameInvalidError, PasswordWeakError, UserNameTakenError."""
        check_name(name)
        check_password(password, name)
        lock_log(connection)
        if store.find_user(connection, name) is not None:
            raise UserNameTakenError(f"there is a user named {name} already")
        user = User(new_id("user"), name, Role(role), self._clock())
        hashed = self._hasher.hash(password)
        store.insert_user(
            connection, store.UserRow(user.id, name, user.role.value, hashed, user.created_at, None, 0, None)
        )
        self._audit(connection, actor, "user.created", user.id, {"name": name, "role": user.role.value})
        return user

    def list(self, connection: Connection) -> Sequence[User]:
        """Return every user by name, disabled ones included."""
        return [_user(row) for row in store.list_users(connection)]

    def find(self, connection: Connection, name: str) -> User:
        """Return the user of that name. Raises UserMissingError."""
        row = store.find_user(connection, name)
        if row is None:
            raise UserMissingError(f"there is no user named {name}")
        return _user(row)

    def load(self, connection: Connection, user_id: str) -> User | None:
        """Return the user with this id, disabled or not."""
        row = store.load_user(connection, user_id)
        return _user(row) if row else None

    def disable(self, connection: Connection, name: str, actor: str) -> User:
        """Refuse the user from now on and end every session. Raises UserMissingError."""
        lock_log(connection)
        user = self.find(connection, name)
        if user.disabled_at is None:
            store.disable_user(connection, user.id, self._clock())
            store.end_user_sessions(connection, user.id, self._clock())
            self._audit(connection, actor, "user.disabled", user.id, {})
        return self.find(connection, name)

    def set_password(self, connection: Connection, name: str, password: str, actor: str) -> None:
        """Replace the password, lift a lock and end every session. Raises UserMissingError, PasswordWeakError."""
        lock_log(connection)
        user = self.find(connection, name)
        check_password(password, name)
        store.save_password(connection, user.id, self._hasher.hash(password))
        store.save_failures(connection, user.id, 0, None)
        store.end_user_sessions(connection, user.id, self._clock())
        self._audit(connection, actor, "user.password_changed", user.id, {})

    def authenticate(self, database: Database, name: str, password: str, address: str | None = None) -> User:
        """Check a log-in that came from the client address (None: not over the network) and return the user.

        Opens its own transactions: a refusal must be remembered although it raises, and hashing (tens of milliseconds,
        also for an unknown name) must not hold up other writers. After LOCK_AFTER_FAILURES wrong passwords the name is
        refused for LOCK_SECONDS, except for the right password from an address it logged in from before. Raises
        LoginRefusedError, always with the same message, and LoginThrottledError before anything is looked up.
        """
        if address is not None and (wait := self._attempts.admit(address)):
            raise LoginThrottledError(f"too many attempts; wait {wait} seconds and try again", wait)
        with database.read() as connection:
            known = store.find_user(connection, name[:NAME_MAX_LENGTH])
        fits, fresh_hash = self._check(known.password_hash if known else None, password)
        if known is None:
            self._report_unknown(database, address)
        else:
            with database.write() as connection:
                user = self._settle_login(connection, known.id, fits, fresh_hash, address)
            if user is not None:
                return user
        raise LoginRefusedError(
            "the name or the password is wrong, or there were too many attempts; wait and try again"
        )

    def _check(self, password_hash: str | None, password: str) -> tuple[bool, str | None]:
        """Return whether the password fits, and a new hash where the stored one is out of date."""
        if not self._hashing.acquire(timeout=HASH_WAIT_SECONDS):
            raise LoginThrottledError("too many people are logging in; wait a few seconds", HASH_WAIT_SECONDS)
        try:
            fits = self._verify(password_hash or self._unknown_hash, password)
            stale = password_hash is not None and fits and self._hasher.check_needs_rehash(password_hash)
            return fits, self._hasher.hash(password) if stale else None
        finally:
            self._hashing.release()

    def _report_unknown(self, database: Database, address: str | None) -> None:
        count = self._attempts.count_unknown(address) if address is not None else 1
        if count:
            with database.write() as connection:
                details: dict[str, object] = {"because": "unknown", "attempts": count}
                self._audit(connection, "system", "user.login_failed", "unknown", details)

    def _settle_login(
        self, connection: Connection, user_id: str, fits: bool, fresh_hash: str | None, address: str | None
    ) -> User | None:
        lock_log(connection)
        now = self._clock()
        known = store.load_user(connection, user_id, lock=True)
        if known is None:
            return None
        because = _refusal(known, fits, address, now)
        if because is None:
            if not _is_locked(known, now):  # a lock stays for everybody else
                store.save_failures(connection, known.id, 0, None)
            if fresh_hash:
                store.save_password(connection, known.id, fresh_hash)
            store.save_addresses(connection, known.id, _learn_address(known, address, fresh_hash))
            user = _user(known)
            self._audit(connection, user.actor, "user.logged_in", user.id, {})
            return user
        details: dict[str, object] = {"because": because, "name": known.name}
        if because == "password":
            failures = known.failed_logins + 1
            locked = failures >= LOCK_AFTER_FAILURES
            until = now + timedelta(seconds=LOCK_SECONDS) if locked else None
            store.save_failures(connection, known.id, 0 if locked else failures, until)
            details["locked"] = locked
        self._audit(connection, "system", "user.login_failed", known.id, details)
        return None

    def open_session(self, connection: Connection, user: User, now: datetime, hours: int) -> str:
        """Return the token of a new session, 256 random bits in URL-safe base64; only its SHA-256 is stored."""
        token = secrets.token_urlsafe(32)
        store.insert_session(
            connection, _hash_token(token), user.id, secrets.token_urlsafe(32), now, now + timedelta(hours=hours)
        )
        return token

    def load_session(self, connection: Connection, token: str, now: datetime) -> Session | None:
        """Return the session if it is alive and its user not disabled."""
        row = store.load_session(connection, _hash_token(token), now)
        return Session(_user(row.user), row.csrf_token, row.expires_at) if row else None

    def close_session(self, connection: Connection, token: str, now: datetime) -> None:
        """End the session; an unknown or ended one is left alone."""
        lock_log(connection)
        user_id = store.end_session(connection, _hash_token(token), now)
        if user_id is not None:
            self._audit(connection, f"user:{user_id}", "user.logged_out", user_id, {})

    @cached_property
    def _unknown_hash(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(16))

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password[: PASSWORD_MAX_LENGTH + 1])
        except (VerificationError, InvalidHashError):
            return False

    def _audit(self, connection: Connection, actor: str, verb: str, subject: str, details: dict[str, object]) -> None:
        append_entry(connection, AuditEntry(self._clock(), actor, verb, subject, details))


def check_name(name: str) -> None:
    """Raise UserNameInvalidError unless the name is 1 to 80 letters, digits, dots, dashes, underscores or @."""
    if not (0 < len(name) <= NAME_MAX_LENGTH and all(letter.isalnum() or letter in "._-@" for letter in name)):
        raise UserNameInvalidError(
            "that is not a user name",
            field="name",
            remedy=f"use 1 to {NAME_MAX_LENGTH} letters, digits, dots, dashes, underscores or @",
        )


def check_password(password: str, name: str) -> None:
    """Raise PasswordWeakError unless the password is long enough (NIST SP 800-63B: length, no composition rules)."""
    if len(password) < PASSWORD_MIN_LENGTH:
        raise PasswordWeakError(
            f"the password has fewer than {PASSWORD_MIN_LENGTH} characters",
            field="password",
            remedy="use several unrelated words, or let --generate make one",
        )
    if len(password) > PASSWORD_MAX_LENGTH:
        raise PasswordWeakError(
            "the password is too long", field="password", remedy=f"use at most {PASSWORD_MAX_LENGTH} characters"
        )
    if password.strip().casefold() == name.casefold():
        raise PasswordWeakError("the password is the user's name", field="password", remedy="choose another")


def generate_password() -> str:
    """Return a random password of 120 bits in groups that can be typed from paper."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstvwxyz23456789") for _ in range(25))
    return "-".join(letters[start : start + 5] for start in range(0, 25, 5))


def _user(row: store.UserRow) -> User:
    return User(row.id, row.name, Role(row.role), row.created_at, row.disabled_at, row.locked_until)


def _refusal(user: store.UserRow, fits: bool, address: str | None, now: datetime) -> str | None:
    if user.disabled_at is not None:
        return "disabled"
    if _is_locked(user, now) and not (fits and _is_known(user, address)):
        return "locked"
    return None if fits else "password"


def _is_locked(user: store.UserRow, now: datetime) -> bool:
    return user.locked_until is not None and now < user.locked_until


def _is_known(user: store.UserRow, address: str | None) -> bool:
    return address is not None and _mark_address(user.password_hash, address) in user.known_addresses


def _learn_address(user: store.UserRow, address: str | None, fresh_hash: str | None) -> tuple[str, ...]:
    """Return the marks to keep; those made with an older hash match nothing any more and go."""
    before = () if fresh_hash else user.known_addresses
    if address is None:
        return before
    mark = _mark_address(fresh_hash or user.password_hash, address)
    return (*(known for known in before if known != mark), mark)[-KNOWN_ADDRESSES:]


def _mark_address(password_hash: str, address: str) -> str:
    """Return what is stored of an address: keyed, so that it can be compared but not read; void with a new password."""
    return hmac.new(password_hash.encode(), group_address(address).encode(), "sha256").hexdigest()


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
