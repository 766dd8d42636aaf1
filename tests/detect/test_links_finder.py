"""Finding links in the database: ranked, explained, capped; no component is built on network addresses."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from link_ties import CONTENT, DEVICE, NETWORK, NOW, PAYMENT, save, share

from jacana.db.engine import Database
from jacana.db.tables.detect_accounts import detect_accounts, detect_networks, detect_ties
from jacana.detect.accounts.links import finder as module
from jacana.detect.accounts.links.finder import LEAST_PER_DAY, MOST_LINKS, MOST_PER_DAY, LinkFinder
from jacana.detect.accounts.links.paths import explain_path
from jacana.detect.findings.store import record_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.tie import Tie, TieKind
from jacana.settings import Settings

FINDER = LinkFinder(Settings())


def search(database: Database, *seeds: str):
    with database.read() as connection:
        return FINDER.search(connection, seeds, NOW)


def test_candidates_come_ranked_and_explained(database: Database):
    save(
        database,
        share(DEVICE, "d", "x", "close", last=0),
        share(PAYMENT, "p", "x", "close", last=0),
        share(DEVICE, "e", "x", "loose", attested=False, last=200, first=300),
        share(CONTENT, "f", "close", "far", last=0),
    )
    found = search(database, "x")
    assert [link.account_id for link in found.links] == ["close", "far", "loose"]
    assert found.links[0].score > 0.9 and found.links[0].linked_to == "x"
    assert found.links[0].kinds == ("device", "payment")
    text = explain_path(found.links[1].paths[0], {"x": datetime(2026, 5, 20, tzinfo=UTC)})
    assert text.startswith("Shares an identical file (") and "which shares a device" in text
    with database.read() as connection:
        assert FINDER.find_links(connection, ["x"], NOW) == found.links


def test_a_seed_without_ties_links_nobody(database: Database):
    found = search(database, "nobody")
    assert found.links == () and found.reached == 0


def test_several_seeds_add_up(database: Database):
    save(
        database,
        share(DEVICE, "d", "x", "b", attested=False, last=100, first=120),
        share(DEVICE, "e", "y", "b", attested=False, last=100, first=120),
    )
    one, both = search(database, "x").links[0], search(database, "x", "y").links[0]
    assert both.account_id == "b" and len(both.paths) == 2
    assert both.score > one.score


def test_a_crowded_thing_links_nobody_and_is_said(database: Database):
    save(database, share(DEVICE, "school-tablet", "x", *(f"pupil{i}" for i in range(60))), share(DEVICE, "d", "x", "b"))
    found = search(database, "x")
    assert [link.account_id for link in found.links] == ["b"]
    assert found.crowded == {"device": 1}


def test_who_is_tied_by_networks_alone_is_not_returned(database: Database):
    save(
        database,
        share(NETWORK, "home", "x", "neighbour"),
        share(DEVICE, "d", "neighbour", "friend"),
        share(DEVICE, "e", "x", "b"),
        share(NETWORK, "home2", "b", "stranger"),
    )
    assert [link.account_id for link in search(database, "x").links] == ["b"]


def test_a_home_like_network_strengthens_and_a_hub_does_not(database: Database):
    weak = share(DEVICE, "d", "x", "b", attested=False, last=300, first=310)
    save(database, weak)
    alone = search(database, "x").links[0].score
    save(database, share(NETWORK, "n", "x", "b"))
    together = search(database, "x").links[0]
    assert together.score > alone and "network" in together.kinds
    row = {"network": "n", "accounts": b"", "account_count": 2, "hub": True, "updated_at": NOW}
    with database.write() as connection:
        connection.execute(detect_networks.insert().values(row))
    assert search(database, "x").links[0].score == alone


def test_at_most_so_many_candidates_and_the_rest_is_counted(database: Database):
    save(database, *(share(DEVICE, f"d{i}", "x", f"b{i:02}") for i in range(MOST_LINKS + 7)))
    found = search(database, "x")
    assert len(found.links) == MOST_LINKS and found.left_out == 7


def test_reading_stops_at_its_limit_and_says_so(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_NODES", 10)
    save(database, *(share(DEVICE, f"d{i}", f"a{i}", f"a{i + 1}", "x") for i in range(20)))
    found = search(database, "x")
    assert found.cut_short and 0 < found.reached < 21


def test_the_queries_do_not_grow_with_the_world(database: Database):
    """Two hundred groups elsewhere change nothing: one search reads what is near."""
    import sqlalchemy as sa

    save(database, share(DEVICE, "d", "x", "b"), share(PAYMENT, "p", "b", "c"))
    save(database, *(share(DEVICE, f"else{i}", f"e{i}", f"e{i + 1}") for i in range(200)))
    counted: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *told: counted.append(told[2]))
    assert {link.account_id for link in search(database, "x").links} == {"b", "c"}
    assert sum("detect_ties" in text for text in counted) <= 8


# The rule that no component is built on network addresses

ACCOUNTS = st.integers(0, 9)
TIES = st.lists(
    st.tuples(st.sampled_from([DEVICE, PAYMENT, CONTENT, NETWORK, NETWORK]), st.integers(0, 4), ACCOUNTS),
    min_size=1,
    max_size=40,
    unique=True,
)


def component_without_networks(ties: list[tuple[TieKind, int, int]], seed: int) -> set[int]:
    reached, grew = {seed}, True
    while grew:
        things = {(kind, thing) for kind, thing, account in ties if account in reached and kind is not NETWORK}
        wider = reached | {account for kind, thing, account in ties if (kind, thing) in things}
        grew, reached = wider != reached, wider
    return reached


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TIES)
def test_no_component_is_built_on_network_addresses(sqlite_url: str, ties: list[tuple[TieKind, int, int]]):
    database = Database(sqlite_url)
    try:
        with database.write() as connection:
            connection.execute(detect_ties.delete())
        save(database, [_tie(kind, thing, account) for kind, thing, account in ties])
        with database.read() as connection:
            found = FINDER.search(connection, ["a0"], NOW)
            drawn = FINDER.draw_from(connection, "a0", NOW)
    finally:
        database.close()
    allowed = {f"a{account}" for account in component_without_networks(ties, 0)}
    assert {link.account_id for link in found.links} <= allowed - {"a0"}
    assert {one.account_id for one in drawn.accounts} <= allowed
    for link in found.links:
        for hop in link.paths[0].hops:
            assert any(shared.kind is not NETWORK for shared in hop.shared)


def _tie(kind: TieKind, thing: int, account: int) -> Tie:
    return share(kind, f"{kind.value}{thing}", f"a{account}")[0]


# The guardrail


@pytest.mark.parametrize(
    ("accounts", "ceiling"),
    [
        pytest.param(0, LEAST_PER_DAY, id="nobody"),
        pytest.param(99, LEAST_PER_DAY, id="small"),
        pytest.param(400, 20, id="some"),
        pytest.param(16_000, MOST_PER_DAY, id="large"),
    ],
)
def test_the_guardrail_is_five_percent_and_never_more_than_750(sqlite_url: str, accounts: int, ceiling: int):
    database = Database(sqlite_url)
    blank = {"state": b"", "score": 0.0, "last_event_at": NOW, "updated_at": NOW}
    with database.write() as connection:
        if accounts:
            connection.execute(detect_accounts.insert(), [{"account_id": f"a{i}", **blank} for i in range(accounts)])
        assert FINDER.measure_room(connection, NOW, NOW - timedelta(days=1)) == ceiling
        finding = AccountFinding("f", "a1", AccountFindingKind.LINKED_ACCOUNT, "accounts.links", "1", 0.5, (), NOW)
        record_account_findings(connection, [finding], NOW)
        assert FINDER.measure_room(connection, NOW, NOW - timedelta(days=1)) == ceiling - 1
    database.close()


def test_the_neighbourhood_marks_whom_the_caller_knows_as_confirmed(database: Database):
    save(database, share(DEVICE, "d", "me", "b"), share(PAYMENT, "p", "b", "bad"))
    asked: list[set[str]] = []

    def find_confirmed(account_ids):
        asked.append(set(account_ids))
        return {"bad": NOW}

    with database.read() as connection:
        found = FINDER.draw_from(connection, "me", NOW, find_confirmed)
    assert asked == [{"me", "b", "bad"}]
    assert [path.account_ids for path in found.paths] == [("me", "b", "bad")]
