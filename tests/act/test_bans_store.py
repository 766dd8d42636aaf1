from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from jacana.act.bans import store
from jacana.db.tables.act_bans import act_device_bans
from jacana.model.ban import Appeal, AppealState, BanState, DeviceBan, DeviceTier


def make_ban(clock, place: int, **changed) -> DeviceBan:
    ban = DeviceBan(
        id=f"ban_{place}", device_key=f"key_{place}", tier=DeviceTier.NO_NEW_ACCOUNT, account_id="anna", cause="d",
        reason="why", placed_at=clock() + timedelta(seconds=place), expires_at=clock() + timedelta(days=place),
        placed_key=f"key_{place}", decided_by="user:user_1", evidence={"confirmed": 1},
    )  # fmt: skip
    return replace(ban, **changed)


def test_every_change_has_a_later_sequence(database, clock) -> None:
    with database.write() as connection:
        for place in (1, 2):
            store.insert_ban(connection, make_ban(clock, place))
        assert store.last_sequence(connection) == 2
        store.update_ban(connection, "ban_1", state=BanState.LIFTED.value)
        rows = connection.execute(sa.select(act_device_bans.c.id, act_device_bans.c.sequence))
        found = {row.id: row.sequence for row in rows}
    assert found == {"ban_1": 3, "ban_2": 2}


def test_what_is_read_is_what_was_written(database, clock) -> None:
    ban = make_ban(clock, 1)
    with database.write() as connection:
        store.insert_ban(connection, ban)
        assert store.find_ban(connection, "ban_1") == ban
        assert store.find_placed(connection, "key_1", "d") == ban
        assert store.find_placed(connection, "key_1", "other") is None
        assert store.find_ban(connection, "ban_2") is None


def test_the_hardest_standing_ban_comes_first(database, clock) -> None:
    hard = make_ban(clock, 3, device_key="key_1", tier=DeviceTier.BLOCK, cause="e")
    with database.write() as connection:
        for ban in (make_ban(clock, 1), hard, make_ban(clock, 4, device_key="key_1", cause="f", state=BanState.LIFTED)):
            store.insert_ban(connection, ban)
        assert [ban.id for ban in store.list_standing(connection, ["key_1", "key_9"], clock())] == ["ban_3", "ban_1"]
        late = clock() + timedelta(days=2)
        assert [ban.id for ban in store.list_standing(connection, ["key_1"], late)] == ["ban_3"]
        assert [ban.id for ban in store.list_run_out(connection, late, 10)] == ["ban_1"]
        assert [ban.id for ban in store.list_by(connection, cause="e")] == ["ban_3"]


def test_open_appeals_wait_in_order(database, clock) -> None:
    with database.write() as connection:
        for place in (1, 2):
            at = clock() + timedelta(seconds=place)
            store.insert_appeal(connection, Appeal(f"appeal_{place}", "anna", None, False, AppealState.OPEN, at), None)
        assert [one.id for one in store.list_appeals(connection, state=AppealState.OPEN)] == ["appeal_1", "appeal_2"]
        assert [one.id for one in store.list_appeals(connection)] == ["appeal_2", "appeal_1"]
        assert store.list_appeals(connection, account_id="berta") == []
        assert store.find_account_ban(connection, "anna") is None
