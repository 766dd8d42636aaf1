from datetime import timedelta

import pytest
import sqlalchemy as sa
from act_orders import make_order
from sqlalchemy.exc import IntegrityError

from jacana.act import store
from jacana.act.order import ActionUnknownError
from jacana.model.action import ActionKind, ActionState, TargetKind
from jacana.model.errors import ThingNotFoundError


def insert(connection, id, order, clock, reverses=None):
    return store.insert_action(
        connection, id, order, dedupe_key=order.dedupe_key(), attempts_allowed=3, now=clock(), reverses=reverses
    )


def test_an_action_comes_back_as_it_was_ordered(database, clock):
    order = make_order(ActionKind.REMOVE)
    with database.write() as connection:
        written = insert(connection, "act_1", order, clock)
    with database.read() as connection:
        read = store.load_action(connection, "act_1")
        assert store.find_ordered(connection, order.dedupe_key()) == read
        assert store.load_delivery(connection, "act_1") == (False, 3)
    assert read == written
    assert (read.kind, read.target_kind, read.target_id) == (ActionKind.REMOVE, TargetKind.UPLOAD, "clip-1")
    assert (read.state, read.attempts, read.sequence) == (ActionState.PENDING, 0, 1)
    assert (read.receipt_hold_id, read.cause, read.created_at) == ("hold_1", "dec_1", clock())


def test_an_unknown_action_is_not_found(database):
    with database.read() as connection, pytest.raises(ActionUnknownError) as caught:
        store.load_action(connection, "act_0")
    assert isinstance(caught.value, ThingNotFoundError)


def test_sequences_count_within_one_target(database, clock):
    with database.write() as connection:
        first = insert(connection, "act_1", make_order(ActionKind.HOLD), clock)
        other = insert(connection, "act_2", make_order(ActionKind.HOLD, target="clip-2"), clock)
        clock.advance(-60)  # a clock set back must not reorder a target
        second = insert(connection, "act_3", make_order(ActionKind.RELEASE, cause="dec_2"), clock)
        assert [action.sequence for action in (first, other, second)] == [1, 1, 2]
        assert store.list_target(connection, TargetKind.UPLOAD, "clip-1", ActionKind.HOLD) == [first, second]


def test_a_target_lists_only_what_says_the_same_of_it(database, clock):
    with database.write() as connection:
        ban = insert(connection, "act_1", make_order(ActionKind.BAN_ACCOUNT, target="anna"), clock)
        reauth = insert(connection, "act_2", make_order(ActionKind.FORCE_REAUTH, target="anna"), clock)
        assert [ban.sequence, reauth.sequence] == [1, 2]
        assert store.list_rival_actions(connection, ban) == [ban]
        assert store.list_rival_actions(connection, reauth) == [reauth]


def test_a_tier_is_kept(database, clock):
    order = make_order(ActionKind.BAN_DEVICE, target="key", target_kind=TargetKind.DEVICE, tier=3)
    with database.write() as connection:
        assert insert(connection, "act_1", order, clock).tier == 3
        assert insert(connection, "act_2", make_order(ActionKind.HOLD), clock).tier is None


def test_the_same_order_cannot_be_inserted_twice(database, clock):
    with pytest.raises(IntegrityError), database.write() as connection:
        insert(connection, "act_1", make_order(ActionKind.HOLD), clock)
        insert(connection, "act_2", make_order(ActionKind.HOLD), clock)


def test_lists_filter_on_everything_given(database, clock):
    with database.write() as connection:
        hold = insert(connection, "act_1", make_order(ActionKind.HOLD), clock)
        clock.advance(1)
        ban = insert(connection, "act_2", make_order(ActionKind.BAN_ACCOUNT, target="anna", cause="dec_2"), clock)
        assert store.list_by(connection, account_id="anna") == [hold, ban]
        assert store.list_by(connection, account_id="anna", cause="dec_2") == [ban]
        assert store.list_by(connection, upload_id="upload_1") == [hold]
        assert store.list_by(connection, upload_id="upload_2") == []
        store.update_action(connection, "act_2", state=ActionState.DEAD)
        assert [action.id for action in store.list_in_state(connection, ActionState.DEAD)] == ["act_2"]


def test_a_cancelled_reversal_does_not_count(database, clock):
    with database.write() as connection:
        insert(connection, "act_1", make_order(ActionKind.HOLD), clock)
        assert not store.is_reversed(connection, "act_1")
        insert(connection, "act_2", make_order(ActionKind.RELEASE, cause="act_1"), clock, reverses="act_1")
        assert store.is_reversed(connection, "act_1")
        store.update_action(connection, "act_2", state=ActionState.CANCELLED)
        assert not store.is_reversed(connection, "act_1")


def test_superseding_is_found_from_the_later_action(database, clock):
    with database.write() as connection:
        insert(connection, "act_1", make_order(ActionKind.HOLD), clock)
        assert not store.has_superseded(connection, "act_2")
        store.update_action(connection, "act_1", superseded_by="act_2")
        assert store.has_superseded(connection, "act_2")


def test_attempts_are_listed_in_order_and_each_once(database, clock):
    with database.write() as connection:
        insert(connection, "act_1", make_order(ActionKind.HOLD), clock)
        store.record_attempt(connection, "act_1", 2, clock() + timedelta(seconds=5), 200, None)
        store.record_attempt(connection, "act_1", 1, clock(), None, "act.network_unreachable")
        assert [(row[0], row[2], row[3]) for row in store.list_attempts(connection, "act_1")] == [
            (1, None, "act.network_unreachable"),
            (2, 200, None),
        ]
    with pytest.raises(IntegrityError), database.write() as connection:
        store.record_attempt(connection, "act_1", 2, clock(), 200, None)
    with database.read() as connection:
        assert connection.scalar(sa.text("select count(*) from act_attempts")) == 2
