"""Banks are synced by the clock, through outages, each at its own time, and the service can end at any moment."""

import hashlib
import threading
import time
from dataclasses import replace

import pytest

from jacana.detect.media.exchange.connect import ExchangeOffError
from jacana.detect.media.exchange.memory import MemoryExchange
from jacana.detect.media.exchange.port import ExchangeUnreachableError
from jacana.detect.media.exchange.sync import BankNotExchangedError
from jacana.model.bank import BankEntry, BankOrigin
from jacana.model.finding import FindingKind
from jacana.model.upload import UploadState, Visibility
from jacana.pipeline.exchange import (
    FIRST_BACKOFF_SECONDS,
    LONGEST_BACKOFF_SECONDS,
    Backoff,
    ExchangeKeeper,
    SyncStoppedError,
    list_followed,
    sync_bank,
)
from jacana.pipeline.stages import Stages


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: nothing here depends on the database, and what does is tested with the sync itself."""
    return sqlite_url


@pytest.fixture
def settings_environment(settings_environment: dict[str, str]) -> dict[str, str]:
    return {
        **settings_environment,
        "JACANA_NCMEC_HASH_ENVIRONMENT": "sandbox",
        "JACANA_NCMEC_HASH_SANDBOX_URL": "http://127.0.0.1:9/hashsharing",
        "JACANA_NCMEC_HASH_USERNAME": "u",
        "JACANA_NCMEC_HASH_PASSWORD": "p",
        "JACANA_EXCHANGE_SYNC_SECONDS": "600",
    }


@pytest.fixture
def twin(clock) -> MemoryExchange:
    return MemoryExchange(clock)


def make_bank(stages: Stages, name: str = "shared", origin: BankOrigin = BankOrigin.NCMEC) -> None:
    with stages.db.write() as connection:
        stages.banks.create(connection, name, "drawn", origin=origin, actor="test")


def entry_of(data: bytes, name: str = "known") -> BankEntry:
    md5 = hashlib.md5(data).hexdigest()
    return BankEntry(f"2-{name}", md5=md5, media_kind="video", source_id=f"2-{name}")


def test_what_was_synced_matches_the_next_upload(flow, twin: MemoryExchange) -> None:
    make_bank(flow.stages)
    twin.put(entry_of(flow.bytes_of("innocent")))
    assert sync_bank(flow.stages, "shared", "test", connect=lambda _origin: twin).added == 1
    assert twin.closed
    upload_id = flow.upload("innocent", "ada", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD
    with flow.stages.db.read() as connection:
        findings = flow.stages.screener.list_findings(connection, upload_id)
    assert [finding.match.bank_name for finding in findings if finding.kind is FindingKind.BANK_MATCH] == ["shared"]


def test_a_bank_without_an_exchange_is_refused_before_any_call(stages: Stages) -> None:
    make_bank(stages, "file", BankOrigin.FILE)
    with pytest.raises(BankNotExchangedError):
        sync_bank(stages, "file", "test", connect=lambda _origin: pytest.fail("it was called"))


def test_an_exchange_that_is_off_is_said(stages: Stages) -> None:
    make_bank(stages, "tx", BankOrigin.THREATEXCHANGE)
    with pytest.raises(ExchangeOffError):
        sync_bank(stages, "tx", "test")
    make_bank(stages)
    assert [bank.name for bank in list_followed(stages)] == ["shared"]


def test_each_bank_is_synced_when_it_is_due(stages: Stages, twin: MemoryExchange, clock) -> None:
    make_bank(stages)
    keeper = ExchangeKeeper(stages, connect=lambda _origin: twin)
    assert keeper.sync_due() == 1
    assert keeper.sync_due() == 0
    clock.advance(601)
    assert keeper.sync_due() == 1


def test_an_exchange_that_is_away_stops_no_other(stages: Stages, clock) -> None:
    make_bank(stages, "a-away")
    make_bank(stages, "b-here")
    away, here = MemoryExchange(clock), MemoryExchange(clock)
    away.failures = [ExchangeUnreachableError("away", retry_after_seconds=100)]
    turns = iter([away, here, away])
    keeper = ExchangeKeeper(stages, connect=lambda _origin: next(turns))
    assert keeper.sync_due() == 1
    clock.advance(99)
    assert keeper.sync_due() == 0
    clock.advance(2)
    assert keeper.sync_due() == 1


def test_waits_grow_to_an_hour_and_fall_back(clock) -> None:
    backoff = Backoff(600, clock)
    waits = [backoff.fail("b", ExchangeUnreachableError("away")) for _ in range(30)]
    assert waits[:3] == [FIRST_BACKOFF_SECONDS, 2 * FIRST_BACKOFF_SECONDS, 4 * FIRST_BACKOFF_SECONDS]
    assert waits[-1] == LONGEST_BACKOFF_SECONDS
    assert backoff.fail("b", ExchangeUnreachableError("x", retry_after_seconds=9000)) == 9000
    assert backoff.succeed("b") == 600
    assert backoff.fail("b", ValueError()) == FIRST_BACKOFF_SECONDS


def test_the_keeper_ends_after_the_page_under_way(stages: Stages, twin: MemoryExchange) -> None:
    make_bank(stages)
    for number in range(6):
        twin.put(entry_of(b"", str(number)))
    keeper = ExchangeKeeper(stages, connect=lambda _origin: twin)
    keeper._stopping.set()
    with pytest.raises(SyncStoppedError):
        keeper.sync_due()
    with stages.db.read() as connection:
        assert stages.banks.find(connection, "shared").entry_count == 2


def test_the_keeper_works_in_its_thread_until_stopped(stages: Stages, clock) -> None:
    make_bank(stages)
    asked = threading.Event()

    def connect(_origin: BankOrigin) -> MemoryExchange:
        if not asked.is_set():
            asked.set()
            raise RuntimeError("an adapter with a fault")
        return MemoryExchange(clock)

    keeper = ExchangeKeeper(stages, pause_seconds=0.01, connect=connect)
    keeper.start()
    assert asked.wait(10)
    clock.advance(FIRST_BACKOFF_SECONDS + 1)
    for _ in range(500):
        with stages.db.read() as connection:
            if stages.banks.find(connection, "shared") and keeper._backoff._failures == {}:
                break
        time.sleep(0.01)
    keeper.stop()
    assert not keeper.is_alive()
    assert keeper._backoff._failures == {}


def test_zero_seconds_is_off(stages: Stages) -> None:
    make_bank(stages)
    off = replace(stages, settings=replace(stages.settings, exchange_sync_seconds=0))
    keeper = ExchangeKeeper(off, connect=lambda _origin: pytest.fail("it was called"))
    keeper.run()
    keeper.stop()
