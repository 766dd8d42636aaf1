from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.accounts.state.networks import (
    HUB_ACCOUNTS,
    HUB_DAYS,
    PAIR_CAP,
    NetworkRecord,
    count_unrelated,
    hash_pair,
    note_account,
    pack_network,
    unpack_network,
)


def see(record: NetworkRecord, accounts: range, day: int, device: str | None = None) -> None:
    for account in accounts:
        note_account(record, hash_pair(f"a{account}", device or f"d{account}"), day)


def test_more_unrelated_accounts_than_the_limit_make_a_hub():
    record = NetworkRecord()
    see(record, range(HUB_ACCOUNTS), 100)
    assert not record.hub
    see(record, range(HUB_ACCOUNTS, HUB_ACCOUNTS + 1), 100)
    assert record.hub


def test_accounts_that_share_a_device_count_once():
    record = NetworkRecord()
    see(record, range(40), 100, device="tablet")
    assert not record.hub
    assert count_unrelated(record) == 1


def test_one_account_on_many_devices_counts_once():
    record = NetworkRecord()
    for device in range(100):
        note_account(record, hash_pair("a", f"d{device}"), 100)
    assert count_unrelated(record) == 1


def test_accounts_seen_longer_ago_than_the_window_do_not_count():
    record = NetworkRecord()
    for account in range(3 * HUB_ACCOUNTS):
        see(record, range(account, account + 1), 100 + 4 * account)
    assert not record.hub


def test_a_hub_that_empties_is_one_no_more():
    record = NetworkRecord()
    see(record, range(HUB_ACCOUNTS + 1), 100)
    for day in range(101, 102 + HUB_DAYS):
        see(record, range(1), day)
    assert not record.hub


def test_a_hub_that_stays_busy_stays_one():
    record = NetworkRecord()
    for day in range(100, 300):
        see(record, range(day % 7, day % 7 + HUB_ACCOUNTS), day)
        assert record.hub == (day > 100)


def test_seeing_the_same_again_within_three_days_changes_nothing():
    record = NetworkRecord()
    assert note_account(record, 7, 100)
    before = pack_network(record)
    assert not note_account(record, 7, 102)
    assert pack_network(record) == before
    assert note_account(record, 7, 103)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 400), st.integers(0, 80)), max_size=300))
def test_the_cap_holds_and_packing_keeps_all(seen):
    record = NetworkRecord()
    for account, device, day in seen:
        note_account(record, hash_pair(f"a{account}", f"d{device}" if device else None), day)
        assert len(record.pairs) <= PAIR_CAP
    assert count_unrelated(record) <= 9
    assert unpack_network(pack_network(record)) == record
