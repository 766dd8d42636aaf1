from datetime import timedelta

import pytest

from jacana.db.tables.detect_accounts import detect_networks, detect_ties
from jacana.db.tables.ingest import ingest_accounts
from jacana.detect.accounts.door import store
from jacana.model.account import AccountState
from jacana.model.tie import TieKind


def add_account(connection, clock, account: str, state: str = "banned", seconds: int = 0) -> None:
    at = clock() + timedelta(seconds=seconds)
    values = {"id": account, "state": state, "first_seen_at": clock(), "updated_at": at, "screen_name": f"n {account}"}
    connection.execute(ingest_accounts.insert().values(**values))


def add_tie(connection, clock, account: str, kind: TieKind, entity: str, days: int = 0) -> None:
    at = clock() - timedelta(days=days)
    values = {"first_seen_at": at, "last_seen_at": at, "sessions": 1, "attested": False}
    connection.execute(detect_ties.insert().values(kind=kind.value, entity=entity, account_id=account, **values))


def test_accounts_are_followed_by_the_time_of_their_change(database, clock) -> None:
    with database.write() as connection:
        assert store.last_change(connection) is None
        add_account(connection, clock, "anna", seconds=1)
        add_account(connection, clock, "berta", "active", seconds=2)
        add_account(connection, clock, "carla", "suspended")
        assert store.last_change(connection) == clock() + timedelta(seconds=2)
        changed = store.read_accounts(connection, clock() + timedelta(seconds=1))
        assert [(row.id, row.state) for row in changed] == [
            ("anna", AccountState.BANNED), ("berta", AccountState.ACTIVE)
        ]  # fmt: skip
        assert [row.id for row in store.read_banned(connection)] == ["anna"]
        assert store.load_accounts(connection, ["anna", "nobody"])["anna"].names == ("n anna", None)
        assert store.read_causes(connection, ["anna"]) == {}


def test_ties_are_the_newest_without_what_many_have(database, clock) -> None:
    with database.write() as connection:
        for place in range(25):
            add_tie(connection, clock, "anna", TieKind.DEVICE, f"key_{place:02}", days=place)
        add_tie(connection, clock, "anna", TieKind.CONTENT, "rare")
        for account in ("anna", *(f"o{place}" for place in range(store.FEW_HOLDERS))):
            add_tie(connection, clock, account, TieKind.CONTENT, "common")
        devices = store.read_ties(connection, ["anna", "berta"], TieKind.DEVICE)
        assert devices == {"anna": tuple(f"key_{place:02}" for place in range(20))}
        assert store.read_ties(connection, ["anna"], TieKind.CONTENT) == {"anna": ("rare",)}


def test_hub_networks_are_left_out(database, clock) -> None:
    with database.write() as connection:
        for network, hub in (("home", False), ("campus", True)):
            add_tie(connection, clock, "anna", TieKind.NETWORK, network)
            values = {"accounts": b"", "account_count": 1, "hub": hub, "updated_at": clock()}
            connection.execute(detect_networks.insert().values(network=network, **values))
        assert store.read_ties(connection, ["anna"], TieKind.NETWORK) == {"anna": ("home",)}


@pytest.mark.parametrize("after", [0, 5], ids=["start", "later"])
def test_without_bans_and_appeals_there_is_nothing_to_follow(database, after: int) -> None:
    with database.read() as connection:
        assert store.read_bans(connection, after, 10) == []
        assert store.last_appeal(connection) is None
        assert store.read_exempt(connection) == frozenset()
