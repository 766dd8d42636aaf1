"""Reading outward: what is shared, by whom, and never farther than may join anybody. On both databases."""

from datetime import timedelta

import pytest
from link_ties import CONTENT, DEVICE, NETWORK, NOW, PAYMENT, make_tie, save, share

from jacana.db.engine import Database
from jacana.db.tables.detect_accounts import detect_accounts, detect_networks
from jacana.detect.accounts.links import store
from jacana.detect.accounts.links.graph import Thing
from jacana.detect.findings.store import record_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind


def test_only_what_others_have_too_is_read(database: Database):
    save(
        database,
        share(DEVICE, "d", "a", "b"),
        share(PAYMENT, "own", "a"),
        share(CONTENT, "viral", *(f"v{i}" for i in range(6)), "a"),
        share(NETWORK, "n", "a", "b"),
    )
    with database.read() as connection:
        held = store.list_shared_things(connection, ["a"], 5)
        networks = store.list_shared_things(connection, ["a"], 5, networks=True)
    assert {(each.thing.entity, each.crowded) for each in held} == {("d", False), ("viral", True)}
    assert {(each.thing.entity, each.crowded) for each in networks} == {("n", False)}


def test_of_an_account_with_many_ties_the_newest_are_followed(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "TIES_PER_ACCOUNT", 2)
    save(database, *(share(CONTENT, f"f{age}", "a", "b", first=age + 1, last=age) for age in (30, 10, 20)))
    with database.read() as connection:
        held = store.list_shared_things(connection, ["a"], 5)
    assert {each.thing.entity for each in held} == {"f10", "f20"}


def test_sharers_come_with_their_ties(database: Database):
    save(database, share(DEVICE, "d", "a", "b"), share(PAYMENT, "d", "c", "e"), share(DEVICE, "other", "z"))
    with database.read() as connection:
        found = store.list_sharers(connection, [Thing(DEVICE, "d"), Thing(PAYMENT, "d"), Thing(DEVICE, "gone")])
    names = {thing: [tie.account_id for tie in ties] for thing, ties in found.items()}
    assert names == {Thing(DEVICE, "d"): ["a", "b"], Thing(PAYMENT, "d"): ["c", "e"], Thing(DEVICE, "gone"): []}
    assert found[Thing(DEVICE, "d")][0] == make_tie(DEVICE, "d", "a")


def test_hubs_are_known(database: Database):
    rows = [
        {"network": name, "accounts": b"", "account_count": 3, "hub": hub, "updated_at": NOW}
        for name, hub in (("n1", True), ("n2", False))
    ]
    with database.write() as connection:
        connection.execute(detect_networks.insert(), rows)
        assert store.list_hubs(connection, ["n1", "n2", "n3"]) == {"n1"}


def test_accounts_are_counted_no_farther_than_asked(database: Database):
    rows = [
        {"account_id": f"a{i}", "state": b"", "score": 0.0, "last_event_at": NOW, "updated_at": NOW} for i in range(7)
    ]
    with database.write() as connection:
        connection.execute(detect_accounts.insert(), rows)
        assert store.count_known_accounts(connection, 100) == 7
        assert store.count_known_accounts(connection, 5) == 5


def test_findings_of_links_are_counted_by_account(database: Database):
    def make(name: str, account: str, to: str, kind: AccountFindingKind = AccountFindingKind.LINKED_ACCOUNT):
        return AccountFinding(name, account, kind, "accounts.links", "1", 0.5, ("why",), NOW, details={"linked_to": to})

    findings = [make("f1", "a", "x"), make("f2", "a", "y"), make("f3", "b", "x")]
    with database.write() as connection:
        record_account_findings(connection, findings, NOW)
        record_account_findings(connection, [make("f4", "c", "x", AccountFindingKind.BAN_EVASION)], NOW)
        assert store.count_linked_since(connection, NOW - timedelta(days=1)) == 2
        assert store.count_linked_since(connection, NOW) == 0
