from datetime import timedelta

from act_orders import make_order

from jacana.act import ledger, store
from jacana.audit import last_entry
from jacana.db.outbox import list_due, mark_started
from jacana.model.action import ActionKind, ActionState


def due_ids(database, clock):
    with database.read() as connection:
        return [row.id for row in list_due(connection, clock())]


def test_a_later_order_cancels_an_unsent_earlier_one_on_the_same_target(database, enforcement, place, clock):
    (release,) = place(make_order(ActionKind.RELEASE))
    (other,) = place(make_order(ActionKind.RELEASE, target="clip-2"))
    (hold,) = place(make_order(ActionKind.HOLD, cause="dec_2"))
    with database.read() as connection:
        cancelled = store.load_action(connection, release.id)
        entry = last_entry(connection, "action.cancelled")
    assert (cancelled.state, cancelled.superseded_by) == (ActionState.CANCELLED, hold.id)
    assert entry.details["superseded_by"] == hold.id
    assert entry.details["may_have_arrived"] is False
    assert sorted(due_ids(database, clock)) == sorted([f"{other.id}.1", f"{hold.id}.1"])


def test_an_order_waits_for_one_that_is_being_sent(database, place, clock):
    (release,) = place(make_order(ActionKind.RELEASE))
    with database.write() as connection:
        mark_started(connection, f"{release.id}.1", clock())
        store.update_action(connection, release.id, sending_since=clock())
    (hold,) = place(make_order(ActionKind.HOLD, cause="dec_2"))
    assert due_ids(database, clock) == []
    with database.write() as connection:
        waiting = store.load_action(connection, release.id)
        assert (waiting.state, waiting.superseded_by) == (ActionState.PENDING, hold.id)
        assert ledger.find_blocking(connection, hold).id == release.id
        assert ledger.find_blocking(connection, release) is None
        settled = store.update_action(connection, release.id, state=ActionState.DELIVERED)
        ledger.promise_next(connection, settled, clock())
        ledger.promise_next(connection, settled, clock())
    assert due_ids(database, clock) == [f"{hold.id}.1"]


def test_the_next_in_line_keeps_its_own_time_when_it_was_promised_before(database, place, clock):
    (hold,) = place(make_order(ActionKind.HOLD))
    with database.write() as connection:
        store.update_action(connection, hold.id, attempts=1)
        later = clock() + timedelta(seconds=60)
        failed = store.load_action(connection, hold.id)
        ledger.promise_attempt(connection, failed, later)
        ledger.promise_next(connection, failed, clock())
        rows = {row.id: row.not_before for row in list_due(connection, later)}
    assert rows[f"{hold.id}.2"] == later


def test_cancelling_what_may_have_arrived_says_so(database, place, clock):
    (hold,) = place(make_order(ActionKind.HOLD))
    with database.write() as connection:
        store.update_action(connection, hold.id, sending_since=clock())
        cancelled = ledger.cancel_action(connection, hold, clock())
        assert cancelled.state is ActionState.CANCELLED
        assert store.load_delivery(connection, hold.id)[0] is False
        assert last_entry(connection, "action.cancelled").details["may_have_arrived"] is True
    assert due_ids(database, clock) == []
