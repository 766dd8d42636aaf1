"""Session events through load, fold, score and save on SQLite, beside the simplest: a row per event, and counting.

The peer keeps less (no ties, no hubs, no groups): it answers only how many devices watched only-me items, with one
indexed table and one query for the accounts of each batch. CPU time of one process; commits included.
"""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import sqlalchemy as sa

from benchmarks import Row
from jacana.db.engine import Database
from jacana.db.schema import migrate_schema
from jacana.db.tables.detect_accounts import detect_accounts, detect_networks, detect_ties
from jacana.detect.accounts.state.fold import Folding
from jacana.detect.accounts.state.record import pack_record
from jacana.detect.accounts.tracker import AccountTracker, Loaded
from jacana.model.event import Event, EventType
from jacana.settings import Settings

SIZES = (10_000, 50_000, 100_000)
BATCH = 1_000
MEASURED = 40_000
"""Events timed, after enough that each account is known."""
WINDOW_DAYS = 30
START = datetime(2026, 1, 5, tzinfo=UTC)


class Stream:
    """Events of a network of so many accounts, in the order of time; six in a hundred watch an only-me item."""

    def __init__(self, accounts: int, seed: int = 7) -> None:
        self._rng = Random(seed)
        self._accounts = accounts
        self._sequence = 0

    def know_all(self) -> Iterator[list[Event]]:
        """Yield batches in which every account registers two uploads, one of them only-me, and logs in twice."""
        batch: list[Event] = []
        for account in range(self._accounts):
            for step in range(4):
                kind = EventType.UPLOAD_REGISTERED if step < 2 else EventType.SESSION_STARTED
                facts = (
                    {"upload_id": f"u{account}-{step}", "visibility": ("only_me", "public")[step]} if step < 2 else {}
                )
                batch.append(self._make(kind, account, account / self._accounts, facts, step % 2))
            if len(batch) >= BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def flow(self, events: int) -> Iterator[list[Event]]:
        """Yield a stretch of one day: sessions of five events each, so many at once that none has two in a batch."""
        open_at_once = self._at_once
        sessions = [(self._pick(), self._rng.randrange(2)) for _ in range(open_at_once)]
        for first in range(0, events, BATCH):
            batch = []
            for place in range(first, first + BATCH):
                seat, step = place % open_at_once, place // open_at_once % 5
                if step == 0:
                    sessions[seat] = (self._pick(), self._rng.randrange(2))
                batch.append(self._draw(2 + place / events / 4, *sessions[seat], step))
            yield batch

    def flow_thin(self, events: int) -> Iterator[list[Event]]:
        """Yield the worst: each event the first of its account on that day."""
        for day, first in enumerate(range(0, events, self._accounts), start=2):
            order = self._rng.sample(range(self._accounts), min(self._accounts, events - first))
            for start in range(0, len(order), BATCH):
                chosen = order[start : start + BATCH]
                yield [self._draw(day + place / BATCH / 4, one, 0, 0) for place, one in enumerate(chosen)]

    @property
    def _at_once(self) -> int:
        return 2 * BATCH

    def _pick(self) -> int:
        return int(self._accounts * self._rng.random() ** 2)

    def _draw(self, day: float, account: int, device: int, step: int) -> Event:
        if step == 0:
            return self._make(EventType.SESSION_STARTED, account, day, {}, device)
        if step == 4:
            return self._make(EventType.SESSION_ENDED, account, day, {}, device)
        pick = self._rng.random()
        if pick < 0.1:
            facts = {"upload_id": f"u{account}-0", "seconds": 20.0}
            return self._make(EventType.VIDEO_VIEWED, account, day, facts, device + 2 * (pick < 0.02))
        if pick < 0.95:
            facts = {"upload_id": f"u{self._rng.randrange(self._accounts)}-1", "seconds": 20.0}
            return self._make(EventType.VIDEO_VIEWED, account, day, facts, device)
        facts = {"upload_id": f"u{account}-{self._sequence}", "visibility": "public"}
        return self._make(EventType.UPLOAD_REGISTERED, account, day, facts, device)

    def _make(self, kind: EventType, account: int, day: float, facts: dict, device: int) -> Event:
        self._sequence += 1
        home, carrier = f"home {account}-{device % 2}", f"carrier {account % 40}"
        origin = {
            "device_key": blind(f"{account}-{device}"),
            "device_key_before": blind(f"before {account}-{device}"),
            "ip_key": blind(home if self._rng.random() < 0.8 else carrier),
            "asn": 64_512 + account % 30,
            "session_id": f"s{account}-{device % 2}-{day:.0f}",
        }
        if kind is EventType.SESSION_ENDED:
            origin = {"session_id": origin["session_id"]}
        at = START + timedelta(days=day)
        return Event(
            f"event_{self._sequence:040x}",
            kind,
            f"account-{account}",
            at,
            at,
            {**facts, **origin},
            None,
            self._sequence,
        )


def blind(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def run() -> Iterator[Row]:
    """Yield events per second, the parts of the work, and bytes per account, at each size."""
    for accounts in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            yield from measure_ours(accounts, Path(folder))
    yield measure_memory()


def measure_ours(accounts: int, folder: Path) -> Iterator[Row]:
    database = Database(f"sqlite:///{folder / 'ours.db'}")
    database.create_file()
    migrate_schema(database)
    tracker, stream = AccountTracker(Settings()), Stream(accounts)
    for batch in stream.know_all():
        work(database, tracker, batch)
    batches = list(stream.flow(MEASURED))
    parts = [0.0, 0.0, 0.0]
    begin = time.perf_counter()
    for batch in batches:
        parts = [sum(pair) for pair in zip(parts, work(database, tracker, batch), strict=True)]
    wall = time.perf_counter() - begin
    peer = measure_peer(accounts, folder / "peer.db", batches)
    rate, label = MEASURED / sum(parts), f"{accounts:,} accounts"
    note = (
        f"load {share(parts, 0)}, fold and score {share(parts, 1)}, save and commit {share(parts, 2)}; "
        f"{MEASURED / wall:,.0f} a second by the clock; batches of {BATCH}; "
        "peer: one row per event, counted per touched account"
    )
    yield Row(f"session events, {label}", round(rate), round(peer), round(peer / rate, 2), "per CPU second", note)
    thin = list(stream.flow_thin(MEASURED // 2))
    spent = sum(sum(work(database, tracker, batch)) for batch in thin)
    worst = sum(map(len, thin)) / spent
    note = "each event the first of its account on that day: the most to write"
    yield Row(f"the same at worst, {label}", round(worst), None, None, "per CPU second", note)
    yield Row(
        f"of these fold and score, {label}", round(MEASURED / parts[1]), None, None, "per CPU second", "no database"
    )
    yield describe_rows(database, label)
    database.close()


def work(database: Database, tracker: AccountTracker, batch: Sequence[Event]) -> tuple[float, float, float]:
    """Return CPU seconds of load, of fold and score, of save and commit."""
    begin = time.process_time()
    with database.write() as connection:
        loaded = tracker.load(connection, batch)
        folding = time.process_time()
        update = tracker.fold(loaded, batch, ())
        saving = time.process_time()
        tracker.save(connection, update, batch[-1].occurred_at)
    return folding - begin, saving - folding, time.process_time() - saving


def measure_peer(accounts: int, path: Path, batches: Sequence[Sequence[Event]]) -> float:
    """Return events per CPU second of one row per event, knowing as much at the start as ours."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE uploads (upload TEXT PRIMARY KEY, account TEXT, only_me INTEGER)")
    connection.execute(
        "CREATE TABLE seen (sequence INTEGER PRIMARY KEY, account TEXT, device TEXT, upload TEXT, at REAL)"
    )
    connection.execute("CREATE INDEX by_account ON seen (account, at)")
    for batch in Stream(accounts).know_all():
        write_rows(connection, batch)
    begin = time.process_time()
    for batch in batches:
        write_rows(connection, batch)
        count_watchers(connection, batch)
    spent = time.process_time() - begin
    connection.close()
    return MEASURED / spent


def write_rows(connection: sqlite3.Connection, batch: Sequence[Event]) -> None:
    uploads = [
        (event.payload["upload_id"], event.account_id, event.payload["visibility"] == "only_me")
        for event in batch
        if event.type is EventType.UPLOAD_REGISTERED
    ]
    rows = [
        (
            event.sequence,
            event.account_id,
            event.payload.get("device_key"),
            event.payload.get("upload_id"),
            event.occurred_at.timestamp(),
        )
        for event in batch
    ]
    with connection:
        connection.executemany("INSERT INTO uploads VALUES (?, ?, ?)", uploads)
        connection.executemany("INSERT INTO seen VALUES (?, ?, ?, ?, ?)", rows)


def count_watchers(connection: sqlite3.Connection, batch: Sequence[Event]) -> list[int]:
    since = batch[-1].occurred_at.timestamp() - WINDOW_DAYS * 86_400
    query = (
        "SELECT count(DISTINCT device) FROM seen JOIN uploads USING (upload, account) "
        "WHERE account = ? AND at >= ? AND only_me"
    )
    return [connection.execute(query, (one, since)).fetchone()[0] for one in {event.account_id for event in batch}]


def describe_rows(database: Database, label: str) -> Row:
    """Return bytes per account as packed, with what lies beside them."""
    with database.read() as connection:
        size = connection.scalar(sa.select(sa.func.avg(sa.func.length(detect_accounts.c.state))))
        most = connection.scalar(sa.select(sa.func.max(sa.func.length(detect_accounts.c.state))))
        networks = connection.scalar(sa.select(sa.func.avg(sa.func.length(detect_networks.c.accounts))))
        counts = [connection.scalar(sa.select(sa.func.count()).select_from(t)) for t in (detect_networks, detect_ties)]
        known = connection.scalar(sa.select(sa.func.count()).select_from(detect_accounts))
    note = (
        f"largest {most}; beside them {counts[0] / known:.1f} networks of {networks:.0f} bytes and "
        f"{counts[1] / known:.1f} ties an account"
    )
    return Row(f"packed record, {label}", round(size), None, None, "bytes", note)


def measure_memory() -> Row:
    """Return resident bytes of an unpacked record: what a batch holds of each account, and nothing in between."""
    accounts, tracker, stream = 20_000, AccountTracker(Settings()), Stream(20_000)
    folding = Folding()
    before = read_resident()
    for batch in (*stream.know_all(), *stream.flow(MEASURED)):
        loaded = Loaded(Folding(folding.accounts, folding.networks), {}, set(), {})
        tracker.fold(loaded, batch, ())
        folding = loaded.folding
    folding.networks = {}
    grown = (read_resident() - before) / accounts
    packed = sum(len(pack_record(record)) for record in folding.accounts.values()) / accounts
    note = f"packed {packed:.0f}; records are in memory only while their batch is worked"
    return Row("unpacked record and its networks", round(grown), None, None, "bytes resident", note)


def read_resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def share(parts: Sequence[float], place: int) -> str:
    return f"{round(100 * parts[place] / sum(parts))} %"
