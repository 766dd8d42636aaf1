"""The clock of each lane."""

from datetime import UTC, datetime, timedelta

import pytest

from jacana.model.decision import Lane
from jacana.review.lanes import LANE_RANK, LANE_SECONDS, due_at

OPENED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lane", "waits"),
    [
        (Lane.APPARENT_CSAM, timedelta(hours=1)),
        (Lane.IMMINENT_HARM, timedelta(minutes=15)),
        (Lane.REVIEW, timedelta(hours=24)),
        (Lane.UNREADABLE, timedelta(hours=72)),
    ],
)
def test_due_at(lane: Lane, waits: timedelta) -> None:
    assert due_at(lane, OPENED) == OPENED + waits


def test_every_lane_has_a_clock_and_a_rank() -> None:
    assert set(LANE_SECONDS) == set(LANE_RANK) == set(Lane)
    assert sorted(LANE_RANK, key=LANE_RANK.__getitem__)[0] is Lane.APPARENT_CSAM
