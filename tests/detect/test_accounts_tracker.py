from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from session_events import START, EventMaker, event_lists, split_list

from jacana.db.engine import Database
from jacana.detect.accounts.state import store
from jacana.detect.accounts.state.networks import HUB_ACCOUNTS
from jacana.detect.accounts.tracker import AccountTracker, AccountUpdate, Forgotten
from jacana.detect.findings.store import record_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TermMatch, TextField
from jacana.model.tie import TieKind
from jacana.settings import Settings

NOW = START + timedelta(days=400)
TRACKER = AccountTracker(Settings())


def work(database: Database, events, findings=(), accounts=()) -> AccountUpdate:
    """One batch, as the pipeline works it."""
    with database.write() as connection:
        loaded = TRACKER.load(connection, events, accounts)
        update = TRACKER.fold(loaded, events, findings)
        record_account_findings(connection, update.findings, NOW)
        TRACKER.save(connection, update, NOW)
    return update


def hit(event, kind=AccountFindingKind.TERM_HIT, field=TextField.CAPTION, state="active") -> AccountFinding:
    match = (TermMatch("term_1", 0, 3, Look.FOLDED, 3, state),) if kind is AccountFindingKind.TERM_HIT else ()
    return AccountFinding(
        f"find_{event.id}", event.account_id, kind, "t", "1", 1.0, (), event.occurred_at, field=field, matches=match
    )


def test_a_vault_is_found_once_a_day_and_its_finding_says_why(database):
    make = EventMaker()
    make.open_vault("a", 7, days=18)
    update = work(database, make.events)
    (finding,) = update.findings
    assert finding.kind is AccountFindingKind.VAULT_ACCOUNT
    assert finding.attempt is Attempt.DISTRIBUTE
    assert finding.reasons[0].startswith("Seven groups of devices that share no network watched 4 items")
    assert finding.details["independent_clusters"] == 7
    assert finding.details["only_me_uploads"] == 4
    assert finding.details["linked_to_confirmed"] is False
    same_day = make.watch("a", 17.9, "a-0", "d9", "n9")
    assert work(database, [same_day]).findings == ()
    next_day = make.watch("a", 18, "a-0", "d9", "n9")
    assert len(work(database, [next_day]).findings) == 1


def test_a_profile_shows_what_the_score_rests_on(database):
    make = EventMaker()
    make.open_vault("a", 7, days=18)
    make.open_vault("b", 3, days=18)
    make.log_in("c", 18, "d", "n")
    work(database, make.events)
    with database.read() as connection:
        profile = TRACKER.read_profile(connection, "a")
        assert profile.features.clusters == 7
        assert profile.score >= Settings().account_review_score
        assert profile.scored_on == date(2026, 3, 19)
        assert (profile.devices, profile.pattern) == (7, None)
        assert TRACKER.read_profile(connection, "nobody") is None
        assert [top.account_id for top in TRACKER.list_top(connection, 5)] == ["a", "b"]


def test_one_family_behind_one_address_is_no_vault(database):
    make = EventMaker()
    make.open_vault("a", 1, days=18)
    for day in range(1, 18):
        for device in range(8):
            make.watch("a", day + 0.5, "a-1", f"d{device}", "a-n0")
    assert work(database, make.events).findings == ()


def test_what_joined_devices_before_it_became_a_hub_joins_none_after(database):
    make = EventMaker()
    for item in range(4):
        make.upload("a", 0, f"u{item}")
    for day in range(1, 20):
        for device in range(7):
            make.watch("a", day, f"u{day % 4}", f"d{device}", "shared")
            make.watch("a", day, f"u{day % 4}", f"d{device}", f"own{device}")
    work(database, make.events)
    with database.read() as connection:
        assert TRACKER.read_profile(connection, "a").features.clusters == 1
    others = [make.log_in(f"other{number}", 20, f"x{number}", "shared") for number in range(HUB_ACCOUNTS + 1)]
    work(database, others)
    again = make.watch("a", 20.5, "u0", "d0", "own0")
    assert len(work(database, [again]).findings) == 1
    with database.read() as connection:
        assert TRACKER.read_profile(connection, "a").features.clusters == 7


@pytest.mark.parametrize(
    "kind", [AccountFindingKind.TERM_HIT, AccountFindingKind.LOGIN_HANDOVER], ids=["term", "login"]
)
def test_a_sign_of_trade_does_not_wait_for_fourteen_days(database, kind):
    make = EventMaker()
    make.open_vault("a", 5, days=4)
    teaser = make.upload("a", 4, "t", "public")
    assert work(database, make.events).findings == ()
    assert len(work(database, [], [hit(teaser, kind)], ["a"]).findings) == 1


@pytest.mark.parametrize(
    "finding",
    [{"field": TextField.SEARCH}, {"field": TextField.MESSAGE}, {"state": "shadow"}, {"state": "probation"}],
    ids=["search", "message", "shadow", "probation"],
)
def test_searches_messages_and_unproven_terms_are_no_teasers(database, finding):
    make = EventMaker()
    make.open_vault("a", 5, days=4)
    assert work(database, make.events, [hit(make.events[0], **finding)]).findings == ()


def test_the_same_finding_twice_counts_once(database):
    make = EventMaker()
    make.open_vault("a", 5, days=4)
    found = hit(make.events[0])
    work(database, make.events, [found, found])
    work(database, [], [found], ["a"])
    with database.read() as connection:
        assert TRACKER.read_profile(connection, "a").features.teaser_hits == 1


def test_a_link_to_a_confirmed_account_counts_as_long_as_it_stands(database):
    make = EventMaker()
    make.open_vault("a", 5, days=4)
    work(database, make.events)
    link = replace(hit(make.events[0]), kind=AccountFindingKind.LINKED_ACCOUNT, field=None, matches=())
    with database.write() as connection:
        record_account_findings(connection, [link], NOW)
    (finding,) = work(database, [], accounts=["a"]).findings
    assert finding.details["linked_to_confirmed"] is True
    make.open_vault("b", 5, days=4)
    assert len(work(database, make.events, [replace(link, id="find_b", account_id="b")]).findings) == 1


def test_a_device_seen_under_two_epochs_ties_accounts_of_both(database):
    make = EventMaker()
    work(database, [make.log_in("a", 0, "old", "n", device_key_before="older")])
    work(database, [make.log_in("b", 1, "new", "n", device_key_before="old")])
    with database.read() as connection:
        tied = {
            (tie.entity, tie.account_id)
            for tie in store.list_ties(connection, ["a", "b"])
            if tie.kind == TieKind.DEVICE
        }
    assert tied == {("old", "a"), ("old", "b"), ("new", "b")}


def test_a_replayed_batch_writes_nothing_twice(database):
    make = EventMaker()
    make.open_vault("a", 7, days=18)

    def read():
        with database.read() as connection:
            return store.load_accounts(connection, ["a"]), store.list_ties(connection, ["a"])

    work(database, make.events)
    before = read()
    assert work(database, make.events).findings == ()
    assert read() == before


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event_lists(25), st.lists(st.integers(0, 100), max_size=3))
def test_any_events_in_any_batches_leave_the_same_rows(sqlite_url, events, cuts):
    left = []
    for batches in ([events], split_list(events, cuts)):
        database = Database(sqlite_url)
        for batch in batches:
            work(database, batch)
        with database.write() as connection:
            accounts = store.load_accounts(connection, ["a0", "a1", "a2"])
            ties = store.list_ties(connection, [f"a{number}" for number in range(6)])
            left.append(({one: row.record for one, row in accounts.items()}, ties))
            for forget in (store.forget_accounts, store.forget_networks, store.forget_ties):
                forget(connection, NOW + timedelta(days=9), 10_000)
        database.close()
    assert left[0] == left[1]


def test_what_is_old_is_forgotten(database):
    make = EventMaker()
    make.open_vault("a", 3, days=5)
    work(database, make.events)
    with database.write() as connection:
        assert TRACKER.forget(connection, START + timedelta(days=60)) == Forgotten(0, 0, 0)
        forgotten = TRACKER.forget(connection, START + timedelta(days=900))
        assert (forgotten.accounts, forgotten.networks, forgotten.ties) == (1, 3, 6)
        assert TRACKER.read_profile(connection, "a") is None


def test_an_empty_batch_and_unknown_accounts_do_nothing(database):
    update = work(database, [], accounts=["nobody"])
    assert (update.findings, update.ties, update.changed) == ((), (), frozenset())


def test_a_few_statements_load_a_large_batch(database):
    make = EventMaker()
    for number in range(400):
        make.upload(f"a{number}", 0, f"u{number}", device_key=f"d{number}", ip_key=f"n{number}")
    work(database, make.events)
    asked = []
    with database.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
        TRACKER.load(connection, make.events)
    assert len(asked) <= 6
