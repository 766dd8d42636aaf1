from datetime import timedelta

import sqlalchemy as sa

from jacana.db.tables.act_bans import act_appeals, act_device_bans
from jacana.db.tables.ingest import ingest_accounts
from jacana.detect.accounts.door.keeper import ANEW_AFTER, BookKeeper


def put_account(connection, account: str, state: str, at, name: str = "zorvarim quander") -> None:
    connection.execute(sa.delete(ingest_accounts).where(ingest_accounts.c.id == account))
    connection.execute(
        ingest_accounts.insert().values(id=account, state=state, first_seen_at=at, updated_at=at, screen_name=name)
    )


def put_ban(connection, sequence: int, state: str, at) -> None:
    connection.execute(sa.delete(act_device_bans))
    connection.execute(
        act_device_bans.insert().values(
            id="ban_1", device_key="key_1", tier=1, account_id="anna", cause="d", reason="r", placed_at=at,
            expires_at=at + timedelta(days=9), state=state, placed_key="key_1", decided_by="system", evidence={},
            sequence=sequence,
        )
    )  # fmt: skip


def refresh(keeper: BookKeeper, database, clock) -> bool:
    with database.read() as connection:
        return keeper.refresh(connection, clock())


def test_changes_are_followed_and_nothing_else_is_read_again(database, clock) -> None:
    keeper = BookKeeper()
    with database.write() as connection:
        put_account(connection, "anna", "banned", clock())
        put_ban(connection, 1, "standing", clock())
    assert refresh(keeper, database, clock)
    first = keeper.book
    assert first.count() == (1, 1, 1)
    refresh(keeper, database, clock)  # reads once more what was changed just before
    assert not refresh(keeper, database, clock)
    clock.advance(1)
    with database.write() as connection:
        put_account(connection, "berta", "banned", clock(), "velmoranta")
        put_ban(connection, 2, "lifted", clock())
    assert refresh(keeper, database, clock)
    assert first.count() == (0, 2, 2)
    clock.advance(1)
    with database.write() as connection:
        put_account(connection, "anna", "active", clock())
    assert refresh(keeper, database, clock)
    assert first.count() == (0, 1, 1)
    assert not first.is_banned("anna")
    assert keeper.book is first
    assert not refresh(keeper, database, clock)


def test_a_change_that_is_committed_late_is_not_missed(database, clock) -> None:
    keeper, began = BookKeeper(), clock()
    with database.write() as connection:
        put_account(connection, "anna", "banned", clock())
    refresh(keeper, database, clock)
    clock.advance(10)
    with database.write() as connection:
        put_account(connection, "berta", "active", clock())
    refresh(keeper, database, clock)
    with database.write() as connection:
        put_account(connection, "carla", "banned", began + timedelta(seconds=5))
    assert refresh(keeper, database, clock)
    assert keeper.book.is_banned("carla")


def test_the_book_is_written_anew_now_and_then(database, clock) -> None:
    keeper = BookKeeper()
    refresh(keeper, database, clock)
    first = keeper.book
    clock.advance(ANEW_AFTER.total_seconds())
    assert refresh(keeper, database, clock)
    assert keeper.book is not first
    assert keeper.refreshed_at == clock()


def test_a_granted_appeal_is_heard_of(database, clock) -> None:
    keeper = BookKeeper()
    refresh(keeper, database, clock)
    with database.write() as connection:
        values = {"next_owner": False, "opened_at": clock(), "opened_by": "key:1", "decided_at": clock()}
        connection.execute(act_appeals.insert().values(id="a", account_id="new", state="granted", **values))
    assert refresh(keeper, database, clock)
    assert not refresh(keeper, database, clock)
