"""What the dataclasses derive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jacana.model.decision import Lane
from jacana.model.verdict import Verdict
from jacana.review.cases import CaseFile, CaseHead, CaseItem, CaseState, ItemState, ReviewDecision

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHA256 = "ab" * 32
HEAD = CaseHead("case_1", "acc", Lane.REVIEW, CaseState.OPEN, 7, NOW, NOW, None, "anna", 3, NOW + timedelta(seconds=5))
PENDING = ReviewDecision("rdec_1", "case_1", SHA256, Verdict.CLEARED, None, "fine", "anna", True, NOW, NOW)


def test_a_lease_is_live_until_its_end() -> None:
    assert HEAD.leased_at(NOW)
    assert not HEAD.leased_at(NOW + timedelta(seconds=5))
    assert not replace(HEAD, leased_by=None).leased_at(NOW)
    assert not replace(HEAD, lease_until=None).leased_at(NOW)


@pytest.mark.parametrize(
    ("verdict", "live", "state"),
    [
        (None, None, ItemState.UNDECIDED),
        (None, PENDING, ItemState.PENDING),
        (Verdict.CLEARED, replace(PENDING, applied_at=NOW), ItemState.DECIDED),
        (None, replace(PENDING, applied_at=NOW), ItemState.UNDECIDED),
    ],
)
def test_item_state(verdict: Verdict | None, live: ReviewDecision | None, state: ItemState) -> None:
    assert CaseItem("case_1", "up_1", SHA256, NOW, verdict, None, live).state is state


def test_a_decision_is_pending_until_applied_or_undone() -> None:
    assert PENDING.pending
    assert not replace(PENDING, applied_at=NOW).pending
    assert not replace(PENDING, undone_at=NOW).pending


def test_a_case_file_shows_its_head() -> None:
    file = CaseFile(HEAD, (), (), False, False, None)
    assert (file.id, file.version, file.open) == ("case_1", 7, True)
    assert not replace(file, head=replace(HEAD, state=CaseState.CLOSED)).open
