"""One verdict settles every copy, once, and closes what waits for nothing more."""

import threading

import pytest
from review_floor import Floor, sha256_of

from jacana.audit import list_entries
from jacana.model.decision import Lane
from jacana.model.verdict import Verdict
from jacana.review.cases import CaseState
from jacana.review.errors import DecisionMissingError, DecisionUndoneError, ItemMissingError, VerdictMismatchError


def settle_upload(floor: Floor, upload_id: str, decision_id: str) -> None:
    floor.do(lambda c: floor.desk.settle_upload(c, upload_id, decision_id))


def snapshot(floor: Floor, *case_ids: str) -> list:
    return [floor.do(lambda c, case_id=case_id: floor.desk.get_case(c, case_id)) for case_id in case_ids]


def verbs(floor: Floor, case_id: str) -> list[str]:
    with floor.database.read() as connection:
        return [entry.verb for _, entry in list_entries(connection, subject=case_id)]


def test_one_verdict_covers_every_copy_in_every_lane(floor: Floor) -> None:
    one = floor.open("up_1", "acc_1", "f")
    two = floor.open("up_2", "acc_2", "f")
    three = floor.open("up_3", "acc_3", "f", Lane.REVIEW)
    floor.open("up_4", "acc_3", "g", Lane.REVIEW)
    decision = floor.decide(one, "f")
    floor.clock.advance(10)
    assert floor.settle(decision.id) == ["up_1", "up_2", "up_3"]
    files = snapshot(floor, one, two, three)
    assert [file.head.state for file in files] == [CaseState.CLOSED, CaseState.CLOSED, CaseState.OPEN]
    assert all(file.items[0].verdict is Verdict.CONFIRMED for file in files)
    assert [file.items[0].covered_by for file in files] == [None, one, one]
    assert [item.verdict for item in files[2].items] == [Verdict.CONFIRMED, None]
    standing = floor.do(lambda c: floor.desk.standing_verdict(c, sha256_of("f")))
    assert (standing.id, standing.applied_at) == (decision.id, floor.clock())
    assert verbs(floor, one)[-1] == "case.closed"
    assert verbs(floor, two)[-2:] == ["case.covered", "case.closed"]
    assert verbs(floor, three)[-1] == "case.covered"
    assert "case.covered" not in verbs(floor, one)
    for account_id in ("acc_1", "acc_2", "acc_3"):
        confirmed = floor.do(lambda c, account_id=account_id: floor.desk.count_confirmed(c, account_id))
        assert confirmed == 1


def test_settling_again_changes_nothing(floor: Floor) -> None:
    one = floor.open("up_1", "acc_1", "f")
    two = floor.open("up_2", "acc_2", "f")
    decision = floor.decide(one, "f")
    floor.settle(decision.id)
    before = snapshot(floor, one, two), verbs(floor, one), verbs(floor, two)
    floor.clock.advance(60)
    assert floor.settle(decision.id) == ["up_1", "up_2"]
    assert (snapshot(floor, one, two), verbs(floor, one), verbs(floor, two)) == before


def test_a_late_copy_is_settled_by_the_standing_verdict(floor: Floor) -> None:
    decision = floor.decide(floor.open("up_1", "acc_1", "f"), "f")
    floor.settle(decision.id)
    late = floor.open("up_2", "acc_2", "f")
    (row,) = floor.do(lambda c: floor.desk.list_queue(c))
    assert (row.case_id, row.view_needed, row.covered_by) == (late, False, decision.case_id)
    settle_upload(floor, "up_2", decision.id)
    settle_upload(floor, "up_2", decision.id)
    (file,) = snapshot(floor, late)
    assert (file.head.state, file.items[0].decision_id) == (CaseState.CLOSED, decision.id)
    assert verbs(floor, late) == ["case.opened", "case.covered", "case.closed"]
    assert floor.settle(decision.id) == ["up_1", "up_2"]
    assert floor.do(lambda c: floor.desk.count_confirmed(c, "acc_2")) == 1


def test_a_copy_in_the_same_account_counts_once(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.open("up_2", "acc", "f")
    assert floor.settle(floor.decide(case_id, "f").id) == ["up_1", "up_2"]
    assert floor.do(lambda c: floor.desk.count_confirmed(c, "acc")) == 1


def test_a_verdict_settles_only_its_own_file_and_only_once_applied(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    floor.open("up_2", "acc", "g")
    decision = floor.decide(case_id, "f")
    with pytest.raises(VerdictMismatchError):
        settle_upload(floor, "up_1", decision.id)
    floor.settle(decision.id)
    with pytest.raises(VerdictMismatchError):
        settle_upload(floor, "up_2", decision.id)
    with pytest.raises(ItemMissingError):
        settle_upload(floor, "up_9", decision.id)
    with pytest.raises(DecisionMissingError):
        settle_upload(floor, "up_2", "rdec_none")


def test_an_undone_verdict_settles_nothing(floor: Floor) -> None:
    case_id = floor.open("up_1", "acc", "f")
    decision = floor.decide(case_id, "f")
    floor.do(lambda c: floor.desk.undo(c, decision.id, "anna"))
    with pytest.raises(DecisionUndoneError):
        floor.do(lambda c: floor.desk.settle(c, decision.id))
    with pytest.raises(DecisionUndoneError):
        settle_upload(floor, "up_1", decision.id)
    assert snapshot(floor, case_id)[0].items[0].verdict is None


def test_copies_that_arrive_while_the_verdict_is_applied_are_not_lost(floor: Floor) -> None:
    """Each copy is settled by `settle`, or sees the standing verdict in the transaction that opens its case."""
    decision = floor.decide(floor.open("up_0", "acc_0", "f"), "f")
    for number in range(1, 7):
        floor.upload(f"up_{number}", f"acc_{number}", "f")
    barrier = threading.Barrier(7)

    def arrive(number: int) -> None:
        barrier.wait()

        def work(connection) -> None:
            upload_id, sha256 = f"up_{number}", sha256_of("f")
            floor.desk.open_case(connection, f"acc_{number}", Lane.REVIEW, upload_id, sha256)
            standing = floor.desk.standing_verdict(connection, sha256)
            if standing is not None:
                floor.desk.settle_upload(connection, upload_id, standing.id)

        floor.do(work)

    def apply() -> None:
        barrier.wait()
        floor.settle(decision.id)

    threads = [threading.Thread(target=arrive, args=(n,)) for n in range(1, 7)] + [threading.Thread(target=apply)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert floor.do(lambda c: floor.desk.list_queue(c)) == []
    assert sorted(floor.settle(decision.id)) == [f"up_{n}" for n in range(7)]
