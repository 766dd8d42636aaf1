"""One sync: a page and its checkpoint are one commit, so a kill at any moment loses and repeats nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from exchange_lists import MEMBERS, OWN, hashes, make_entry, open_exchange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jacana.audit.store import list_entries
from jacana.db.engine import Database
from jacana.detect.media.banks.banks import Banks, BankUnknownError
from jacana.detect.media.exchange import store
from jacana.detect.media.exchange.memory import MemoryExchange
from jacana.detect.media.exchange.port import (
    ExchangeAccessDeniedError,
    ExchangeAnswerInvalidError,
    ExchangeUnreachableError,
)
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox
from jacana.detect.media.exchange.sync import (
    BankNotExchangedError,
    BankSync,
    ExchangeMismatchError,
    SyncOvertakenError,
    SyncProgress,
)
from jacana.model.bank import BankOrigin


class Bench:
    """A bank, its twin exchange and their sync."""

    def __init__(self, database: Database, clock) -> None:
        self.db, self.clock, self.banks = database, clock, Banks(clock)
        self.twin = MemoryExchange(clock)
        self.syncing = BankSync(database, self.banks, clock)
        with database.write() as connection:
            self.bank = self.banks.create(connection, "shared", "drawn", origin=BankOrigin.NCMEC, actor="test")
            self.banks.create(connection, "file", "drawn", actor="test")

    def sync(self, on_page=lambda _progress: None) -> SyncProgress:
        return self.syncing.sync("shared", self.twin, "test", on_page)

    def held(self) -> dict[str, str | None]:
        with self.db.read() as connection:
            return {str(entry.source_id): entry.md5 for entry in self.banks.show(connection, "shared").entries}

    def checkpoint(self) -> store.Checkpoint:
        with self.db.read() as connection:
            found = store.load_checkpoint(connection, self.bank.id)
        assert found is not None
        return found


@pytest.fixture
def bench(database: Database, clock) -> Bench:
    made = Bench(database, clock)
    for number in range(5):
        made.twin.put(make_entry(str(number)))
    return made


EVERYTHING = {f"2-{number}": make_entry(str(number)).md5 for number in range(5)}


def test_a_sync_fills_the_bank_and_says_what_it_did(bench: Bench) -> None:
    bench.twin.spoil("2-4")
    progress = bench.sync()
    assert (progress.added, progress.quarantined, progress.pages) == (4, 1, 4)
    assert bench.held() == {name: md5 for name, md5 in EVERYTHING.items() if name != "2-4"}
    checkpoint = bench.checkpoint()
    assert (checkpoint.environment, checkpoint.problem) == ("sandbox", None)
    assert checkpoint.checked_at == bench.clock() == checkpoint.read_until
    with bench.db.read() as connection:
        (refusal,) = bench.banks.list_refusals(connection, "shared")
        verbs = [entry.verb for _, entry in list_entries(connection, subject=bench.bank.id)]
    assert refusal.reference == "2-4"
    assert verbs.count("bank.bound") == 1


def test_the_next_sync_brings_only_the_news(bench: Bench) -> None:
    bench.sync()
    bench.twin.put(make_entry("1", votes_up=3))
    bench.twin.take_back("2-2")
    progress = bench.sync()
    assert (progress.added, progress.replaced, progress.removed, progress.unchanged) == (0, 1, 1, 0)
    assert set(bench.held()) == set(EVERYTHING) - {"2-2"}
    assert bench.sync().pages == 1


class _CutOffError(Exception):
    """Stands for a power cut between two pages."""


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_a_cut_between_pages_is_taken_up_from_the_page_before(bench: Bench, pages: int) -> None:
    def cut(progress: SyncProgress) -> None:
        if progress.pages == pages:
            raise _CutOffError

    with pytest.raises(_CutOffError):
        bench.sync(cut)
    assert len(bench.held()) == min(2 * pages, 5)
    rest = bench.sync()
    assert rest.added == 5 - min(2 * pages, 5)
    assert (rest.unchanged, bench.held()) == (0, EVERYTHING)


def test_a_cut_inside_a_page_leaves_neither_entries_nor_checkpoint(bench: Bench, monkeypatch) -> None:
    def cut(*_arguments: object) -> None:
        raise _CutOffError

    with monkeypatch.context() as patch:
        patch.setattr(store, "save_checkpoint", cut)
        with pytest.raises(_CutOffError):
            bench.sync()
    assert (bench.held(), bench.checkpoint().state) == ({}, None)
    assert bench.sync().added == 5


def test_an_outage_is_kept_at_the_checkpoint_until_it_is_over(bench: Bench) -> None:
    bench.sync()
    before = bench.checkpoint()
    bench.twin.put(make_entry("late"))
    bench.twin.failures = [ExchangeUnreachableError("the exchange is busy (HTTP 503)")]
    bench.clock.advance(60)
    with pytest.raises(ExchangeUnreachableError):
        bench.sync()
    failed = bench.checkpoint()
    assert (failed.problem, failed.failed_at) == ("the exchange is busy (HTTP 503)", bench.clock())
    assert (failed.state, failed.checked_at) == (before.state, before.checked_at)
    assert bench.sync().added == 1
    assert bench.checkpoint().problem is None


def test_a_bank_belongs_to_one_list_for_good(bench: Bench, clock) -> None:
    bench.sync()
    production = MemoryExchange(clock, "ncmec-industry")
    production.put(make_entry("secret"))
    with pytest.raises(ExchangeMismatchError) as refused:
        bench.syncing.sync("shared", production, "test")
    assert "sandbox" in refused.value.message
    assert refused.value.remedy
    assert "2-secret" not in bench.held()
    assert bench.checkpoint().environment == "sandbox"


def test_only_banks_of_an_exchange_are_synced(bench: Bench, clock) -> None:
    for name, origin in (("file", BankOrigin.NCMEC), ("shared", BankOrigin.THREATEXCHANGE)):
        with pytest.raises(BankNotExchangedError) as refused:
            bench.syncing.sync(name, MemoryExchange(clock, origin=origin), "test")
        assert "--origin" in str(refused.value.remedy)
    with pytest.raises(BankUnknownError):
        bench.syncing.sync("none", bench.twin, "test")


def test_two_syncs_of_one_bank_notice_each_other(bench: Bench) -> None:
    def sync_elsewhere(progress: SyncProgress) -> None:
        if progress.pages == 1:
            bench.sync()

    with pytest.raises(SyncOvertakenError):
        bench.sync(sync_elsewhere)
    assert bench.held() == EVERYTHING
    assert bench.checkpoint().problem is None


def test_what_an_exchange_read_anew_no_longer_names_is_gone(bench: Bench) -> None:
    bench.sync()
    bench.twin.forget("2-0")
    bench.twin.spoil("2-1")
    bench.twin.starts_over = True
    progress = bench.sync()
    assert progress.removed == 1
    assert set(bench.held()) == set(EVERYTHING) - {"2-0"}, "an entry that cannot be read keeps its last good state"


def test_a_reading_anew_that_is_cut_off_takes_nothing_out(bench: Bench) -> None:
    bench.sync()
    bench.twin.forget("2-0")
    bench.twin.starts_over = True

    def cut(progress: SyncProgress) -> None:
        raise _CutOffError

    with pytest.raises(_CutOffError):
        bench.sync(cut)
    assert set(bench.held()) == set(EVERYTHING)


def test_an_exchange_that_read_anew_names_nothing_empties_no_bank(bench: Bench) -> None:
    bench.sync()
    for source_id in EVERYTHING:
        bench.twin.forget(source_id)
    bench.twin.starts_over = True
    before = bench.checkpoint()
    with pytest.raises(ExchangeAnswerInvalidError):
        bench.sync()
    assert bench.held() == EVERYTHING
    assert "names nothing" in (bench.checkpoint().problem or "")
    assert bench.checkpoint().checked_at == before.checked_at


def test_a_failure_before_the_first_page_is_kept_too(bench: Bench) -> None:
    bench.twin.failures = [ExchangeAccessDeniedError("not this account", remedy="ask")]
    with pytest.raises(ExchangeAccessDeniedError):
        bench.sync()
    assert (bench.checkpoint().problem, bench.checkpoint().state) == ("not this account", None)


CHANGES = st.lists(
    st.tuples(st.sampled_from(["put", "change", "take_back", "spoil", "cut", "sync"]), st.integers(0, 5)), max_size=25
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_after_any_history_the_bank_holds_what_the_list_holds(sqlite_url: str, clock, changes) -> None:
    database = Database(sqlite_url)
    with database.write() as connection:
        for bank in Banks(clock).list(connection):
            Banks(clock).remove(connection, bank.name, "test")
    name = f"shared-{time.monotonic_ns()}"
    banks, twin = Banks(clock), MemoryExchange(clock)
    syncing = BankSync(database, banks, clock)
    with database.write() as connection:
        banks.create(connection, name, "drawn", origin=BankOrigin.NCMEC, actor="test")
    expected: dict[str, str | None] = {}
    for turn, (kind, number) in enumerate([*changes, ("sync", 0)]):
        source_id = f"2-{number}"
        if kind in ("put", "change"):
            entry = make_entry(f"{number} {turn}", source_id=source_id, label=source_id)
            twin.put(entry)
            expected[source_id] = entry.md5
        elif kind == "take_back":
            twin.take_back(source_id)
            expected.pop(source_id, None)
        elif kind == "cut":
            twin.failures = [ExchangeUnreachableError("away")]
            with pytest.raises(ExchangeUnreachableError):
                syncing.sync(name, twin, "test")
        elif kind == "spoil" and source_id not in expected:
            twin.spoil(source_id)
        elif kind == "sync":
            syncing.sync(name, twin, "test")
    with database.read() as connection:
        held = {str(entry.source_id): entry.md5 for entry in banks.show(connection, name).entries}
    database.close()
    assert held == expected


SYNC_FOR_EVER = """
import sys
from jacana.db.engine import Database
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.exchange.ncmec import NcmecExchange
from jacana.detect.media.exchange.ncmec_http import NcmecHashApi
from jacana.detect.media.exchange.sync import BankSync
from jacana.model.clock import utc_now
db = Database(sys.argv[1])
exchange = NcmecExchange(NcmecHashApi("sandbox", sys.argv[2], sys.argv[3], sys.argv[4]), "sandbox", utc_now)
print("begun", flush=True)
BankSync(db, Banks(utc_now), utc_now).sync("shared", exchange, "test", lambda p: print(p.added, flush=True))
"""


def test_kill_9_in_the_middle_loses_nothing_and_doubles_nothing(bench: Bench, tmp_path: Path) -> None:
    with HashSharingSandbox(MEMBERS, page_size=4) as server:
        server.advance_clock(-7200)
        for number in range(80):
            server.shared.put(2, str(number), "video", hashes(str(number)))
        server.advance_clock(7200)
        arguments = [bench.db.url, server.url, OWN.user, OWN.password]
        killed = 0
        for pages in (1, 2, 3):
            process = subprocess.Popen(
                [sys.executable, "-c", SYNC_FOR_EVER, *arguments],
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
                stdout=subprocess.PIPE,
                text=True,
            )
            assert process.stdout is not None
            for _ in range(pages + 1):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            killed += process.wait(30) == -signal.SIGKILL
            process.stdout.close()
        asked = len(server.shared.list_calls())
        exchange = open_exchange(server, server.now)
        BankSync(bench.db, bench.banks, server.now).sync("shared", exchange, "test")
        exchange.close()
        assert "start=" in server.shared.list_calls()[asked + 1].query, "it goes on in the middle"
    assert killed == 3
    assert bench.held() == {f"2-{number}": hashes(str(number))["md5"] for number in range(80)}
    with bench.db.read() as connection:
        entries = bench.banks.show(connection, "shared").entries
    assert len(entries) == 80, "nothing twice"
