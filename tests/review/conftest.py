"""A desk on a fresh database."""

import pytest
from account_floor import AccountFloor
from review_floor import LEASE_SECONDS, UNDO_SECONDS, Floor

from jacana.db.engine import Database
from jacana.model.clock import Clock
from jacana.review.accounts.desk import AccountDesk
from jacana.review.desk import ReviewDesk


@pytest.fixture
def floor(database: Database, clock: Clock) -> Floor:
    return Floor(database, clock, ReviewDesk(clock, LEASE_SECONDS, UNDO_SECONDS))


@pytest.fixture
def account_floor(database: Database, clock: Clock) -> AccountFloor:
    desk = ReviewDesk(clock, LEASE_SECONDS, UNDO_SECONDS)
    return AccountFloor(database, clock, desk, AccountDesk(clock, UNDO_SECONDS))
