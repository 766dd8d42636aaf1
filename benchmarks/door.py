"""The door: one answer about a session with 100,000 banned accounts, their devices and names in memory.

Beside it the same questions put to the database, and a scan of all names. Names are invented, drawn from a population
where few names are common and most are rare; how often innocent ones hit depends on that and is a figure of its own.
"""

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from rapidfuzz import process
from rapidfuzz.distance import OSA

from benchmarks import Row
from jacana.db.engine import Database
from jacana.db.schema import migrate_schema
from jacana.db.tables.act_bans import act_device_bans
from jacana.db.tables.detect_accounts import detect_ties
from jacana.db.tables.ingest import ingest_accounts
from jacana.decide.policy import load_policy
from jacana.detect.accounts.door.book import Book
from jacana.detect.accounts.door.names import fold_names
from jacana.model.event import Event, EventType
from jacana.pipeline.door import Door, SessionCheck, find_evasion

BANNED = 100_000
ASKED = 4_000
ASKED_OF_PEERS = 100
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SOON = timedelta(days=7)
ONSETS = (*"bcdfghjklmnprstvwz", "br", "st", "tr", "kl", "sh", "ch")
VOWELS = (*"aeiou", "ia", "ea")
Change = Callable[[str, random.Random], str]
STEPS: tuple[tuple[str, Change], ...] = (
    ("number", lambda name, dice: f"{name}{dice.randint(1, 99)}"),
    ("leet", lambda name, _dice: name.replace("o", "0").replace("e", "3").replace("i", "1")),
    ("repeat", lambda name, dice: _at(name, dice, lambda pair: pair[0] + pair)),
    ("swap", lambda name, dice: _at(name, dice, lambda pair: pair[::-1])),
    ("prefix", lambda name, _dice: f"real_{name}"),
    ("separator", lambda name, _dice: f"{name[:3]}_{name[3:]}"),
    ("drop", lambda name, dice: _at(name, dice, lambda pair: pair[0])),
)


class Population:
    """Draws names: two parts, one part and a number, an initial and a name …, some parts far commoner than others."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.first = [self.word(self.dice.choice((2, 2, 3))) for _ in range(3_000)]
        self.last = [self.word(self.dice.choice((2, 3, 3, 4))) for _ in range(20_000)]
        self.first_weights = list(accumulate(1 / (place + 1) for place in range(len(self.first))))
        self.last_weights = list(accumulate(1 / (place + 10) for place in range(len(self.last))))

    def word(self, syllables: int) -> str:
        letters = (self.dice.choice(ONSETS) + self.dice.choice(VOWELS) for _ in range(syllables))
        return "".join(letters) + self.dice.choice(("", "n", "r", "s", "x"))

    def name(self) -> str:
        (first,) = self.dice.choices(self.first, cum_weights=self.first_weights)
        (last,) = self.dice.choices(self.last, cum_weights=self.last_weights)
        number = self.dice.randint(1, 2012)
        made = (
            f"{first}{number}", f"{first}_{last}", f"{first[0]}{last}", f"{last}{number}",
            f"{first}{last}{number % 99}", f"{first}.{self.dice.choice(self.first)}",
            self.word(self.dice.choice((3, 4))),
        )  # fmt: skip
        return self.dice.choice(made)


def run() -> Iterator[Row]:
    """Yield a row for each measurement."""
    people = Population(7)
    names = [people.name() for _ in range(BANNED)]
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'door.db'}")
        database.create_file()
        migrate_schema(database)
        fill(database, names)
        door = Door(load_policy(None), lambda: NOW)
        tracemalloc.start()
        with database.read() as connection:
            door.refresh(connection)
        memory, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        yield Row("door: memory of the book", round(memory / 2**20, 1), None, None, "MiB", describe(door.book))
        door = Door(load_policy(None), lambda: NOW)
        yield measure_refresh(
            door, database, "door: read the whole book", "at the start, then every 10 min in a worker"
        )
        yield measure_refresh(door, database, "door: follow what has changed", "nothing has; once a second in a worker")
        yield from measure_checks(door, database, people, names)
        yield from measure_names(door.book, people, names)
        yield measure_events(door, database)
        database.close()


def measure_checks(door: Door, database: Database, people: Population, names: list[str]) -> Iterator[Row]:
    kinds = {
        "log-in": lambda: SessionCheck("log_in", NOW, f"acct-{people.dice.random()}", _devices(people)),
        "sign-up with a name": lambda: SessionCheck("sign_up", NOW, None, _devices(people), names=(people.name(),)),
        "sign-up of an evader": lambda: SessionCheck(
            "sign_up", NOW, None, (f"key-{people.dice.randrange(BANNED)}", "key-none"),
            names=(evade(people.dice.choice(names), people.dice)[1],), sha256="ab" * 32,
        ),
    }  # fmt: skip
    folded = [form for name in names for form in fold_names([name])]
    for kind, make in kinds.items():
        ours = times(door.check, [make() for _ in range(ASKED)])
        asked = [make() for _ in range(ASKED_OF_PEERS)]
        with database.read() as connection:
            peer = times(lambda check, connection=connection: ask_database(connection, folded, check), asked)
        for share, label in ((0.5, "p50"), (0.99, "p99")):
            mine, theirs = _at_share(ours, share), _at_share(peer, share)
            note = f"{BANNED:,} banned; peer: SQL for device and account, rapidfuzz over all names"
            ratio = round(theirs / mine, 1)
            yield Row(f"door: {kind}, {label}", round(mine, 4), round(theirs, 4), ratio, "CPU ms", note)


def measure_names(book: Book, people: Population, names: list[str]) -> Iterator[Row]:
    innocent = [people.name() for _ in range(ASKED)]
    hits = [book.names.find(form) for name in innocent for form in fold_names([name])]
    share = 100 * sum(map(bool, hits)) / ASKED
    note = "of innocent sign-ups; a name alone causes nothing"
    yield Row(f"door: like one of {BANNED:,} banned names", round(share, 2), None, None, "%", note)
    soon = sum(any(int(account[5:]) % 365 < SOON.days for account in found) for found in hits)
    note = "of innocent sign-ups: also banned within the last 7 days, asked to prove who they are"
    yield Row("door: … and soon after that ban", round(100 * soon / ASKED, 2), None, None, "%", note)
    owners: dict[str, int] = {}
    for form in (form for name in names for form in fold_names([name])):
        owners[form] = owners.get(form, 0) + 1
    rare = [place for place, name in enumerate(names) if (form := fold_names([name])) and owners[form[0]] == 1]
    for label, among in (("any name", range(BANNED)), (f"a name nobody shares ({len(rare) / BANNED:.0%})", rare)):
        found = sum(_finds(book, people, names, people.dice.choice(among)) for _ in range(ASKED))
        note = "an evader's new name points to the banned one: " + ", ".join(step for step, _ in STEPS)
        yield Row(f"door: recall, {label}", round(100 * found / ASKED, 1), None, None, "%", note)


def measure_events(door: Door, database: Database) -> Row:
    """CPU of looking for evaders in a batch of the event path."""
    events = [
        Event(f"event-{place}", EventType.SESSION_STARTED, f"acct-{place}", NOW, NOW,
              {"device_key": f"other-{place}", "device_key_before": f"older-{place}"})
        for place in range(2_000)
    ]  # fmt: skip

    class Stages:
        """What find_evasion needs of the stages."""

    Stages.door = door
    with database.read() as connection:
        spent = times(lambda _: find_evasion(Stages, connection, events), range(9))
    return Row("door: 2,000 session events", round(_at_share(spent, 0.5), 2), None, None, "CPU ms", "innocent ones")


def measure_refresh(door: Door, database: Database, name: str, note: str) -> Row:
    with database.read() as connection:
        (spent,) = times(lambda _: door.refresh(connection), [0])
    return Row(name, round(spent, 1), None, None, "CPU ms", note)


def ask_database(connection: sa.Connection, folded: list[str], check: SessionCheck) -> object:
    """Answer as one would without the book: two look-ups and a scan of all names."""
    bans = sa.select(act_device_bans).where(act_device_bans.c.device_key.in_(check.device_keys))
    own = sa.select(ingest_accounts.c.state).where(ingest_accounts.c.id == check.account_id)
    found = [connection.execute(query).all() for query in (bans, own)]
    for name in fold_names(check.names):
        found.append(process.extract(name, folded, scorer=OSA.distance, score_cutoff=2, limit=5))
    return found


def fill(database: Database, names: list[str]) -> None:
    """Write 100,000 banned accounts, each with a banned device, spread over a year."""
    with database.write() as connection:
        for start in range(0, BANNED, 10_000):
            places = range(start, start + 10_000)
            at = [NOW - timedelta(days=place % 365) for place in places]
            connection.execute(
                ingest_accounts.insert(),
                [
                    {"id": f"acct-{place}", "state": "banned", "screen_name": names[place], "first_seen_at": when,
                     "updated_at": when}
                    for place, when in zip(places, at, strict=True)
                ],
            )  # fmt: skip
            connection.execute(
                act_device_bans.insert(),
                [
                    {"id": f"ban-{place}", "device_key": f"key-{place}", "tier": place % 4, "cause": f"d-{place}",
                     "account_id": f"acct-{place}", "reason": "r", "placed_at": when, "state": "standing",
                     "expires_at": when + timedelta(days=365), "placed_key": f"key-{place}", "decided_by": "system",
                     "evidence": {}, "sequence": place + 1}
                    for place, when in zip(places, at, strict=True)
                ],
            )  # fmt: skip
            connection.execute(
                detect_ties.insert(),
                [
                    {"kind": "device", "entity": f"key-{place}", "account_id": f"acct-{place}", "first_seen_at": when,
                     "last_seen_at": when, "sessions": 9, "attested": True}
                    for place, when in zip(places, at, strict=True)
                ],
            )  # fmt: skip


def evade(name: str, dice: random.Random) -> tuple[str, str]:
    """Return what an evader does to a name, and the new name."""
    step, change = dice.choice(STEPS)
    return step, change(name, dice)


def times(call: Callable[[object], object], questions: Sequence[object]) -> list[float]:
    """Return CPU milliseconds of each call, in order of size."""
    spent = []
    for question in questions:
        start = time.process_time()
        call(question)
        spent.append((time.process_time() - start) * 1000)
    return sorted(spent)


def describe(book: Book | None) -> str:
    bans, accounts, names = book.count() if book else (0, 0, 0)
    return f"{bans:,} bans, {accounts:,} accounts, {names:,} distinct folded names"


def _finds(book: Book, people: Population, names: list[str], place: int) -> bool:
    _, new = evade(names[place], people.dice)
    return any(f"acct-{place}" in book.names.find(form) for form in fold_names([new]))


def _at(name: str, dice: random.Random, change: Callable[[str], str]) -> str:
    place = dice.randrange(1, len(name) - 1)
    return name[:place] + change(name[place : place + 2]) + name[place + 2 :]


def _at_share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _devices(people: Population) -> tuple[str, str]:
    return f"key-{people.dice.randrange(BANNED * 50)}", f"old-{people.dice.randrange(BANNED * 50)}"
