"""SQL of accounts in cases: one item an account and case, one live verdict an item, on both databases."""

import pytest
from account_floor import AccountFloor
from sqlalchemy.exc import IntegrityError

from jacana.model.decision import Lane
from jacana.model.verdict import AccountVerdict
from jacana.review.accounts import store
from jacana.review.accounts.items import AccountReview
from jacana.review.errors import DecisionMissingError


def review_of(floor: AccountFloor, case_id: str, name: str = "arev_1") -> AccountReview:
    now = floor.clock()
    return AccountReview(name, case_id, "acc", AccountVerdict.TRADING, "they sell it", ("f1",), "anna", now, now)


def test_an_account_is_one_item_of_a_case(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1")
    with pytest.raises(IntegrityError), account_floor.database.write() as connection:
        store.insert_item(connection, case_id, "acc", ["f2"], account_floor.clock())


def test_an_item_has_one_live_verdict_and_comes_with_it(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1")
    item, review = account_floor.item(case_id), review_of(account_floor, case_id)
    with account_floor.database.write() as connection:
        store.insert_review(connection, review, item.id)
        assert store.load_item(connection, item.id).live == review
        assert store.load_review(connection, review.id) == review
    with pytest.raises(IntegrityError), account_floor.database.write() as connection:
        store.insert_review(connection, review_of(account_floor, case_id, "arev_2"), item.id)


def test_a_settled_item_is_found_by_its_verdict_until_it_is_reopened(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", "f1")
    item, review = account_floor.item(case_id), review_of(account_floor, case_id)
    with account_floor.database.write() as connection:
        store.insert_review(connection, review, item.id)
        store.settle_item(connection, item.id, review)
        settled = store.find_settled(connection, review.id)
        assert (settled.verdict, settled.decision_id, settled.live) == (AccountVerdict.TRADING, review.id, review)
        store.reopen_item(connection, item.id, case_id)
        assert store.find_settled(connection, review.id) is None
        reopened = store.load_item(connection, item.id)
        assert (reopened.verdict, reopened.live) == (None, None)
        store.insert_review(connection, review_of(account_floor, case_id, "arev_2"), item.id)
        store.delete_item(connection, item.id)
        assert store.find_item(connection, case_id, "acc") is None


def test_findings_keep_their_order(account_floor: AccountFloor) -> None:
    case_id = account_floor.open("acc", *(f"f{number}" for number in range(600)))
    item = account_floor.item(case_id)
    with account_floor.database.write() as connection:
        assert item.finding_ids == tuple(f"f{number}" for number in range(600))
        store.save_findings(connection, item.id, ["f2", "f1"])
        assert store.find_item(connection, case_id, "acc").finding_ids == ("f2", "f1")


def test_lists_are_by_case_by_account_and_of_open_cases(account_floor: AccountFloor) -> None:
    first, second = account_floor.open("acc", "f1"), account_floor.open("acc", "f2", lane=Lane.REVIEW)
    settled = account_floor.settle(first)
    with account_floor.database.read() as connection:
        assert [item.case_id for item in store.list_open_items(connection)] == [second]
        assert [item.case_id for item in store.list_items(connection, first)] == [first]
        assert store.list_reviews(connection, account_id="acc") == [settled]
        assert store.list_reviews(connection, case_id=second) == []
        with pytest.raises(DecisionMissingError):
            store.load_review(connection, "arev_none")
