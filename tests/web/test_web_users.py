"""Log-ins, lock-out and sessions, on SQLite and Postgres."""

import hashlib
import threading
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from jacana.audit import AuditEntry, list_entries
from jacana.db.engine import Database
from jacana.db.tables.web import web_sessions, web_users
from jacana.web.attempts import ATTEMPTS, WINDOW_SECONDS
from jacana.web.permissions import Permission, Role
from jacana.web.users import (
    HASHES_AT_ONCE,
    KNOWN_ADDRESSES,
    LOCK_AFTER_FAILURES,
    LOCK_SECONDS,
    PASSWORD_MIN_LENGTH,
    LoginRefusedError,
    LoginThrottledError,
    PasswordWeakError,
    User,
    UserMissingError,
    UserNameInvalidError,
    UserNameTakenError,
    Users,
    generate_password,
)

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def users(clock) -> Users:
    return Users(clock, QUICK)


@pytest.fixture
def anna(database: Database, users: Users) -> User:
    with database.write() as connection:
        return users.create(connection, "anna", Role.REVIEWER, PASSWORD, "cli:root")


def entries(database: Database) -> list[AuditEntry]:
    with database.read() as connection:
        return [entry for _, entry in list_entries(connection)]


def fail(database: Database, users: Users, times: int = 1, name: str = "anna") -> None:
    for _ in range(times):
        with pytest.raises(LoginRefusedError):
            users.authenticate(database, name, "wrong password!")


def test_the_right_password_logs_in(database: Database, users: Users, anna: User) -> None:
    assert users.authenticate(database, "anna", PASSWORD) == anna
    created, logged_in = entries(database)
    assert (created.verb, created.actor, created.subject) == ("user.created", "cli:root", anna.id)
    assert created.details == {"name": "anna", "role": "reviewer"}
    assert (logged_in.verb, logged_in.actor, logged_in.subject) == ("user.logged_in", anna.actor, anna.id)
    assert anna.may(Permission.DECIDE)
    assert not anna.may(Permission.MANAGE_USERS)


def test_the_default_hash_is_argon2id(clock, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.write() as connection:
        Users(clock).create(connection, "ben", Role.LEAD, PASSWORD, "cli:root")
        stored = connection.execute(web_users.select()).one().password_hash
    database.close()
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_every_refusal_sounds_the_same(database: Database, users: Users, anna: User) -> None:
    messages = set()
    for name, password in (("anna", "wrong password!"), ("nobody", PASSWORD), ("", ""), ("x" * 500, "y" * 5000)):
        with pytest.raises(LoginRefusedError) as caught:
            users.authenticate(database, name, password)
        messages.add(caught.value.message)
    with database.write() as connection:
        users.disable(connection, "anna", "cli:root")
    with pytest.raises(LoginRefusedError) as caught:
        users.authenticate(database, "anna", PASSWORD)
    assert {*messages, caught.value.message} == messages
    assert len(messages) == 1


def test_failures_are_remembered_without_the_password(database: Database, users: Users, anna: User) -> None:
    fail(database, users)
    fail(database, users, name="someone.else@mail")
    known, unknown = entries(database)[1:]
    assert (known.verb, known.subject) == ("user.login_failed", anna.id)
    assert known.details == {"because": "password", "name": "anna", "locked": False}
    assert (unknown.subject, unknown.details) == ("unknown", {"because": "unknown", "attempts": 1})


def test_five_failures_lock_for_a_quarter_of_an_hour(database: Database, users: Users, anna: User, clock) -> None:
    fail(database, users, LOCK_AFTER_FAILURES)
    with pytest.raises(LoginRefusedError):
        users.authenticate(database, "anna", PASSWORD)
    assert [entry.details["because"] for entry in entries(database)[1:]] == ["password"] * 5 + ["locked"]
    assert entries(database)[5].details["locked"]
    clock.advance(LOCK_SECONDS - 1)
    fail(database, users)
    with pytest.raises(LoginRefusedError):
        users.authenticate(database, "anna", PASSWORD)
    clock.advance(1)
    assert users.authenticate(database, "anna", PASSWORD).id == anna.id


HOME, ELSEWHERE = "192.0.2.7", "198.51.100.9"


def test_a_locked_name_is_open_to_its_owner_from_where_they_logged_in_before(
    database: Database, users: Users, anna: User, clock
) -> None:
    users.authenticate(database, "anna", PASSWORD, HOME)
    fail(database, users, LOCK_AFTER_FAILURES)
    for address in (ELSEWHERE, None):
        with pytest.raises(LoginRefusedError):
            users.authenticate(database, "anna", PASSWORD, address)
    with pytest.raises(LoginRefusedError):
        users.authenticate(database, "anna", "wrong password!", HOME)
    assert users.authenticate(database, "anna", PASSWORD, HOME).id == anna.id
    with pytest.raises(LoginRefusedError):
        users.authenticate(database, "anna", PASSWORD, ELSEWHERE)  # for others the lock stays
    with database.read() as connection:
        (mark,) = connection.execute(web_users.select()).one().known_addresses
    assert HOME not in mark
    with database.write() as connection:
        users.set_password(connection, "anna", "another long password", "user:boss")
    fail(database, users, LOCK_AFTER_FAILURES)
    with pytest.raises(LoginRefusedError):
        users.authenticate(database, "anna", "another long password", HOME)  # a new password knows no address


def test_only_the_latest_addresses_are_known(database: Database, users: Users, anna: User) -> None:
    for last in (1, 1, *range(1, KNOWN_ADDRESSES + 2)):
        users.authenticate(database, "anna", PASSWORD, f"192.0.2.{last}")
    with database.read() as connection:
        marks = connection.execute(web_users.select()).one().known_addresses
    assert len(marks) == len(set(marks)) == KNOWN_ADDRESSES


class Counting(PasswordHasher):
    """Counts checks, and how many ran at once."""

    verified = running = most = 0
    guard = threading.Lock()

    def verify(self, hash, password):
        with self.guard:
            self.verified, self.running = self.verified + 1, self.running + 1
            self.most = max(self.most, self.running)
        threading.Event().wait(0.01)
        with self.guard:
            self.running -= 1
        return super().verify(hash, password)


def test_an_address_that_tries_too_often_costs_no_hash(database: Database, anna: User, clock) -> None:
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    users = Users(clock, hasher)
    for _ in range(ATTEMPTS):
        with pytest.raises(LoginRefusedError):
            users.authenticate(database, "nobody", PASSWORD, ELSEWHERE)
    before = entries(database)
    with pytest.raises(LoginThrottledError) as caught:
        users.authenticate(database, "anna", PASSWORD, ELSEWHERE)
    assert caught.value.retry_after_seconds == WINDOW_SECONDS
    assert hasher.verified == ATTEMPTS
    assert entries(database) == before
    assert [entry.details for entry in before[1:]] == [{"because": "unknown", "attempts": 1}]
    assert users.authenticate(database, "anna", PASSWORD, HOME).id == anna.id
    clock.advance(WINDOW_SECONDS)
    with pytest.raises(LoginRefusedError):
        users.authenticate(database, "nobody", PASSWORD, ELSEWHERE)
    assert entries(database)[-1].details == {"because": "unknown", "attempts": ATTEMPTS}


def test_few_passwords_are_checked_at_once(database: Database, clock) -> None:
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    users = Users(clock, hasher)
    threads = [threading.Thread(target=fail, args=(database, users, 1, "nobody")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (hasher.verified, hasher.most) == (8, HASHES_AT_ONCE)


def test_who_waits_too_long_is_sent_away(
    database: Database, users: Users, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jacana.web.users.HASH_WAIT_SECONDS", 0)
    entered, leave = threading.Barrier(HASHES_AT_ONCE + 1), threading.Event()

    class Stuck(PasswordHasher):
        def verify(self, hash, password):
            entered.wait(5)
            leave.wait(5)
            return super().verify(hash, password)

    users = Users(users._clock, Stuck(time_cost=1, memory_cost=8, parallelism=1))
    threads = [threading.Thread(target=fail, args=(database, users)) for _ in range(HASHES_AT_ONCE)]
    for thread in threads:
        thread.start()
    entered.wait(5)
    with pytest.raises(LoginThrottledError):
        users.authenticate(database, "anna", PASSWORD)
    leave.set()
    for thread in threads:
        thread.join()


def test_a_right_password_starts_the_count_again(database: Database, users: Users, anna: User) -> None:
    for _ in range(3):
        fail(database, users, LOCK_AFTER_FAILURES - 1)
        users.authenticate(database, "anna", PASSWORD)


def test_guesses_at_once_do_not_get_more_tries(database: Database, users: Users, anna: User) -> None:
    barrier = threading.Barrier(LOCK_AFTER_FAILURES)

    def guess() -> None:
        barrier.wait()
        fail(database, users)

    threads = [threading.Thread(target=guess) for _ in range(LOCK_AFTER_FAILURES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pytest.raises(LoginRefusedError):
        users.authenticate(database, "anna", PASSWORD)


def test_an_unknown_name_costs_a_hash_too(database: Database, clock) -> None:
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    fail(database, Users(clock, hasher), 2, "nobody")
    assert hasher.verified == 2


def test_an_old_hash_is_renewed_at_log_in(database: Database, users: Users, anna: User, clock) -> None:
    stronger = Users(clock, PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))

    def stored() -> str:
        with database.read() as connection:
            return str(connection.execute(web_users.select()).one().password_hash)

    before = stored()
    fail(database, stronger)
    assert stored() == before
    stronger.authenticate(database, "anna", PASSWORD)
    assert "m=16,t=2,p=1" in stored()
    stronger.authenticate(database, "anna", PASSWORD)


@pytest.mark.parametrize("password", ["", "x" * (PASSWORD_MIN_LENGTH - 1), "x" * 1025, "A.Very.Long.Name"])
def test_weak_passwords_are_refused_with_a_remedy(database: Database, users: Users, password: str) -> None:
    with pytest.raises(PasswordWeakError) as caught, database.write() as connection:
        users.create(connection, "a.very.long.name", Role.LEAD, password, "cli:root")
    assert caught.value.field == "password"
    assert caught.value.remedy
    assert entries(database) == []


@pytest.mark.parametrize("name", ["", "x" * 81, "two words", "a\nb", "<b>"])
def test_names_that_cannot_be_read_aloud_are_refused(database: Database, users: Users, name: str) -> None:
    with pytest.raises(UserNameInvalidError), database.write() as connection:
        users.create(connection, name, Role.LEAD, PASSWORD, "cli:root")


def test_a_name_is_given_once(database: Database, users: Users, anna: User) -> None:
    with pytest.raises(UserNameTakenError), database.write() as connection:
        users.create(connection, "anna", Role.LEAD, PASSWORD, "cli:root")


def test_generated_passwords_are_strong_and_differ() -> None:
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(password) == 29 and password.count("-") == 4 for password in made)


# Sessions


def test_a_session_lives_until_its_end(database: Database, users: Users, anna: User, clock) -> None:
    with database.write() as connection:
        token = users.open_session(connection, anna, clock(), 10)
        other = users.open_session(connection, anna, clock(), 10)
        session = users.load_session(connection, token, clock())
        assert session is not None
        assert (session.user, session.expires_at) == (anna, clock() + timedelta(hours=10))
        assert session.csrf_token not in {token, users.load_session(connection, other, clock()).csrf_token}
        assert users.load_session(connection, token + "x", clock()) is None
        assert users.load_session(connection, "", clock()) is None
        assert users.load_session(connection, token, clock() + timedelta(hours=10)) is None
        assert users.load_session(connection, token, clock() + timedelta(hours=9, minutes=59)) == session


def test_only_the_hash_of_a_token_is_stored(database: Database, users: Users, anna: User, clock) -> None:
    with database.write() as connection:
        token = users.open_session(connection, anna, clock(), 10)
        row = connection.execute(web_sessions.select()).one()
    assert len(token) >= 43
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(row)


def test_logging_out_ends_one_session(database: Database, users: Users, anna: User, clock) -> None:
    with database.write() as connection:
        token, other = (users.open_session(connection, anna, clock(), 10) for _ in range(2))
        users.close_session(connection, token, clock())
        users.close_session(connection, token, clock())
        users.close_session(connection, "unknown", clock())
        assert users.load_session(connection, token, clock()) is None
        assert users.load_session(connection, other, clock()) is not None
    assert [entry.verb for entry in entries(database)] == ["user.created", "user.logged_out"]


def test_disabling_ends_every_session_for_good(database: Database, users: Users, anna: User, clock) -> None:
    with database.write() as connection:
        token = users.open_session(connection, anna, clock(), 10)
        disabled = users.disable(connection, "anna", "user:boss")
        assert users.disable(connection, "anna", "user:boss") == disabled
        assert disabled.disabled_at == clock()
        assert users.load_session(connection, token, clock()) is None
        late = users.open_session(connection, anna, clock(), 10)
        assert users.load_session(connection, late, clock()) is None
    with pytest.raises(LoginRefusedError):
        users.authenticate(database, "anna", PASSWORD)
    assert [entry.verb for entry in entries(database)] == ["user.created", "user.disabled", "user.login_failed"]


def test_a_new_password_ends_sessions_and_lifts_the_lock(database: Database, users: Users, anna: User, clock) -> None:
    fail(database, users, LOCK_AFTER_FAILURES)
    with database.write() as connection:
        token = users.open_session(connection, anna, clock(), 10)
        users.set_password(connection, "anna", "another long password", "user:boss")
        assert users.load_session(connection, token, clock()) is None
        with pytest.raises(PasswordWeakError):
            users.set_password(connection, "anna", "short", "user:boss")
    fail(database, users)
    with pytest.raises(LoginRefusedError):
        users.authenticate(database, "anna", PASSWORD)
    assert users.authenticate(database, "anna", "another long password").id == anna.id


def test_users_are_found_by_name_and_id(database: Database, users: Users, anna: User) -> None:
    with database.write() as connection:
        ben = users.create(connection, "ben", Role.AUDITOR, PASSWORD, "cli:root")
        assert list(users.list(connection)) == [anna, ben]
        assert users.find(connection, "ben") == users.load(connection, ben.id) == ben
        assert users.load(connection, "user_none") is None
        with pytest.raises(UserMissingError):
            users.find(connection, "none")
