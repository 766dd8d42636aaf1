"""Where a verdict on an account and its item stand, without a database."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jacana.model.verdict import AccountVerdict
from jacana.review.accounts.items import AccountItem, AccountReview
from jacana.review.cases import ItemState

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REVIEW = AccountReview("arev_1", "case_1", "acc", AccountVerdict.SHARED, "family", ("f1",), "anna", NOW, NOW)
ITEM = AccountItem("aitem_1", "case_1", "acc", ("f1",), NOW)


@pytest.mark.parametrize(
    ("changes", "pending", "stands"),
    [
        pytest.param({}, True, False, id="given"),
        pytest.param({"applied_at": NOW}, False, True, id="applied"),
        pytest.param({"undone_at": NOW}, False, False, id="undone"),
        pytest.param({"applied_at": NOW, "overturned_at": NOW}, False, False, id="overturned"),
    ],
)
def test_a_verdict_pends_then_stands_until_it_is_taken_back(changes, pending: bool, stands: bool) -> None:
    review = replace(REVIEW, **changes)
    assert (review.pending, review.stands) == (pending, stands)
    assert review.taken_back is not (pending or stands)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        pytest.param({}, ItemState.UNDECIDED, id="nothing said"),
        pytest.param({"live": REVIEW}, ItemState.PENDING, id="can be undone"),
        pytest.param({"live": replace(REVIEW, applied_at=NOW)}, ItemState.UNDECIDED, id="not settled by it"),
        pytest.param({"verdict": AccountVerdict.SHARED}, ItemState.DECIDED, id="has its verdict"),
    ],
)
def test_an_item_stands_where_its_verdict_does(changes, state: ItemState) -> None:
    assert replace(ITEM, **changes).state is state
