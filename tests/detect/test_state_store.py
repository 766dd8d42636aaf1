from dataclasses import replace
from datetime import UTC, datetime, timedelta

from jacana.detect.accounts.state import store
from jacana.detect.accounts.state.networks import HUB_ACCOUNTS, NetworkRecord, hash_pair, note_account
from jacana.detect.accounts.state.record import AccountRecord, DeviceRecord
from jacana.detect.findings.store import record_account_findings, withdraw_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.tie import Tie, TieKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
DAY = timedelta(days=1)


def make_account(account_id: str, score: float = 0.0, last_seen: int = AT) -> store.ScoredAccount:
    record = AccountRecord(last_seen, last_seen, devices={"d": DeviceRecord(last_seen, last_seen)})
    return store.ScoredAccount(account_id, record, score, 20_000)


def make_hub() -> NetworkRecord:
    record = NetworkRecord()
    for account in range(HUB_ACCOUNTS + 1):
        note_account(record, hash_pair(f"a{account}", None), 20_000)
    return record


def make_tie(account_id: str, entity: str = "d1", kind: TieKind = TieKind.DEVICE, last: datetime = NOW) -> Tie:
    return Tie(kind, entity, account_id, last - DAY, last)


def test_accounts_are_written_and_written_over(database):
    with database.write() as connection:
        store.save_accounts(connection, [make_account(f"a{number}", number / 1000) for number in range(700)], NOW)
        store.save_accounts(connection, [make_account("a3", 0.9)], NOW)
    with database.read() as connection:
        loaded = store.load_accounts(connection, [f"a{number}" for number in range(800)])
        top = store.list_top_accounts(connection, 2)
    assert len(loaded) == 700
    assert loaded["a3"] == make_account("a3", 0.9)
    assert [row.account_id for row in top] == ["a3", "a699"]


def test_networks_are_written_and_hubs_found(database):
    quiet = NetworkRecord()
    note_account(quiet, 7, 20_000)
    with database.write() as connection:
        store.save_networks(connection, {"home": quiet, "carrier": make_hub()}, NOW)
    with database.read() as connection:
        assert store.load_networks(connection, ["home", "nowhere"]) == {"home": quiet}
        assert store.find_hubs(connection, ["home", "carrier", "nowhere"]) == {"carrier"}


def test_a_tie_grows(database):
    first = Tie(TieKind.DEVICE, "d1", "a", NOW - 3 * DAY, NOW, 2, attested=True)
    again = Tie(TieKind.DEVICE, "d1", "a", NOW - 5 * DAY, NOW - 4 * DAY, 3, attested=False)
    later = Tie(TieKind.DEVICE, "d1", "a", NOW, NOW + DAY, 1, attested=False)
    with database.write() as connection:
        for tie in (first, again, later):
            store.add_ties(connection, [tie])
        assert store.list_ties(connection, ["a", "b"]) == [
            Tie(TieKind.DEVICE, "d1", "a", NOW - 5 * DAY, NOW + DAY, 6, attested=True)
        ]


def test_who_shares_a_thing_the_latest_first_and_only_so_many_of_each(database):
    ties = [make_tie(f"a{number}", last=NOW - number * DAY) for number in range(5)]
    ties += [make_tie("a0", "d2"), make_tie("a1", "d1", TieKind.PAYMENT)]
    with database.write() as connection:
        store.add_ties(connection, ties)
        found = store.list_sharers(connection, TieKind.DEVICE, ["d1", "d2"], 3)
        counted = store.count_sharers(connection, TieKind.DEVICE, ["d1", "d2", "d3"])
    assert [(tie.entity, tie.account_id) for tie in found] == [("d1", "a0"), ("d1", "a1"), ("d1", "a2"), ("d2", "a0")]
    assert counted == {"d1": 5, "d2": 1}


def test_a_tie_to_a_network_that_became_a_hub_is_not_told(database):
    ties = [make_tie(account, network, TieKind.NETWORK) for account in ("a", "b") for network in ("home", "carrier")]
    with database.write() as connection:
        store.add_ties(connection, ties)
        assert len(store.list_ties(connection, ["a"])) == 2
        store.save_networks(connection, {"carrier": make_hub()}, NOW)
        assert [tie.entity for tie in store.list_ties(connection, ["a"])] == ["home"]
        sharers = store.list_sharers(connection, TieKind.NETWORK, ["home", "carrier"], 9)
        assert {tie.entity for tie in sharers} == {"home"}
        assert store.count_sharers(connection, TieKind.NETWORK, ["home", "carrier"]) == {"home": 2}


def test_only_device_keys_somebody_is_tied_to_are_bridged(database):
    with database.write() as connection:
        store.add_ties(connection, [make_tie("a", "old"), make_tie("a", "paid", TieKind.PAYMENT)])
        assert store.find_bridged(connection, ["old", "paid", "unknown"]) == {"old"}


def test_links_that_stand_are_counted(database):
    linked = AccountFinding(
        "find_1", "a", AccountFindingKind.LINKED_ACCOUNT, "links", "1", 0.8, ("Because.",), occurred_at=NOW
    )
    with database.write() as connection:
        record_account_findings(connection, [linked, replace(linked, id="find_2")], NOW)
        assert store.count_links(connection, ["a", "b"]) == {"a": 2}
        withdraw_account_findings(connection, ["find_1"], "rev_1", NOW)
        assert store.count_links(connection, ["a"]) == {"a": 1}


def test_what_is_old_is_forgotten_in_portions(database):
    old = NOW - 100 * DAY
    with database.write() as connection:
        store.save_accounts(connection, [make_account(f"o{n}", last_seen=int(old.timestamp())) for n in range(5)], old)
        store.save_accounts(connection, [make_account("new")], NOW)
        store.save_networks(connection, {f"o{n}": NetworkRecord() for n in range(5)}, old)
        store.save_networks(connection, {"new": NetworkRecord()}, NOW)
        store.add_ties(connection, [make_tie(f"o{n}", last=old) for n in range(5)] + [make_tie("new")])
        for forget in (store.forget_accounts, store.forget_networks, store.forget_ties):
            assert [forget(connection, NOW - 90 * DAY, 3) for _ in range(3)] == [3, 2, 0]
        assert list(store.load_accounts(connection, ["o1", "new"])) == ["new"]
        assert list(store.load_networks(connection, ["o1", "new"])) == ["new"]
        assert [tie.account_id for tie in store.list_ties(connection, ["o1", "new"])] == ["new"]
