"""What the database itself guarantees, on SQLite and Postgres."""

import threading
from dataclasses import replace

import pytest
from review_floor import Floor, sha256_of
from sqlalchemy.exc import IntegrityError

from jacana.model.decision import Lane
from jacana.model.verdict import Verdict
from jacana.review import store
from jacana.review.cases import CaseState, ReviewDecision
from jacana.review.errors import CaseMissingError, DecisionMissingError
from jacana.review.lanes import due_at


def make_decision(floor: Floor, case_id: str, id: str = "rdec_1", file: str = "f") -> ReviewDecision:
    now = floor.clock()
    return ReviewDecision(id, case_id, sha256_of(file), Verdict.CLEARED, None, "fine", "anna", False, now, now)


def test_a_file_has_one_live_verdict(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    decision = make_decision(floor, case_id)
    floor.do(lambda c: store.insert_decision(c, decision))
    with pytest.raises(IntegrityError):
        floor.do(lambda c: store.insert_decision(c, replace(decision, id="rdec_2")))
    floor.do(lambda c: store.mark_undone(c, "rdec_1", floor.clock(), by="user_1"))
    assert floor.do(lambda c: store.find_live_decision(c, decision.sha256)) is None
    floor.do(lambda c: store.insert_decision(c, replace(decision, id="rdec_2")))
    assert floor.do(lambda c: store.find_live_decision(c, decision.sha256)).id == "rdec_2"


def test_decisions_come_back_as_they_went_in(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    decision = make_decision(floor, case_id)
    floor.do(lambda c: store.insert_decision(c, decision))
    assert floor.do(lambda c: store.load_decision(c, "rdec_1")) == decision
    assert floor.do(lambda c: store.list_items(c, case_id))[0].live == decision
    assert floor.do(lambda c: store.list_case_decisions(c, case_id)) == [decision]


def test_missing_things_are_named(floor: Floor) -> None:
    with pytest.raises(CaseMissingError):
        floor.do(lambda c: store.load_head(c, "case_none"))
    with pytest.raises(DecisionMissingError):
        floor.do(lambda c: store.load_decision(c, "rdec_none"))
    assert floor.do(lambda c: store.find_item(c, "up_none")) is None


def test_a_case_with_waiting_items_does_not_close(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    assert not floor.do(lambda c: store.close_if_done(c, case_id, floor.clock()))
    floor.do(lambda c: store.insert_decision(c, make_decision(floor, case_id)))
    assert floor.do(lambda c: store.settle_items(c, make_decision(floor, case_id))) == {case_id}
    assert floor.do(lambda c: store.close_if_done(c, case_id, floor.clock()))
    assert not floor.do(lambda c: store.close_if_done(c, case_id, floor.clock()))
    head = floor.do(lambda c: store.load_head(c, case_id))
    assert (head.state, head.closed_at) == (CaseState.CLOSED, floor.clock())


def test_a_closed_case_is_not_joined(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.do(lambda c: store.settle_items(c, make_decision(floor, case_id)))
    floor.do(lambda c: store.close_if_done(c, case_id, floor.clock()))
    now = floor.clock()
    head, opened = floor.do(lambda c: store.open_or_join(c, "acc", Lane.APPARENT_CSAM, now, now))
    assert opened
    assert head.id != case_id
    assert floor.do(lambda c: store.open_or_join(c, "acc", Lane.APPARENT_CSAM, now, now)) == (head, False)


def test_many_writers_open_one_case(floor: Floor) -> None:
    """Eight transactions find no open case at once; one opens it and the others join."""
    barrier = threading.Barrier(8)
    seen: list[tuple[str, bool]] = []

    def open_one() -> None:
        barrier.wait()
        with floor.database.write() as connection:
            now = floor.clock()
            head, opened = store.open_or_join(connection, "acc", Lane.REVIEW, now, due_at(Lane.REVIEW, now))
            seen.append((head.id, opened))

    threads = [threading.Thread(target=open_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({case_id for case_id, _ in seen}) == 1
    assert sorted(opened for _, opened in seen) == [False] * 7 + [True]


def test_copies_are_found_across_cases(floor: Floor) -> None:
    one = floor.open("up_1", "acc_1", "f")
    two = floor.open("up_2", "acc_2", "f")
    floor.open("up_3", "acc_3", "g")
    copies = floor.do(lambda c: store.list_copies(c, two))
    assert {head.id for head in copies.heads} == {one, two}
    assert {item.upload_id for item in copies.items} == {"up_1", "up_2"}
