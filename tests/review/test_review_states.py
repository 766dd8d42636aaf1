"""Leases, forms and coverage, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.model.decision import Lane
from jacana.model.verdict import Classification, Verdict
from jacana.review import states
from jacana.review.cases import CaseHead, CaseItem, CaseState, DecisionForm, ReviewDecision
from jacana.review.errors import (
    CaseClosedError,
    CaseLeasedError,
    CaseStaleError,
    DecisionFormInvalidError,
    LeaseLostError,
)
from jacana.review.lanes import due_at

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def make_head(id: str = "case_1", lane: Lane = Lane.REVIEW, minutes: float = 0, **changes) -> CaseHead:
    opened = NOW + timedelta(minutes=minutes)
    head = CaseHead(id, "acc", lane, CaseState.OPEN, 4, opened, due_at(lane, opened), None, None, 0, None)
    return replace(head, **changes)


def make_item(case_id: str, file: str, **changes) -> CaseItem:
    return replace(CaseItem(case_id, f"up_{case_id}_{file}", file, NOW), **changes)


def make_decision(case_id: str, file: str, **changes) -> ReviewDecision:
    decision = ReviewDecision("rdec_1", case_id, file, Verdict.CLEARED, None, "fine", "anna", True, NOW, NOW)
    return replace(decision, **changes)


FORM = DecisionForm("case_1", "f", Verdict.CONFIRMED, Classification.B2, "seen it", "anna", 1, 4)


def test_a_free_case_is_lent_under_the_next_token() -> None:
    lease = states.grant_lease(make_head(lease_token=6), "anna", NOW, 900)
    assert (lease.user_id, lease.token, lease.until, lease.version) == ("anna", 7, NOW + timedelta(seconds=900), 4)


def test_the_holder_renews_under_the_same_token_until_the_lease_ends() -> None:
    held = make_head(leased_by="anna", lease_token=6, lease_until=NOW + timedelta(seconds=1))
    assert states.grant_lease(held, "anna", NOW, 900).token == 6
    assert states.grant_lease(held, "anna", NOW + timedelta(seconds=1), 900).token == 7
    with pytest.raises(CaseLeasedError):
        states.grant_lease(held, "ben", NOW, 900)
    assert states.grant_lease(held, "ben", NOW + timedelta(seconds=1), 900).token == 7


def test_a_closed_case_is_not_lent() -> None:
    with pytest.raises(CaseClosedError):
        states.grant_lease(make_head(state=CaseState.CLOSED), "anna", NOW, 900)


@pytest.mark.parametrize(
    ("user_id", "token", "seconds"),
    [("ben", 6, 0), ("anna", 5, 0), ("anna", 7, 0), ("anna", 6, 60)],
)
def test_a_lost_lease_does_not_count(user_id: str, token: int, seconds: int) -> None:
    held = make_head(leased_by="anna", lease_token=6, lease_until=NOW + timedelta(seconds=60))
    states.check_lease(held, "anna", 6, NOW)
    with pytest.raises(LeaseLostError):
        states.check_lease(held, user_id, token, NOW + timedelta(seconds=seconds))


def test_a_stale_version_does_not_count() -> None:
    states.check_version(make_head(), 4)
    for version in (3, 5):
        with pytest.raises(CaseStaleError):
            states.check_version(make_head(), version)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": " ab  "}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"verdict": Verdict.CLEARED}, "classification"),
        ({"verdict": Verdict.VIOLATING}, "classification"),
    ],
)
def test_a_bad_form_names_the_field(changes: dict, field: str) -> None:
    states.check_form(FORM)
    states.check_form(replace(FORM, verdict=Verdict.CLEARED, classification=None, reason="ok!"))
    with pytest.raises(DecisionFormInvalidError) as caught:
        states.check_form(replace(FORM, **changes))
    assert caught.value.field == field
    assert caught.value.remedy


def test_only_who_has_seen_the_whole_file_classifies_it() -> None:
    states.check_classified(FORM, viewed_whole=True)
    states.check_classified(replace(FORM, classification=None), viewed_whole=False)
    with pytest.raises(DecisionFormInvalidError) as caught:
        states.check_classified(FORM, viewed_whole=False)
    assert caught.value.field == "classification"
    assert "leave the classification empty" in caught.value.remedy


def test_the_queue_is_worst_lane_first_then_due_first() -> None:
    heads = [
        make_head("u", Lane.UNREADABLE, -5000),
        make_head("r2", Lane.REVIEW, -1),
        make_head("r1", Lane.REVIEW, -2),
        make_head("h", Lane.IMMINENT_HARM),
        make_head("c", Lane.APPARENT_CSAM),
    ]
    rows = states.order_queue(heads, [], NOW)
    assert [row.case_id for row in rows] == ["c", "h", "r1", "r2", "u"]
    assert [row.overdue for row in rows] == [False, False, False, False, True]


def test_a_copy_behind_another_case_needs_no_view() -> None:
    heads = [make_head("first", minutes=-2), make_head("second", minutes=-1)]
    items = [make_item("second", "f"), make_item("first", "f"), make_item("first", "g")]
    first, second = states.order_queue(heads, items, NOW)
    assert (first.case_id, first.view_needed, first.covered_by, first.undecided_count) == ("first", True, None, 2)
    assert (second.view_needed, second.covered_by) == (False, "first")


def test_one_file_of_its_own_makes_a_view_needed() -> None:
    heads = [make_head("first", minutes=-2), make_head("second", minutes=-1)]
    items = [make_item("first", "f"), make_item("second", "f"), make_item("second", "own")]
    second = states.order_queue(heads, items, NOW)[1]
    assert (second.view_needed, second.covered_by, second.item_count) == (True, None, 2)


def test_the_worse_lane_leads_even_if_it_is_younger() -> None:
    heads = [make_head("old", Lane.UNREADABLE, -60), make_head("bad", Lane.APPARENT_CSAM)]
    rows = states.order_queue(heads, [make_item("old", "f"), make_item("bad", "f")], NOW)
    assert [(row.case_id, row.view_needed, row.covered_by) for row in rows] == [
        ("bad", True, None),
        ("old", False, "bad"),
    ]


def test_a_pending_verdict_covers_copies_and_needs_no_second_view() -> None:
    heads = [make_head("first", minutes=-2), make_head("second", minutes=-1)]
    live = make_decision("second", "f")
    items = [make_item("first", "f", live=live), make_item("second", "f", live=live)]
    first, second = states.order_queue(heads, items, NOW)
    assert (first.view_needed, first.covered_by, first.pending_count, first.undecided_count) == (False, "second", 1, 0)
    assert (second.view_needed, second.covered_by, second.pending_count) == (False, None, 1)


def test_a_standing_verdict_covers_a_late_copy() -> None:
    live = make_decision("closed", "f", applied_at=NOW)
    (row,) = states.order_queue([make_head("late")], [make_item("late", "f", live=live)], NOW)
    assert (row.view_needed, row.covered_by, row.undecided_count) == (False, "closed", 1)


def test_a_dead_lease_is_not_shown() -> None:
    held = make_head(leased_by="anna", lease_token=1, lease_until=NOW + timedelta(seconds=1))
    (live,) = states.order_queue([held], [], NOW)
    (dead,) = states.order_queue([held], [], NOW + timedelta(seconds=1))
    assert (live.leased_by, live.lease_until) == ("anna", held.lease_until)
    assert (dead.leased_by, dead.lease_until) == (None, None)


def test_a_closed_case_was_overdue_if_it_closed_late() -> None:
    head = make_head(closed_at=NOW + timedelta(hours=25))
    assert states.is_overdue(head, NOW + timedelta(hours=99))
    assert not states.is_overdue(replace(head, closed_at=NOW + timedelta(hours=24)), NOW + timedelta(hours=99))


def test_a_case_file_marks_each_item() -> None:
    head, ahead = make_head("mine"), make_head("ahead", minutes=-1)
    live = make_decision("elsewhere", "h", applied_at=NOW)
    items = [
        make_item("mine", "f"),
        make_item("mine", "g"),
        make_item("mine", "h", verdict=Verdict.CLEARED, decision_id="rdec_1", live=live),
    ]
    copies = states.Copies((ahead, head), (make_item("ahead", "f"), *items[:2]))
    file = states.build_file(head, items, copies, [live], NOW)
    assert [(item.view_needed, item.covered_by) for item in file.items] == [
        (False, "ahead"),
        (True, None),
        (False, "elsewhere"),
    ]
    assert (file.view_needed, file.covered_by, file.decisions) == (True, None, (live,))


CASES = st.integers(0, 5)
FILES = st.sampled_from("abcd")


@given(
    st.lists(st.tuples(st.sampled_from(list(Lane)), st.integers(-9000, 0)), min_size=6, max_size=6),
    st.lists(st.tuples(CASES, FILES), unique=True),
    st.dictionaries(FILES, CASES, max_size=2),
)
def test_every_file_that_waits_is_looked_at_exactly_once(cases, held, decided) -> None:
    heads = [make_head(f"case_{n}", lane, minutes) for n, (lane, minutes) in enumerate(cases)]
    live = {file: make_decision(f"case_{n}", file) for file, n in decided.items()}
    items = [make_item(f"case_{n}", file, live=live.get(file)) for n, file in held]
    rows = {row.case_id: row for row in states.order_queue(heads, items, NOW)}
    leaders = states.find_leaders(heads, items)
    marked = [states.mark_coverage(item, leaders) for item in items]
    looked_at = sorted(item.sha256 for item in marked if item.view_needed)
    assert looked_at == sorted({file for _, file in held} - set(decided))
    for head in heads:
        own = [item for item in marked if item.case_id == head.id]
        assert rows[head.id].view_needed == any(item.view_needed for item in own)
        assert rows[head.id].covered_by != head.id
        assert all(item.view_needed or item.covered_by or item.live for item in own)
