"""The contract of an exchange, asked of NCMEC's adapter over the real sandbox server, and of the twin in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from exchange_lists import MEMBERS, gather, make_entry, open_exchange

from jacana.detect.media.exchange.memory import MemoryExchange
from jacana.detect.media.exchange.port import (
    ExchangeRefusedError,
    ExchangeUnreachableError,
    ExchangeUnsupportedError,
    HashExchange,
    VoteMessage,
)
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox
from jacana.model.bank import BankEntry, BankOrigin


@dataclass
class Place:
    """An exchange and what its other members can do there."""

    exchange: HashExchange
    put: Callable[[BankEntry], object]
    take_back: Callable[[str], object]
    spoil: Callable[[str], object]
    fail: Callable[[], object]
    advance: Callable[[float], None]
    list_votes: Callable[[], list[tuple[str, bool]]]


def _open_sandbox(server: HashSharingSandbox) -> Place:
    def put(entry: BankEntry) -> None:
        member, _, name = str(entry.source_id).partition("-")
        found = {kind: value for kind in ("md5", "sha1") if (value := getattr(entry, kind))}
        server.shared.put(int(member), name, "video", found, classification=entry.classification)

    def spoil(source_id: str) -> None:
        server.shared.put(2, source_id.partition("-")[2], "video", {"md5": "no hash"})

    return Place(
        open_exchange(server, server.now),
        put,
        lambda source_id: server.shared.delete(2, source_id.partition("-")[2]),
        spoil,
        lambda: server.switches.arm("http_429", count=4, seconds=1),
        server.advance_clock,
        lambda: [(one.signal, not one.reasons) for entry in server.shared.list_entries() for one in entry.ballots],
    )


@pytest.fixture(params=["ncmec", "memory"])
def place(request: pytest.FixtureRequest, clock) -> Iterator[Place]:
    if request.param == "ncmec":
        with HashSharingSandbox(MEMBERS, clock=clock, page_size=2) as server:
            opened = _open_sandbox(server)
            yield opened
            opened.exchange.close()
        return
    twin = MemoryExchange(clock)
    yield Place(
        twin,
        twin.put,
        twin.take_back,
        twin.spoil,
        lambda: twin.failures.append(ExchangeUnreachableError("away", retry_after_seconds=1)),
        clock.advance,
        lambda: [(vote.signal, vote.agrees) for vote in twin.votes.values()],
    )


@pytest.fixture
def filled(place: Place) -> Place:
    for number in range(5):
        place.put(make_entry(str(number)))
        place.advance(1)
    return place


def test_it_says_what_it_is(place: Place) -> None:
    assert (place.exchange.origin, place.exchange.environment) == (BankOrigin.NCMEC, "sandbox")


def test_an_empty_list_is_one_complete_page(place: Place) -> None:
    entries, gone, refused, last = gather(place.exchange.read(None))
    assert (entries, gone, refused) == ({}, set(), set())
    assert last.complete


def test_everything_comes_in_pages_and_the_last_is_complete(filled: Place) -> None:
    pages = list(filled.exchange.read(None))
    entries, gone, refused, last = gather(pages)
    assert entries == {f"2-{number}": make_entry(str(number)) for number in range(5)}
    assert (gone, refused) == (set(), set())
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    assert len(pages) > 3
    assert last.read_until is not None
    assert last.trouble is None


@pytest.mark.parametrize("pages_kept", [1, 2, 3])
def test_from_any_page_reading_goes_on_without_a_gap(filled: Place, pages_kept: int) -> None:
    reading = filled.exchange.read(None)
    kept = [next(reading) for _ in range(pages_kept)]
    rest = list(filled.exchange.read(kept[-1].state))
    entries, _, _, _ = gather([*kept, *rest])
    assert len(entries) == 5


def test_only_what_is_new_comes_after_a_complete_reading(filled: Place) -> None:
    filled.advance(3600)
    *_, last = filled.exchange.read(None)
    filled.advance(3600)
    filled.put(make_entry("1", classification="A1"))
    filled.take_back("2-2")
    filled.advance(1)
    entries, gone, _, _ = gather(filled.exchange.read(last.state))
    assert entries == {"2-1": make_entry("1", classification="A1")}
    assert gone == {"2-2"}


def test_a_malformed_entry_stops_nothing_and_is_named(filled: Place) -> None:
    filled.spoil("2-3")
    filled.advance(1)
    entries, gone, refused, _ = gather(filled.exchange.read(None))
    assert set(entries) == {f"2-{number}" for number in (0, 1, 2, 4)}
    assert (gone, refused) == (set(), {"2-3"})


def test_an_outage_is_said_with_how_long_to_wait_and_costs_nothing(filled: Place) -> None:
    reading = filled.exchange.read(None)
    kept = [next(reading)]
    filled.fail()
    with pytest.raises(ExchangeUnreachableError) as away:
        list(reading)
    assert away.value.retry_after_seconds == 1
    entries, _, _, _ = gather([*kept, *filled.exchange.read(kept[-1].state)])
    assert len(entries) == 5


def test_a_vote_is_a_state(filled: Place) -> None:
    exchange = filled.exchange
    reason = exchange.list_reasons("MD5")[0]
    assert exchange.list_signals(make_entry("0"))[0] == "MD5"
    exchange.vote(VoteMessage("2-0", "MD5", True))
    for _ in range(2):
        assert exchange.vote(VoteMessage("2-0", "MD5", False, (reason.id,)))
    assert filled.list_votes() == [("MD5", False)]


def test_a_vote_on_nothing_is_refused(filled: Place) -> None:
    with pytest.raises(ExchangeRefusedError):
        filled.exchange.vote(VoteMessage("2-99", "MD5", True))
    with pytest.raises(ExchangeUnsupportedError):
        filled.exchange.list_reasons("SMELL")


def test_an_own_entry_is_shared_under_its_id_and_again_changes_nothing(place: Place) -> None:
    own = replace(make_entry("own"), id="entry_7", source_id="decision_1")
    for _ in range(2):
        assert place.exchange.share(own) == "1-entry_7"
    place.advance(1)
    entries, _, _, _ = gather(place.exchange.read(None))
    assert [(name, entry.md5) for name, entry in entries.items()] == [("1-entry_7", own.md5)]
    with pytest.raises(ExchangeUnsupportedError):
        place.exchange.share(replace(own, md5=None, sha1=None))


def test_read_until_never_passes_the_exchange_clock(filled: Place, clock) -> None:
    *_, last = filled.exchange.read(None)
    assert last.read_until is not None
    assert last.read_until <= clock() + timedelta(seconds=10)
