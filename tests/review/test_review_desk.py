"""The desk on both databases: what it allows, refuses, promises and writes down."""

import contextlib
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from review_floor import LEASE_SECONDS, SIZE_BYTES, UNDO_SECONDS, Floor, sha256_of

from jacana.audit import list_entries, verify_log
from jacana.db.outbox import list_due, mark_started
from jacana.db.tables.review import review_views
from jacana.model.decision import Lane
from jacana.model.errors import StateConflictError
from jacana.model.verdict import Classification, Verdict
from jacana.review.cases import CaseState, ItemState, ViewPurpose
from jacana.review.errors import (
    CaseClosedError,
    CaseLeasedError,
    CaseMissingError,
    CaseStaleError,
    DecisionFormInvalidError,
    DecisionMissingError,
    DecisionStandsError,
    DecisionUndoneError,
    ItemMissingError,
    LeaseLostError,
    TooLateToUndoError,
    ViewClaimInvalidError,
    ViewMissingError,
)


def verbs(floor: Floor, subject: str) -> list[str]:
    with floor.database.read() as connection:
        return [entry.verb for _, entry in list_entries(connection, subject=subject)]


def details(floor: Floor, subject: str, verb: str) -> dict:
    with floor.database.read() as connection:
        return next(entry.details for _, entry in list_entries(connection, subject=subject) if entry.verb == verb)


# Cases and queue


def test_uploads_of_an_account_join_its_open_case(floor: Floor) -> None:
    one = floor.open("up_1", "acc", "f")
    floor.clock.advance(600)
    assert floor.open("up_2", "acc", "g") == one
    file = floor.do(lambda c: floor.desk.get_case(c, one))
    assert [item.upload_id for item in file.items] == ["up_1", "up_2"]
    assert file.version == 2
    assert file.head.due_at == file.head.opened_at + timedelta(hours=1)
    assert verbs(floor, one) == ["case.opened", "case.joined"]
    assert details(floor, one, "case.opened") == {"account_id": "acc", "lane": "apparent_csam", "upload_id": "up_1"}


def test_another_lane_or_account_is_another_case(floor: Floor) -> None:
    ids = {
        floor.open("up_1", "acc", "f"),
        floor.open("up_2", "acc", "g", Lane.UNREADABLE),
        floor.open("up_3", "other", "h"),
    }
    assert len(ids) == 3
    assert len(floor.do(lambda c: floor.desk.list_cases(c, "acc"))) == 2


def test_opening_is_idempotent_even_after_the_case_closed(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")

    def again() -> str:
        return floor.do(lambda c: floor.desk.open_case(c, "acc", Lane.APPARENT_CSAM, "up_1", sha256_of("f")))

    assert again() == case_id
    floor.settle(floor.decide(case_id, "f").id)
    assert again() == case_id
    assert floor.do(lambda c: floor.desk.find_case(c, "up_1")) == case_id
    assert floor.do(lambda c: floor.desk.find_case(c, "up_9")) is None
    assert floor.open("up_2", "acc", "g") != case_id
    assert verbs(floor, case_id).count("case.opened") == 1


def test_the_queue_says_what_waits(floor: Floor) -> None:
    unreadable = floor.open("up_1", "acc", "broken", Lane.UNREADABLE)
    floor.clock.advance(60)
    first = floor.open("up_2", "acc", "f")
    floor.clock.advance(60)
    copy = floor.open("up_3", "other", "f")
    floor.lease(first, "anna")
    floor.clock.advance(LEASE_SECONDS - 1)
    rows = floor.do(lambda c: floor.desk.list_queue(c))
    assert [row.case_id for row in rows] == [first, copy, unreadable]
    assert [row.view_needed for row in rows] == [True, False, True]
    assert [row.covered_by for row in rows] == [None, first, None]
    assert [row.leased_by for row in rows] == ["anna", None, None]
    floor.clock.advance(3600)
    rows = floor.do(lambda c: floor.desk.list_queue(c))
    assert [row.overdue for row in rows] == [True, True, False]
    assert rows[0].leased_by is None
    assert floor.do(lambda c: floor.desk.get_case(c, copy)).covered_by == first


def test_a_pending_verdict_shows_everywhere(floor: Floor) -> None:
    first = floor.open("up_1", "acc", "f")
    floor.clock.advance(60)
    copy = floor.open("up_2", "other", "f")
    decision = floor.decide(first, "f")
    for case_id, covered_by in ((first, None), (copy, first)):
        file = floor.do(lambda c, case_id=case_id: floor.desk.get_case(c, case_id))
        assert file.items[0].state is ItemState.PENDING
        assert file.items[0].live == decision
        assert (file.view_needed, file.covered_by) == (False, covered_by)
        assert file.decisions == (decision,)
        assert file.open


def test_a_missing_case_is_said_to_be_missing(floor: Floor) -> None:
    for method in (floor.desk.get_case, floor.desk.load_decision):
        with pytest.raises((CaseMissingError, DecisionMissingError)):
            floor.do(lambda c, method=method: method(c, "none"))


def test_the_file_lock_keeps_a_second_writer_out(floor: Floor) -> None:
    """On Postgres by the audit log's lock, on SQLite by the single writer: `inside` is never entered by two."""
    inside, most, guard = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with floor.database.write() as connection:
            floor.desk.lock_file(connection, sha256_of("f"))
            with guard:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.01)
            with guard:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


# Leases


def test_a_lease_keeps_others_out_until_it_ends(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    first = floor.lease(case_id, "anna")
    assert first.until == floor.clock() + timedelta(seconds=LEASE_SECONDS)
    with pytest.raises(CaseLeasedError):
        floor.lease(case_id, "ben")
    floor.clock.advance(100)
    renewed = floor.lease(case_id, "anna")
    assert renewed.token == first.token
    assert renewed.until == first.until + timedelta(seconds=100)
    assert floor.do(lambda c: floor.desk.find_lease(c, case_id, "anna")) == renewed
    assert floor.do(lambda c: floor.desk.find_lease(c, case_id, "ben")) is None
    floor.clock.advance(LEASE_SECONDS)
    assert floor.do(lambda c: floor.desk.find_lease(c, case_id, "anna")) is None
    assert floor.lease(case_id, "ben").token == first.token + 1
    assert verbs(floor, case_id) == ["case.opened", "case.leased", "case.leased"]


def test_a_lease_given_back_is_free_at_once_and_its_token_is_dead(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    form = floor.form(case_id, "f")
    assert not floor.do(lambda c: floor.desk.release_lease(c, case_id, "ben"))
    assert floor.do(lambda c: floor.desk.release_lease(c, case_id, "anna"))
    assert not floor.do(lambda c: floor.desk.release_lease(c, case_id, "anna"))
    assert floor.lease(case_id, "ben").token == form.lease_token + 1
    with pytest.raises(LeaseLostError):
        floor.do(lambda c: floor.desk.decide(c, form))
    assert verbs(floor, case_id)[-2:] == ["case.released", "case.leased"]


def test_one_of_two_racing_reviewers_gets_the_case(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    barrier, won, lost = threading.Barrier(2), [], []

    def race(user_id: str) -> None:
        barrier.wait()
        try:
            won.append(floor.lease(case_id, user_id))
        except CaseLeasedError:
            lost.append(user_id)

    threads = [threading.Thread(target=race, args=(name,)) for name in ("anna", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 1)


# Verdicts


def test_a_verdict_is_recorded_and_promised_for_the_end_of_the_undo_window(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.watch(case_id, "f")
    decision = floor.decide(case_id, "f", classification=Classification.A1, reason="  as the bank says ")
    assert (decision.verdict, decision.classification) == (Verdict.CONFIRMED, Classification.A1)
    assert decision.reason == "as the bank says"
    assert decision.applies_at == floor.clock() + timedelta(seconds=UNDO_SECONDS)
    assert floor.do(lambda c: floor.desk.load_decision(c, decision.id)) == decision
    assert floor.do(lambda c: list_due(c, floor.clock())) == []
    (row,) = floor.do(lambda c: list_due(c, decision.applies_at))
    assert (row.id, row.topic, row.payload) == (decision.id, "apply_review", {"decision_id": decision.id})
    assert floor.do(lambda c: floor.desk.standing_verdict(c, decision.sha256)) is None
    assert details(floor, case_id, "case.decided") == {
        "classification": "A1",
        "decision_id": decision.id,
        "sha256": decision.sha256,
        "verdict": "confirmed",
        "viewed_whole": True,
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reason": "no"}, DecisionFormInvalidError),
        ({"verdict": Verdict.CLEARED, "classification": Classification.A1}, DecisionFormInvalidError),
        ({"classification": Classification.A1}, DecisionFormInvalidError),  # nobody has looked
        ({"lease_token": 0}, LeaseLostError),
        ({"lease_token": 2}, LeaseLostError),
        ({"user_id": "ben", "lease_token": 1}, LeaseLostError),
        ({"version": 0}, CaseStaleError),
        ({"version": 2}, CaseStaleError),
        ({"sha256": sha256_of("other")}, ItemMissingError),
        ({"case_id": "case_none"}, CaseMissingError),
    ],
)
def test_what_decide_refuses_changes_nothing(floor: Floor, changes: dict, error: type[Exception]) -> None:
    case_id = floor.open("up_1", "acc", "f")
    form = replace(floor.form(case_id, "f"), **changes)
    before = floor.do(lambda c: floor.desk.get_case(c, case_id))
    with pytest.raises(error):
        floor.do(lambda c: floor.desk.decide(c, form))
    assert floor.do(lambda c: floor.desk.get_case(c, case_id)) == before
    assert "case.decided" not in verbs(floor, case_id)


def test_an_upload_that_joins_makes_the_form_stale(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    form = floor.form(case_id, "f")
    floor.open("up_2", "acc", "g")
    with pytest.raises(CaseStaleError):
        floor.do(lambda c: floor.desk.decide(c, form))


def test_the_same_form_twice_decides_once(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    form = floor.form(case_id, "f")
    floor.do(lambda c: floor.desk.decide(c, form))
    with pytest.raises(StateConflictError):
        floor.do(lambda c: floor.desk.decide(c, form))


def test_a_second_verdict_names_the_first(floor: Floor) -> None:
    first = floor.open("up_1", "acc", "f")
    copy = floor.open("up_2", "other", "f")
    decision = floor.decide(first, "f")
    with pytest.raises(DecisionStandsError, match=decision.id):
        floor.decide(copy, "f", "ben", verdict=Verdict.CLEARED)
    floor.settle(decision.id)
    late = floor.open("up_3", "third", "f")
    with pytest.raises(DecisionStandsError, match=decision.id):
        floor.decide(late, "f", "ben")


def test_two_verdicts_on_one_file_in_two_cases_at_once(floor: Floor) -> None:
    forms = [floor.form(floor.open(f"up_{n}", f"acc_{n}", "f"), "f", f"user_{n}") for n in range(4)]
    barrier, won, lost = threading.Barrier(4), [], []

    def race(form) -> None:
        barrier.wait()
        try:
            won.append(floor.do(lambda c: floor.desk.decide(c, form)))
        except DecisionStandsError as problem:
            lost.append(problem)

    threads = [threading.Thread(target=race, args=(form,)) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 3)


def test_undo_before_the_work_starts(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    decision = floor.decide(case_id, "f")
    floor.do(lambda c: floor.desk.undo(c, decision.id, "anna"))
    assert floor.do(lambda c: list_due(c, decision.applies_at)) == []
    file = floor.do(lambda c: floor.desk.get_case(c, case_id))
    assert (file.items[0].state, file.view_needed, file.open) == (ItemState.UNDECIDED, True, True)
    assert file.decisions[0].undone_at == floor.clock()
    assert verbs(floor, case_id)[-1] == "case.undone"
    with pytest.raises(DecisionUndoneError):
        floor.do(lambda c: floor.desk.undo(c, decision.id, "anna"))
    with pytest.raises(DecisionUndoneError):
        floor.do(lambda c: floor.desk.settle(c, decision.id))
    again = floor.decide(case_id, "f", verdict=Verdict.CLEARED)
    assert floor.settle(again.id) == ["up_1"]


def test_undo_comes_too_late_once_the_work_started(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    decision = floor.decide(case_id, "f")
    floor.do(lambda c: mark_started(c, decision.id, floor.clock()))
    with pytest.raises(TooLateToUndoError):
        floor.do(lambda c: floor.desk.undo(c, decision.id, "anna"))
    floor.settle(decision.id)
    with pytest.raises(TooLateToUndoError):
        floor.do(lambda c: floor.desk.undo(c, decision.id, "anna"))
    assert "case.undone" not in verbs(floor, case_id)


def test_a_case_with_its_verdicts_closes_and_cannot_be_leased(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.open("up_2", "acc", "g")
    floor.settle(floor.decide(case_id, "f").id)
    assert floor.do(lambda c: floor.desk.get_case(c, case_id)).open
    floor.settle(floor.decide(case_id, "g", verdict=Verdict.CLEARED).id)
    file = floor.do(lambda c: floor.desk.get_case(c, case_id))
    assert file.head.state is CaseState.CLOSED
    assert (file.head.leased_by, file.head.lease_until) == (None, None)
    assert [item.verdict for item in file.items] == [Verdict.CONFIRMED, Verdict.CLEARED]
    with pytest.raises(CaseClosedError):
        floor.lease(case_id)
    assert floor.do(lambda c: floor.desk.list_queue(c)) == []
    assert floor.do(lambda c: floor.desk.count_confirmed(c, "acc")) == 1
    with floor.database.read() as connection:
        assert verify_log(connection).green


# Views


def start(floor: Floor, case_id: str, file: str = "f", user_id: str = "anna", served: int = SIZE_BYTES):
    def work(connection):
        view = floor.desk.start_view(connection, user_id, case_id, sha256_of(file), ViewPurpose.DECIDE)
        floor.desk.record_served(connection, view.id, user_id, 0, served)
        return view

    return floor.do(work)


def progress(floor: Floor, view_id: str, ranges, revealed_ms: int, user_id: str = "anna", duration=10.0, readable=True):
    return floor.do(
        lambda c: floor.desk.record_progress(
            c,
            view_id,
            user_id,
            ranges,
            revealed_ms,
            duration_seconds=duration,
            size_bytes=SIZE_BYTES,
            readable=readable,
        )
    )


def test_a_view_needs_the_lease_and_is_written_down(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    with pytest.raises(LeaseLostError):
        start(floor, case_id)
    floor.lease(case_id, "ben")
    with pytest.raises(CaseLeasedError):
        start(floor, case_id)
    with pytest.raises(ItemMissingError):
        start(floor, case_id, "other", "ben")
    view = start(floor, case_id, user_id="ben", served=0)
    assert verbs(floor, sha256_of("f")) == ["media.viewed"]
    assert details(floor, sha256_of("f"), "media.viewed") == {
        "case_id": case_id,
        "purpose": "decide",
        "view_id": view.id,
    }
    assert floor.do(lambda c: floor.desk.list_views(c, case_id)) == [view]


def test_seen_whole_is_what_the_log_says(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    view = start(floor, case_id)
    floor.clock.advance(5)
    assert not progress(floor, view.id, [(0, 5)], 5000).whole
    floor.clock.advance(5)
    seen = progress(floor, view.id, [(5, 10.4)], 10_000)
    assert (seen.ranges, seen.seen_seconds, seen.whole) == (((0.0, 10.0),), 10.0, True)
    assert floor.do(lambda c: floor.desk.viewed_whole(c, sha256_of("f")))
    assert floor.do(lambda c: floor.desk.viewed_whole(c, sha256_of("f"), "anna"))
    assert not floor.do(lambda c: floor.desk.viewed_whole(c, sha256_of("f"), "ben"))
    assert floor.decide(case_id, "f").viewed_whole
    assert verbs(floor, sha256_of("f")) == ["media.viewed", "media.seen_whole"]
    assert details(floor, sha256_of("f"), "media.seen_whole") == {
        "case_id": case_id,
        "seconds": 10,
        "view_id": view.id,
    }


def test_what_was_not_sent_was_not_seen(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    view = start(floor, case_id, served=SIZE_BYTES // 2)
    floor.clock.advance(10)
    assert not progress(floor, view.id, [(0, 10)], 10_000).whole
    with pytest.raises(ViewMissingError):
        floor.do(lambda c: floor.desk.record_served(c, view.id, "ben", 0, SIZE_BYTES))
    again = start(floor, case_id, served=0)
    floor.do(lambda c: floor.desk.record_served(c, again.id, "anna", SIZE_BYTES // 2, SIZE_BYTES))
    assert progress(floor, again.id, [], 0).whole
    assert not floor.do(lambda c: floor.desk.viewed_whole(c, sha256_of("f"), "ben"))


def test_many_looks_in_no_time_are_no_view(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    with pytest.raises(ViewClaimInvalidError):
        for second in range(0, 60, 2):
            view = start(floor, case_id)
            progress(floor, view.id, [(second, second + 2)], 0, duration=60.0)
    assert not floor.do(lambda c: floor.desk.viewed_whole(c, sha256_of("f")))


@pytest.mark.parametrize(("duration", "ranges"), [(None, []), (2.0, [(0, 2)]), (1.0, [(0, 1)])])
def test_short_things_are_not_seen_in_no_time(floor: Floor, duration: float | None, ranges) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    view = start(floor, case_id)
    with pytest.raises(ViewClaimInvalidError):
        progress(floor, view.id, ranges, 1000, duration=duration)
    with contextlib.suppress(ViewClaimInvalidError):
        assert not progress(floor, view.id, ranges, 0, duration=duration).whole
    assert not floor.do(lambda c: floor.desk.viewed_whole(c, sha256_of("f")))


def test_seeing_it_all_is_logged_once(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.watch(case_id, "f")
    floor.watch(case_id, "f")
    floor.watch(case_id, "f", "anna")
    assert verbs(floor, sha256_of("f")).count("media.seen_whole") == 1


def test_a_flag_set_by_hand_is_no_view_and_does_not_stop_a_real_one(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    view = start(floor, case_id)
    floor.do(lambda c: c.execute(review_views.update().values(whole=True)))
    assert not floor.do(lambda c: floor.desk.viewed_whole(c, sha256_of("f")))
    floor.clock.advance(10)
    assert progress(floor, view.id, [(0, 10)], 10_000).whole_entry is not None
    assert floor.do(lambda c: floor.desk.viewed_whole(c, sha256_of("f")))


def test_a_verdict_of_one_who_did_not_look_does_not_borrow_anothers_eyes(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    view = start(floor, case_id)
    floor.clock.advance(10)
    progress(floor, view.id, [(0, 10)], 10_000)
    floor.do(lambda c: floor.desk.release_lease(c, case_id, "anna"))
    assert not floor.decide(case_id, "f", "ben").viewed_whole


def test_two_looks_of_one_person_add_up(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    first = start(floor, case_id)
    floor.clock.advance(5)
    progress(floor, first.id, [(0, 5)], 5000)
    second = start(floor, case_id)
    floor.clock.advance(5)
    seen = progress(floor, second.id, [(5, 10)], 5000)
    assert (seen.ranges, seen.whole) == (((5.0, 10.0),), True)
    since = floor.clock() - timedelta(hours=1)
    assert floor.do(lambda c: floor.desk.exposure(c, "anna", since)) == 10_000


def test_what_cannot_have_happened_is_refused(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    view = start(floor, case_id)
    floor.clock.advance(2)
    for ranges, revealed_ms, field in (([(0, 1)], 9000, "revealed_ms"), ([(0, 10)], 2000, "ranges")):
        with pytest.raises(ViewClaimInvalidError) as caught:
            progress(floor, view.id, ranges, revealed_ms)
        assert caught.value.field == field
    with pytest.raises(ViewMissingError):
        progress(floor, view.id, [(0, 1)], 1000, user_id="ben")
    assert floor.do(lambda c: floor.desk.list_views(c, case_id))[0].seen_seconds == 0


def test_progress_is_a_total_and_never_shrinks(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    view = start(floor, case_id)
    floor.clock.advance(4)
    progress(floor, view.id, [(0, 3)], 3000)
    seen = progress(floor, view.id, [(1, 2)], 1000)
    assert (seen.seen_seconds, seen.revealed_ms) == (3.0, 3000)


def test_a_view_that_ended_earns_no_more_time(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    view = start(floor, case_id)
    floor.clock.advance(2)
    floor.do(lambda c: floor.desk.end_view(c, view.id, "anna"))
    floor.clock.advance(60)
    assert progress(floor, view.id, [(0, 2)], 2000).revealed_ms == 2000
    with pytest.raises(ViewClaimInvalidError):
        progress(floor, view.id, [(0, 10)], 10_000)
    with pytest.raises(ViewMissingError):
        floor.do(lambda c: floor.desk.end_view(c, view.id, "ben"))


def test_a_new_look_ends_the_one_before(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.open("up_2", "acc", "g")
    floor.lease(case_id)
    start(floor, case_id, "f")
    floor.clock.advance(1)
    start(floor, case_id, "g")
    first, second = floor.do(lambda c: floor.desk.list_views(c, case_id))
    assert (first.ended_at, second.ended_at) == (floor.clock(), None)


@pytest.mark.parametrize(("readable", "whole"), [(True, True), (False, False)])
def test_a_picture_counts_after_a_second_and_an_unreadable_file_never(
    floor: Floor, readable: bool, whole: bool
) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.lease(case_id)
    view = start(floor, case_id)
    floor.clock.advance(1)
    assert not progress(floor, view.id, [], 999, duration=None, readable=readable).whole
    assert progress(floor, view.id, [], 1000, duration=None, readable=readable).whole is whole


def test_closed_cases_are_listed_the_last_closed_first(floor: Floor) -> None:
    def listed(account: str | None, limit: int = 9) -> list[str]:
        return [head.id for head in floor.do(lambda c: floor.desk.list_closed(c, account, limit))]

    first, second = floor.open("up_1", "acc", "f"), floor.open("up_2", "other", "g")
    floor.open("up_3", "third", "h")
    assert listed(None) == []
    floor.settle(floor.decide(second, "g").id)
    floor.clock.advance(60)
    floor.settle(floor.decide(first, "f").id)
    assert listed(None) == [first, second]
    assert listed(None, limit=1) == [first]
    assert listed("other") == [second]
