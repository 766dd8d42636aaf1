"""Holds: the longest wins, none is shortened, and nothing under a live one is ever destroyed, whatever the order."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jacana.audit import list_entries
from jacana.db.engine import Database
from jacana.model.preservation import Hold, HoldReason
from jacana.preserve.holds import (
    LOCKED_REASONS,
    HoldLockedError,
    HoldMissingError,
    find_longest,
    is_live,
    place_hold,
    release_hold,
)
from jacana.preserve.objects import open_object_store
from jacana.preserve.vault import Vault, VaultObjectDestroyedError

KEY = bytes(range(32))
DAY = timedelta(days=1)


@pytest.fixture
def sha256(vault: Vault, clock) -> str:
    return vault.preserve_bytes(b"data", None, HoldReason.SCREENING, "up_0", "system", clock()).sha256


def make_hold(sha256: str, now: datetime, ends_at: datetime | None, reason=HoldReason.SCREENING, id="hold_1") -> Hold:
    return Hold(id, sha256, reason, "up_1", now, ends_at)


def test_what_is_live() -> None:
    now = datetime.fromisoformat("2026-11-22T12:00:00Z")
    hold = make_hold("00", now, now + DAY)
    assert is_live(hold, now)
    assert is_live(hold, now + DAY - timedelta(microseconds=1))
    assert not is_live(hold, now + DAY)
    assert is_live(hold, now - DAY)  # one that has yet to begin protects too
    assert is_live(make_hold("00", now, None), now + 9999 * DAY)


def test_the_longest_is_the_open_one_then_the_latest() -> None:
    now = datetime.fromisoformat("2026-11-22T12:00:00Z")
    short, long, open_end = (
        make_hold("00", now, end, id=name) for name, end in (("a", now + DAY), ("b", now + 2 * DAY), ("c", None))
    )
    assert find_longest([short, long], now) == long
    assert find_longest([open_end, short, long], now) == open_end
    assert find_longest([short], now + DAY) is None
    assert find_longest([], now) is None


def test_a_hold_is_only_lengthened(database: Database, sha256: str, clock) -> None:
    now = clock()
    with database.write() as connection:
        first = place_hold(connection, make_hold(sha256, now, now + 2 * DAY), "system", now)
        assert place_hold(connection, make_hold(sha256, now, now + DAY, id="other"), "system", now) == first
        longer = place_hold(connection, make_hold(sha256, now, now + 3 * DAY, id="other"), "system", now)
        assert (longer.id, longer.ends_at) == (first.id, now + 3 * DAY)
        opened = place_hold(connection, make_hold(sha256, now, None, id="other"), "system", now)
        assert opened.ends_at is None
        assert place_hold(connection, make_hold(sha256, now, now + DAY, id="other"), "system", now) == opened
        placed = [entry.details.get("ends_at") for _, entry in list_entries(connection, subject=sha256)][2:]
    assert placed == ["2026-11-24T12:00:00.000Z", "2026-11-25T12:00:00.000Z", "open"]


def test_a_hold_that_ends_before_it_begins_is_a_defect(database: Database, sha256: str, clock) -> None:
    with database.write() as connection, pytest.raises(ValueError, match="before it begins"):
        place_hold(connection, make_hold(sha256, clock(), clock() - DAY), "system", clock())


def test_releasing_twice_changes_nothing_and_placing_again_holds_again(database: Database, sha256, clock) -> None:
    with database.write() as connection:
        hold = place_hold(connection, make_hold(sha256, clock(), None), "system", clock())
        released = release_hold(connection, hold.id, "user:anna", clock())
        assert released.released_at == clock()
        clock.advance(5)
        assert release_hold(connection, hold.id, "user:anna", clock()) == released
        again = place_hold(connection, make_hold(sha256, clock(), None), "system", clock())
        assert (again.id, again.released_at) == (hold.id, None)
        verbs = [entry.verb for _, entry in list_entries(connection, subject=sha256)]
    assert verbs[2:] == ["hold.placed", "hold.released", "hold.placed"]


def test_a_locked_hold_is_released_only_after_its_end(database: Database, sha256, clock) -> None:
    for reason in sorted(LOCKED_REASONS):
        with database.write() as connection:
            end = clock() + DAY
            hold = place_hold(connection, make_hold(sha256, clock(), end, reason, reason), "system", clock())
            with pytest.raises(HoldLockedError, match=f"before {end.date()}"):
                release_hold(connection, hold.id, "user:anna", clock())
            clock.advance(86_400)
            assert release_hold(connection, hold.id, "user:anna", clock()).released_at == clock()
            endless = place_hold(connection, make_hold(sha256, clock(), None, reason), "system", clock())
            with pytest.raises(HoldLockedError, match="open"):
                release_hold(connection, endless.id, "user:anna", clock())


def test_an_unknown_hold_is_not_found(database: Database, clock) -> None:
    with database.write() as connection, pytest.raises(HoldMissingError):
        release_hold(connection, "hold_none", "user:anna", clock())


REASONS = st.sampled_from(list(HoldReason))
SUBJECTS = st.sampled_from(["a", "b"])
DAYS = st.one_of(st.none(), st.integers(0, 40))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), REASONS, SUBJECTS, DAYS),
        st.tuples(st.just("release"), REASONS, SUBJECTS),
        st.tuples(st.just("wait"), st.integers(1, 30)),
        st.tuples(st.just("destroy")),
        st.tuples(st.just("preserve"), REASONS, SUBJECTS, DAYS),
    ),
    max_size=16,
)


class Law:
    """What must hold, without a database: (reason, subject) -> end (None: open), and which are released."""

    def __init__(self) -> None:
        self.ends: dict[tuple[HoldReason, str], datetime | None] = {}
        self.released: set[tuple[HoldReason, str]] = set()

    def place(self, key: tuple[HoldReason, str], end: datetime | None) -> None:
        if key in self.ends and key not in self.released:
            known = self.ends[key]
            end = None if known is None or end is None else max(known, end)
        self.ends[key] = end
        self.released.discard(key)

    def forbids(self, now: datetime) -> bool:
        return any(end is None or end > now for key, end in self.ends.items() if key not in self.released)


class Story:
    """Plays steps on a vault and on the law at once."""

    def __init__(self, vault: Vault, database: Database, clock) -> None:
        self.vault, self.database, self.clock, self.law = vault, database, clock, Law()
        self.sha256 = ""
        self.alive = False
        self.preserve(HoldReason.SCREENING, "a", 1)

    def preserve(self, reason: HoldReason, subject: str, days: int | None) -> None:
        end = None if days is None else self.clock() + days * DAY
        self.sha256 = self.vault.preserve_bytes(b"data", None, reason, subject, "system", end).sha256
        self.law.place((reason, subject), end)
        self.alive = True

    def hold(self, reason: HoldReason, subject: str, days: int | None) -> None:
        end = None if days is None else self.clock() + days * DAY
        with self.database.write() as connection:
            arguments = (connection, self.sha256, reason, subject, self.clock(), end, "system")
            if not self.alive:
                with pytest.raises(VaultObjectDestroyedError):
                    self.vault.place_hold(*arguments)
                return
            self.vault.place_hold(*arguments)
        self.law.place((reason, subject), end)

    def release(self, reason: HoldReason, subject: str) -> None:
        key = (reason, subject)
        with self.database.write() as connection:
            found = [
                hold for hold in self.vault.list_holds(connection, self.sha256) if (hold.reason, hold.subject) == key
            ]
            assert bool(found) == (key in self.law.ends)
            if not found:
                return
            end = self.law.ends[key]
            locked = reason in LOCKED_REASONS and key not in self.law.released and (end is None or end > self.clock())
            if locked:
                with pytest.raises(HoldLockedError):
                    self.vault.release_hold(connection, found[0].id, "user:anna")
                return
            self.vault.release_hold(connection, found[0].id, "user:anna")
        self.law.released.add(key)

    def wait(self, days: int) -> None:
        self.clock.advance(days * 86_400)

    def destroy(self) -> None:
        destroyed = self.vault.destroy_expired(self.clock())
        assert destroyed == ([self.sha256] if self.alive and not self.law.forbids(self.clock()) else [])
        self.alive = self.alive and not destroyed

    def check(self) -> None:
        if self.alive:
            assert b"".join(self.vault.read(self.sha256, "system", "check")) == b"data"
        else:
            with pytest.raises(VaultObjectDestroyedError):
                self.vault.read(self.sha256, "system", "check")
        with self.database.read() as connection:
            receipt = self.vault.find_receipt(connection, self.sha256)
        assert (receipt is not None) == (self.alive and self.law.forbids(self.clock()))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_an_object_under_a_live_hold_is_never_destroyed(steps, sqlite_template: Path, tmp_path: Path, clock) -> None:
    shutil.copy(sqlite_template, tmp_path / "story.db")
    database = Database(f"sqlite:///{tmp_path / 'story.db'}")
    sa.event.listen(database.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
    own_clock = type(clock)()
    try:
        story = Story(Vault(database, open_object_store("memory://"), KEY, "k1", own_clock), database, own_clock)
        for name, *arguments in steps:
            getattr(story, name)(*arguments)
            story.check()
    finally:
        database.close()
        for leftover in tmp_path.glob("story.db*"):
            leftover.unlink()
