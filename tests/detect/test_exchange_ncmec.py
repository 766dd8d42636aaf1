"""Reading NCMEC's list from the sandbox: everything arrives, once, whatever pages, holes and clocks do."""

from datetime import timedelta

import pytest
from exchange_lists import MEMBERS, OTHER, digest, gather, hashes, make_entry, open_exchange

from jacana.detect.media.exchange import ranges
from jacana.detect.media.exchange.ncmec import NcmecExchange
from jacana.detect.media.exchange.port import ExchangeAnswerInvalidError, ExchangeRefusedError, ExchangeUnsupportedError
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox


@pytest.fixture
def server(clock):
    with HashSharingSandbox(MEMBERS, clock=clock, page_size=2) as running:
        yield running


@pytest.fixture
def exchange(server: HashSharingSandbox):
    opened = open_exchange(server, server.now)
    yield opened
    opened.close()


def fill(server: HashSharingSandbox, count: int) -> None:
    for number in range(count):
        server.shared.put(OTHER.member, str(number), "video", hashes(str(number)))
        server.advance_clock(1)


def test_pages_arrive_out_of_time_order_and_complete(exchange: NcmecExchange, server) -> None:
    fill(server, 7)
    pages = list(exchange.read(None))
    entries, _, _, last = gather(pages)
    assert entries == {f"2-{n}": make_entry(str(n)) for n in range(7)}
    order = [entry.source_id for page in pages for entry in page.changed]
    assert order != sorted(order), "the sandbox is to be as unkind as the real one"
    assert all(page.read_until == ranges.BEGINNING for page in pages[:-2])
    assert last.read_until == server.now() - timedelta(seconds=ranges.SETTLE_SECONDS)


def test_pictures_bring_pdq_and_videos_do_not(exchange, server) -> None:
    kinds = ("md5", "sha1", "pdq")
    server.shared.put(2, "p", "image", hashes("p", *kinds), classification="B1")
    server.shared.put(2, "v", "video", hashes("v", *kinds) | {"pdna": "x"})
    server.advance_clock(1)
    entries, _, _, _ = gather(exchange.read(None))
    assert entries["2-p"] == make_entry("p", *kinds, kind="image", classification="B1")
    assert entries["2-v"] == make_entry("v", "md5", "sha1")


def test_a_change_and_a_tombstone_are_news(exchange, server) -> None:
    fill(server, 3)
    server.advance_clock(3600)
    *_, last = exchange.read(None)
    server.advance_clock(3600)
    server.shared.put(2, "0", "video", hashes("0 anew"))
    server.shared.delete(2, "1")
    server.advance_clock(1)
    entries, gone, _, _ = gather(exchange.read(last.state))
    assert [entry.md5 for entry in entries.values()] == [digest("0 anew")]
    assert gone == {"2-1"}


def test_nothing_new_is_one_question_and_an_empty_answer(exchange, server) -> None:
    *_, last = exchange.read(None)
    server.advance_clock(86_400)
    before = len(server.shared.list_calls())
    entries, gone, refused, again = gather(exchange.read(last.state))
    assert (entries, gone, refused) == ({}, set(), set())
    assert [call.path for call in server.shared.list_calls()[before:]] == ["/v2/status", "/v2/entries"]
    assert again.read_until is not None
    assert last.read_until is not None
    assert again.read_until > last.read_until


def test_an_entry_that_keeps_nothing_we_use_is_gone_but_a_poisoned_one_stays(exchange, server) -> None:
    server.shared.put(2, "a", "video", {"pdna": "x"})
    server.shared.put(2, "b", "video", {"md5": digest("b") + "\n"})
    server.advance_clock(1)
    entries, gone, refused, _ = gather(exchange.read(None))
    assert (entries, gone, refused) == ({}, {"2-a"}, {"2-b"})


def test_hashes_that_must_be_fetched_are_raw_or_text(exchange, server) -> None:
    raw, text = bytes.fromhex(digest("r")), digest("t").upper().encode()
    server.shared.put(2, "r", "video", {}, large={"md5": raw, "tmk-pdqf": b"large"})
    server.shared.put(2, "t", "video", {}, large={"md5": text})
    server.shared.put(2, "x", "video", hashes("x", "sha1"), large={"md5": b"short"})
    server.advance_clock(1)
    entries, _, refused, _ = gather(exchange.read(None))
    assert {name: entry.md5 for name, entry in entries.items()} == {
        "2-r": digest("r"),
        "2-t": digest("t"),
        "2-x": None,
    }
    assert refused == {"2-x"}
    assert not [call for call in server.shared.list_calls() if "TMK" in call.path]


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_reading_goes_on_where_it_was_left(exchange, server, stop_after: int) -> None:
    fill(server, 7)
    pages = exchange.read(None)
    first = [next(pages) for _ in range(stop_after)]
    server.advance_clock(60)
    server.shared.put(2, "late", "video", hashes("late"))
    server.advance_clock(1)
    before = len(server.shared.list_calls())
    rest = list(exchange.read(first[-1].state))
    resumed = server.shared.list_calls()[before + 1]
    assert "start=" in resumed.query
    entries, _, _, _ = gather([*first, *rest])
    assert set(entries) == {*(f"2-{n}" for n in range(7)), "2-late"}


def test_a_next_page_twelve_hours_old_is_thrown_away_with_its_range(exchange, server) -> None:
    fill(server, 7)
    half = next(exchange.read(None))
    server.advance_clock(12 * 3600)
    before = len(server.shared.list_calls())
    entries, _, _, _ = gather(exchange.read(half.state))
    assert len(entries) == 7
    assert "start=" not in server.shared.list_calls()[before + 1].query


def test_a_next_page_that_is_no_longer_known_costs_one_beginning(exchange, server) -> None:
    fill(server, 7)
    half = next(exchange.read(None))
    server.switches.arm("web_page", endpoint="entries", count=4)
    entries, _, _, last = gather(exchange.read(half.state))
    assert len(entries) == 7
    assert last.trouble is None


def test_a_page_that_cannot_be_read_hides_neither_itself_nor_the_rest(exchange, server) -> None:
    fill(server, 3)
    server.advance_clock(3600)
    server.switches.arm("broken_xml", endpoint="entries", count=4)
    first, *_, last = list(exchange.read(None))
    assert first.trouble
    assert last.complete
    assert last.trouble
    assert last.read_until == ranges.BEGINNING, "read_until never passes a hole"
    server.advance_clock(3600)
    server.shared.put(2, "new", "video", hashes("new"))
    server.advance_clock(1)
    server.switches.arm("broken_xml", endpoint="entries", count=4)
    entries, _, _, again = gather(exchange.read(last.state))
    assert set(entries) == {"2-new"}, "the hole still cannot be read; what is new is"
    assert len(again.state["holes"]) == 4
    entries, _, _, healed = gather(exchange.read(again.state))
    assert set(entries) >= {"2-0", "2-1", "2-2"}
    assert (healed.trouble, healed.state["holes"]) == (None, [])


def test_a_server_that_is_nothing_but_broken_is_an_error_in_the_end(exchange, server, monkeypatch) -> None:
    monkeypatch.setattr(ranges, "MOST_HOLES", 3)
    server.switches.arm("web_page", endpoint="entries", always=True)
    state = None
    with pytest.raises(ExchangeAnswerInvalidError):
        for _ in range(40):
            *_, last = exchange.read(state)
            state = last.state
            server.advance_clock(3600)


def test_a_next_page_of_another_range_is_not_followed(exchange, server) -> None:
    fill(server, 5)
    server.switches.arm("wrong_next", endpoint="entries")
    *_, last = exchange.read(None)
    assert last.trouble
    entries, _, _, healed = gather(exchange.read(last.state))
    assert len(entries) == 5
    assert healed.trouble is None


def test_a_huge_backlog_moves_range_by_range(exchange, server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "LARGE_RANGE", 10)
    for number in range(60):
        server.shared.put(2, str(number), "video", hashes(str(number), "md5"))
        server.advance_clock(3600)
    server.service.page_size = 5
    pages = list(exchange.read(None))
    entries, _, _, _ = gather(pages)
    assert len(entries) == 60
    until = [page.read_until for page in pages]
    assert len(set(until)) > 5, "the checkpoint moves long before the end"
    assert until == sorted(until)


def test_a_clock_of_ours_that_runs_ahead_skips_nothing(server, clock) -> None:
    ahead = open_exchange(server, lambda: server.now() + timedelta(hours=2))
    *_, last = ahead.read(None)
    server.advance_clock(1800)
    server.shared.put(2, "new", "video", hashes("new"))
    server.advance_clock(1)
    entries, _, _, _ = gather(ahead.read(last.state))
    assert set(entries) == {"2-new"}
    ahead.close()


def test_own_votes_do_not_change_an_entry(exchange, server) -> None:
    from jacana.detect.media.exchange.port import VoteMessage

    fill(server, 1)
    before, _, _, _ = gather(exchange.read(None))
    exchange.vote(VoteMessage("2-0", "MD5", True))
    server.advance_clock(1)
    after, _, _, _ = gather(exchange.read(None))
    assert after == before


def test_what_can_be_shared(exchange, server) -> None:
    source_id = exchange.share(make_entry("p", "md5", "pdq", kind="image", id="entry_1", classification="A2"))
    assert source_id == "1-entry_1"
    (entry,) = server.shared.list_entries()
    assert dict(entry.fingerprints) == hashes("p", "md5", "pdq")
    assert (entry.kind, entry.classification, entry.member) == ("image", "A2", 1)
    for wrong in (make_entry("x", media_kind=None, id="e"), make_entry("x", "pdq", id="e")):
        with pytest.raises(ExchangeUnsupportedError):
            exchange.share(wrong)


def test_signals_are_what_the_entry_carries(exchange) -> None:
    assert exchange.list_signals(make_entry("x", "md5", "pdq")) == ("MD5", "PDQ")
    with pytest.raises(ExchangeUnsupportedError):
        exchange.list_reasons("TMK")


def test_a_refused_question_is_raised_not_taken_for_a_hole(exchange, server, monkeypatch) -> None:
    monkeypatch.setattr(ranges, "format_instant", lambda _moment: "yesterday")
    monkeypatch.setattr("jacana.detect.media.exchange.ncmec_http.format_instant", lambda _moment: "yesterday")
    with pytest.raises(ExchangeRefusedError):
        list(exchange.read(None))
