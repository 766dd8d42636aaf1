"""How long each lane may wait for a person. Pure.

The clock starts when a case is opened and does not start again when more uploads join it.
"""

from datetime import datetime, timedelta

from jacana.model.decision import Lane

LANE_SECONDS: dict[Lane, int] = {
    Lane.APPARENT_CSAM: 60 * 60,
    Lane.IMMINENT_HARM: 15 * 60,
    Lane.REVIEW: 24 * 60 * 60,
    Lane.ACCOUNTS: 24 * 60 * 60,
    Lane.UNREADABLE: 72 * 60 * 60,
}
"""Apparent material is already held and preserved, so an hour is the promise; a child in danger now cannot wait one."""

LANE_RANK: dict[Lane, int] = {lane: rank for rank, lane in enumerate(Lane)}
"""0 is worst; the order in which `Lane` lists them."""


def due_at(lane: Lane, opened_at: datetime) -> datetime:
    """Return when a case opened at that moment should have its verdict."""
    return opened_at + timedelta(seconds=LANE_SECONDS[lane])
