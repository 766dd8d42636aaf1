"""The sandbox's list: places in pages, tombstones, one vote a member, time ranges."""

from datetime import timedelta

import pytest
from exchange_lists import MEMBERS

from jacana.detect.media.exchange.sandbox.shared_list import Ballot, Call, SharedList


@pytest.fixture
def shared(clock) -> SharedList:
    return SharedList(MEMBERS, clock)


def test_only_a_member_with_its_password_gets_in(shared: SharedList) -> None:
    account = shared.log_in("us", "secret")
    assert account is not None
    assert account.member == 1
    assert shared.log_in("us", "hidden") is None
    assert (shared.name_of(2), shared.name_of(99)) == ("Them", "Member 99")


def test_rows_are_unique_and_not_in_order(shared: SharedList) -> None:
    rows = [shared.put(2, str(number), "video", {}).row for number in range(50)]
    assert len(set(rows)) == 50
    assert rows != sorted(rows)


def test_a_change_keeps_its_place_and_its_votes_but_not_its_time(shared: SharedList, clock) -> None:
    first = shared.put(2, "a", "video", {"md5": "1"})
    shared.vote(2, "a", Ballot(1, "MD5", (), clock()))
    clock.advance(10)
    second = shared.put(2, "a", "video", {"md5": "2"})
    assert (second.row, len(second.ballots)) == (first.row, 1)
    assert second.changed_at == first.changed_at + timedelta(seconds=10)
    assert shared.query(first.changed_at, second.changed_at) == []
    assert shared.query(second.changed_at, second.changed_at + timedelta(seconds=1)) == [second]
    assert shared.find_row(first.row) == second
    assert shared.find_row(-1) is None


def test_a_deleted_entry_is_a_tombstone_without_hashes(shared: SharedList, clock) -> None:
    shared.put(2, "a", "video", {"md5": "1"}, large={"x": b"1"})
    assert shared.delete(2, "a")
    assert not shared.delete(2, "a")
    assert not shared.delete(2, "b")
    (gone,) = shared.list_entries()
    assert (gone.deleted, dict(gone.fingerprints), dict(gone.large)) == (True, {}, {})
    assert not shared.vote(2, "a", Ballot(1, "MD5", (), clock()))


def test_a_member_has_one_vote_on_one_hash(shared: SharedList, clock) -> None:
    shared.put(2, "a", "video", {"md5": "1"})
    for member, signal, reasons in ((1, "MD5", ()), (3, "MD5", ()), (1, "SHA1", ()), (1, "MD5", ("g",))):
        assert shared.vote(2, "a", Ballot(member, signal, reasons, clock()))
    (entry,) = shared.list_entries()
    assert sorted((one.member, one.signal, one.reasons) for one in entry.ballots) == [
        (1, "MD5", ("g",)),
        (1, "SHA1", ()),
        (3, "MD5", ()),
    ]


def test_calls_are_kept_in_order(shared: SharedList, clock) -> None:
    for number in range(3):
        shared.note(Call(clock(), "us", "GET", f"/{number}", "", 200))
    assert [call.path for call in shared.list_calls()] == ["/0", "/1", "/2"]
