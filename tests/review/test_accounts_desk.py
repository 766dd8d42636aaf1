"""The desk for accounts on both databases: what it allows, refuses, promises and writes down."""

from dataclasses import replace
from datetime import timedelta

import pytest
from account_floor import AccountFloor
from review_floor import UNDO_SECONDS, Floor, sha256_of

from jacana.audit import list_entries, verify_log
from jacana.db.outbox import list_due, mark_started
from jacana.model.decision import Lane
from jacana.model.verdict import AccountVerdict, Verdict
from jacana.review.cases import CaseState, ItemState
from jacana.review.errors import (
    CaseClosedError,
    CaseMissingError,
    CaseStaleError,
    DecisionFormInvalidError,
    DecisionMissingError,
    DecisionStandsError,
    DecisionUndoneError,
    ItemMissingError,
    LeaseLostError,
    TooEarlyToOverturnError,
    TooLateToUndoError,
)


def state_of(floor: AccountFloor, case_id: str) -> CaseState:
    return floor.do(lambda c: floor.desk.get_case(c, case_id)).head.state


# Cases and queue


def test_an_account_waits_a_day_in_its_own_lane_and_needs_no_view(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1", "f2")
    (row,) = account_floor.do(lambda c: account_floor.desk.list_queue(c))
    assert (row.case_id, row.lane, row.view_needed, row.covered_by) == (case_id, Lane.ACCOUNTS, False, None)
    assert (row.item_count, row.undecided_count, row.pending_count, row.account_count) == (1, 1, 0, 1)
    assert row.due_at - row.opened_at == timedelta(hours=24)
    assert account_floor.item(case_id).finding_ids == ("f1", "f2")
    assert account_floor.do(lambda c: account_floor.desk.get_case(c, case_id)).items == ()


def test_new_findings_join_and_known_ones_change_nothing(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1")
    assert account_floor.open("acc", "f1", "f1") == case_id
    assert account_floor.open("acc", "f1", "f2") == case_id
    assert account_floor.item(case_id).finding_ids == ("f1", "f2")
    assert account_floor.do(lambda c: account_floor.desk.get_case(c, case_id)).version == 2
    assert account_floor.verbs(case_id) == ["case.opened", "case.joined"]
    assert account_floor.open("other", "g1") != case_id
    assert account_floor.open("acc", "f3", lane=Lane.IMMINENT_HARM) != case_id


def test_the_queue_is_worst_lane_first(account_floor: AccountFloor) -> None:
    lanes = [Lane.UNREADABLE, Lane.ACCOUNTS, Lane.REVIEW]
    for place, lane in enumerate(lanes):
        account_floor.open(f"acc_{place}", f"f{place}", lane=lane)
    rows = account_floor.do(lambda c: account_floor.desk.list_queue(c))
    assert [row.lane for row in rows] == [Lane.REVIEW, Lane.ACCOUNTS, Lane.UNREADABLE]


def test_what_a_standing_verdict_rests_on_asks_nobody_again(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1", "f2")
    account_floor.settle(case_id)
    assert account_floor.open("acc", "f2") == case_id
    assert state_of(account_floor, case_id) is CaseState.CLOSED
    assert account_floor.open("acc", "f1", "f3") != case_id


# Verdicts


def test_a_verdict_waits_out_its_window_then_closes_the_case(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1")
    review = account_floor.decide(case_id, reason="  a family on one tablet ")
    assert (review.reason, review.finding_ids, review.pending) == ("a family on one tablet", ("f1",), True)
    assert account_floor.item(case_id).state is ItemState.PENDING
    with account_floor.database.read() as connection:
        assert list_due(connection, account_floor.clock()) == []
        (row,) = list_due(connection, account_floor.clock() + timedelta(seconds=UNDO_SECONDS))
    assert (row.id, row.topic, row.payload) == (review.id, "apply_account_review", {"review_id": review.id})
    assert account_floor.do(lambda c: account_floor.accounts.standing(c, "acc")) is None
    applied = account_floor.apply(review.id)
    assert applied.stands
    assert account_floor.apply(review.id) == applied
    assert account_floor.do(lambda c: account_floor.accounts.standing(c, "acc")) == applied
    assert state_of(account_floor, case_id) is CaseState.CLOSED
    assert account_floor.verbs(case_id) == ["case.opened", "case.leased", "case.decided", "case.applied", "case.closed"]
    with account_floor.database.read() as connection:
        assert verify_log(connection).green
        told = [entry for _, entry in list_entries(connection, subject=case_id)]
    assert "tablet" not in repr([entry.details for entry in told])
    assert told[2].details == {"account_id": "acc", "decision_id": review.id, "findings": 1, "verdict": "shared"}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"reason": " x "}, DecisionFormInvalidError, id="no reason"),
        pytest.param({"reason": "x" * 2001}, DecisionFormInvalidError, id="long reason"),
        pytest.param({"finding_ids": ()}, DecisionFormInvalidError, id="no findings"),
        pytest.param({"finding_ids": ("f1", "g1")}, DecisionFormInvalidError, id="foreign finding"),
        pytest.param({"finding_ids": ("f1", "f9")}, DecisionFormInvalidError, id="not before a person"),
        pytest.param({"account_id": "other"}, ItemMissingError, id="other account"),
        pytest.param({"case_id": "case_none"}, CaseMissingError, id="no case"),
        pytest.param({"lease_token": 99}, LeaseLostError, id="other lease"),
        pytest.param({"user_id": "ben"}, LeaseLostError, id="other person"),
        pytest.param({"version": 99}, CaseStaleError, id="stale"),
    ],
)
def test_a_form_that_does_not_fit_is_refused(account_floor: AccountFloor, changes, refusal) -> None:
    account_floor.find("other", "g1")
    account_floor.find("acc", "f9")
    case_id = account_floor.open("acc", "f1")
    form = replace(account_floor.form(case_id), **changes)
    with pytest.raises(refusal) as problem:
        account_floor.do(lambda c: account_floor.accounts.decide(c, form))
    if refusal is DecisionFormInvalidError:
        assert problem.value.field == next(iter(changes))
    assert account_floor.item(case_id).state is ItemState.UNDECIDED


def test_an_account_has_one_live_verdict(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1")
    account_floor.decide(case_id)
    with pytest.raises(DecisionStandsError):
        account_floor.decide(case_id)
    closed = account_floor.open("other", "g1")
    form = account_floor.form(closed)
    account_floor.settle(closed)
    with pytest.raises(CaseClosedError):
        account_floor.do(lambda c: account_floor.accounts.decide(c, form))


def test_undone_in_its_window_it_waits_again(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1")
    review = account_floor.decide(case_id)
    account_floor.do(lambda c: account_floor.accounts.undo(c, review.id, "anna"))
    assert account_floor.item(case_id).state is ItemState.UNDECIDED
    with pytest.raises(DecisionUndoneError):
        account_floor.do(lambda c: account_floor.accounts.undo(c, review.id, "anna"))
    with pytest.raises(DecisionUndoneError):
        account_floor.apply(review.id)
    second = account_floor.decide(case_id)
    with pytest.raises(DecisionMissingError):
        account_floor.do(lambda c: account_floor.accounts.undo(c, "arev_none", "anna"))
    account_floor.do(lambda c: mark_started(c, second.id, account_floor.clock()))
    with pytest.raises(TooLateToUndoError):
        account_floor.do(lambda c: account_floor.accounts.undo(c, second.id, "anna"))


@pytest.mark.parametrize("verdict", [AccountVerdict.CLEARED, AccountVerdict.TRADING])
def test_what_came_after_the_page_waits_for_its_own_verdict_unless_it_trades(
    account_floor: AccountFloor, verdict: AccountVerdict
) -> None:
    case_id = account_floor.open("acc", "f1")
    review = account_floor.decide(case_id, verdict=verdict)
    account_floor.open("acc", "f1", "f2")
    account_floor.apply(review.id)
    waits = verdict is not AccountVerdict.TRADING
    assert account_floor.item(case_id).state is (ItemState.UNDECIDED if waits else ItemState.DECIDED)
    assert state_of(account_floor, case_id) is (CaseState.OPEN if waits else CaseState.CLOSED)
    if waits:
        second = account_floor.settle(case_id, verdict)
        assert second.finding_ids == ("f1", "f2")
        assert state_of(account_floor, case_id) is CaseState.CLOSED


def test_a_case_of_file_and_account_closes_with_the_last_of_both(account_floor: AccountFloor) -> None:
    files = Floor(account_floor.database, account_floor.clock, account_floor.desk)
    case_id = account_floor.open("acc", "f1")
    assert files.open("up_1", "acc", "film", Lane.ACCOUNTS) == case_id
    files.settle(files.decide(case_id, "film", verdict=Verdict.CLEARED).id)
    assert state_of(account_floor, case_id) is CaseState.OPEN
    (row,) = account_floor.do(lambda c: account_floor.desk.list_queue(c))
    assert (row.item_count, row.undecided_count, row.view_needed) == (2, 1, False)
    account_floor.settle(case_id)
    assert state_of(account_floor, case_id) is CaseState.CLOSED
    assert account_floor.verbs(case_id).count("case.closed") == 1


def test_an_account_beside_a_covered_file_is_not_covered(account_floor: AccountFloor) -> None:
    files = Floor(account_floor.database, account_floor.clock, account_floor.desk)
    ahead = files.open("up_1", "other", "film")
    case_id = account_floor.open("acc", "f1")
    files.upload("up_2", "acc", "film")
    files.do(lambda c: files.desk.open_case(c, "acc", Lane.ACCOUNTS, "up_2", sha256_of("film")))
    rows = {row.case_id: row for row in account_floor.do(lambda c: account_floor.desk.list_queue(c))}
    assert rows[case_id].covered_by is None
    account_floor.settle(case_id)
    rows = {row.case_id: row for row in account_floor.do(lambda c: account_floor.desk.list_queue(c))}
    assert rows[case_id].covered_by == ahead


# Overturning


def test_overturned_it_waits_again_in_its_case(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1")
    pending = account_floor.decide(case_id)
    with pytest.raises(TooEarlyToOverturnError):
        account_floor.do(lambda c: account_floor.accounts.overturn(c, pending.id, "lea", "wrong family"))
    account_floor.apply(pending.id)
    with pytest.raises(DecisionFormInvalidError):
        account_floor.do(lambda c: account_floor.accounts.overturn(c, pending.id, "lea", " "))
    account_floor.clock.advance(3600)
    overturned = account_floor.do(lambda c: account_floor.accounts.overturn(c, pending.id, "lea", "wrong family"))
    assert overturned.overturned_at == account_floor.clock()
    assert account_floor.do(lambda c: account_floor.accounts.standing(c, "acc")) is None
    file = account_floor.do(lambda c: account_floor.desk.get_case(c, case_id))
    assert file.open
    assert file.head.due_at == account_floor.clock() + timedelta(hours=24)
    assert account_floor.item(case_id).state is ItemState.UNDECIDED
    with pytest.raises(DecisionUndoneError):
        account_floor.do(lambda c: account_floor.accounts.overturn(c, pending.id, "lea", "wrong family"))
    account_floor.settle(case_id, AccountVerdict.TRADING)
    assert account_floor.verbs(case_id).count("case.overturned") == 1
    reviews = account_floor.do(lambda c: account_floor.accounts.list_reviews(c, case_id=case_id))
    assert [(review.verdict, review.stands) for review in reviews] == [("shared", False), ("trading", True)]


def test_overturned_it_joins_what_waits_already(account_floor: AccountFloor) -> None:
    first = account_floor.open("acc", "f1")
    old = account_floor.settle(first)
    second = account_floor.open("acc", "f2", "f1")
    account_floor.do(lambda c: account_floor.accounts.overturn(c, old.id, "lea", "wrong family"))
    assert account_floor.item(second).finding_ids == ("f2", "f1")
    assert state_of(account_floor, first) is CaseState.CLOSED
    assert account_floor.do(lambda c: account_floor.accounts.list_items(c, first)) == ()


def test_overturned_it_moves_to_an_open_case_that_asks_about_files_only(account_floor: AccountFloor) -> None:
    files = Floor(account_floor.database, account_floor.clock, account_floor.desk)
    first = account_floor.open("acc", "f1")
    old = account_floor.settle(first)
    second = files.open("up_1", "acc", "film", Lane.ACCOUNTS)
    account_floor.do(lambda c: account_floor.accounts.overturn(c, old.id, "lea", "wrong family"))
    assert account_floor.item(second).state is ItemState.UNDECIDED
    assert state_of(account_floor, first) is CaseState.CLOSED
    account_floor.settle(second)


def test_overturning_a_verdict_that_newer_findings_left_behind_keeps_the_newer_one(account_floor: AccountFloor) -> None:
    files = Floor(account_floor.database, account_floor.clock, account_floor.desk)
    case_id = account_floor.open("acc", "f1")
    files.open("up_1", "acc", "film", Lane.ACCOUNTS)  # keeps the case open
    old = account_floor.settle(case_id)
    account_floor.open("acc", "f2")
    newer = account_floor.settle(case_id)
    account_floor.do(lambda c: account_floor.accounts.overturn(c, old.id, "lea", "wrong family"))
    item = account_floor.item(case_id)
    assert (item.state, item.decision_id) == (ItemState.DECIDED, newer.id)
    assert account_floor.do(lambda c: account_floor.accounts.list_judged(c, "acc")) == {"f1": newer, "f2": newer}
