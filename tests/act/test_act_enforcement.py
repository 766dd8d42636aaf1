from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa
from act_orders import RECEIPT, make_order

from jacana.act.memory import Mishap
from jacana.act.order import (
    ActionAlreadyReversedError,
    ActionNotDeadError,
    ActionOvertakenError,
    ActionUnknownError,
    PreservationMissingError,
)
from jacana.audit import list_entries, verify_log
from jacana.db.outbox import list_due
from jacana.db.tables.act import act_actions
from jacana.model.action import DESTRUCTIVE, INVERSE, ActionKind, ActionState, TargetKind


def verbs(database, subject):
    with database.read() as connection:
        assert verify_log(connection).green
        return [entry.verb for _position, entry in list_entries(connection, subject=subject)]


def reload(database, enforcement, action):
    with database.read() as connection:
        return enforcement.load_action(connection, action.id)


def reverse(database, enforcement, action, receipt=None):
    with database.write() as connection:
        return enforcement.reverse(connection, action.id, "user:usr_1", "a mistake", receipt)


def test_an_order_is_a_pending_action_an_audit_entry_and_a_promise(database, enforcement, place, clock):
    (action,) = place(make_order(ActionKind.HOLD))
    assert (action.state, action.sequence, action.decided_by) == (
        ActionState.PENDING,
        1,
        "policy:default@0123456789ab",
    )
    with database.read() as connection:
        (row,) = list_due(connection, clock())
        ((_position, entry),) = list_entries(connection, subject=action.id)
    assert (row.id, row.topic) == (f"{action.id}.1", "deliver_action")
    assert row.payload == {"action_id": action.id, "attempt": 1}
    assert (entry.verb, entry.actor) == ("action.ordered", action.decided_by)
    assert entry.details == {"kind": "hold", "target": "clip-1", "cause": "dec_1", "rule": "known-material"}


def test_a_replayed_order_adds_nothing(database, place, clock):
    orders = (make_order(ActionKind.HOLD), make_order(ActionKind.SUSPEND_ACCOUNT, target="anna"))
    first = place(*orders)
    assert place(*orders) == first
    with database.read() as connection:
        assert len(list_due(connection, clock())) == 2
        assert connection.scalar(sa.text("select count(*) from act_actions")) == 2
    assert verbs(database, first[0].id) == ["action.ordered"]


def test_an_order_that_is_rolled_back_leaves_nothing(database, enforcement, clock):
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        enforcement.order(connection, [make_order(ActionKind.HOLD)])
        raise ZeroDivisionError
    with database.read() as connection:
        assert list_due(connection, clock()) == []
        assert connection.scalar(sa.text("select count(*) from act_actions")) == 0


def test_nothing_destructive_is_ordered_without_a_receipt(database, enforcement, clock):
    for kind in DESTRUCTIVE:
        orders = [make_order(ActionKind.HOLD), replace(make_order(kind, target="x"), receipt=None)]
        with database.write() as connection, pytest.raises(PreservationMissingError):
            enforcement.order(connection, orders)
    with database.read() as connection:
        assert list_due(connection, clock()) == []


def test_nothing_destructive_is_sent_without_a_receipt_on_record(database, place, pump, network, enforcement):
    actions = place(*(make_order(kind, target=f"target-of-{kind}") for kind in sorted(DESTRUCTIVE)))
    with database.write() as connection:
        connection.execute(act_actions.update().values(receipt_hold_id=None))
    for outcome in pump.drain():
        assert (outcome.state, outcome.problem, outcome.sent) == (ActionState.DEAD, "act.preservation_missing", False)
    assert network.calls == 0
    for action in actions:
        assert verbs(database, action.id) == ["action.ordered", "action.dead"]
        with database.write() as connection, pytest.raises(PreservationMissingError):
            enforcement.retry_dead(connection, action.id, "cli:root")


def test_every_kind_is_delivered_and_every_kind_can_be_reversed(database, enforcement, place, pump, network):
    for kind in ActionKind:
        last_word = kind.value.rsplit("_", 1)[-1] if "_" in kind else "upload"
        target_kind = TargetKind("account" if last_word == "reauth" else last_word)
        (action,) = place(make_order(kind, target=f"target-of-{kind}", target_kind=target_kind))
        pump.drain()
        reversal = reverse(database, enforcement, action, RECEIPT)
        pump.drain()
        assert (reversal.kind, reversal.reverses, reversal.sequence) == (INVERSE[kind], action.id, 2)
        assert network.last_told(action.target_id, kind) is INVERSE[kind]
        assert verbs(database, action.id) == ["action.ordered", "action.delivered", "action.reversed"]


def test_proving_who_you_are_stands_beside_a_suspension(database, enforcement, place, pump, network):
    suspension, reauth = place(
        make_order(ActionKind.SUSPEND_ACCOUNT, target="anna"), make_order(ActionKind.FORCE_REAUTH, target="anna")
    )
    assert [action.superseded_by for action in (suspension, reauth)] == [None, None]
    pump.drain()
    assert network.last_told("anna") is ActionKind.SUSPEND_ACCOUNT
    assert network.last_told("anna", ActionKind.FORCE_REAUTH) is ActionKind.FORCE_REAUTH
    with database.read() as connection:
        last = partial(enforcement.last_instruction, connection, TargetKind.ACCOUNT, "anna")
        assert (last().id, last(ActionKind.LIFT_REAUTH).id) == (suspension.id, reauth.id)
    reverse(database, enforcement, suspension)  # the later force_reauth has not overtaken it
    pump.drain()
    assert network.last_told("anna") is ActionKind.REINSTATE_ACCOUNT
    assert network.last_told("anna", ActionKind.FORCE_REAUTH) is ActionKind.FORCE_REAUTH


def test_a_dead_suspension_sent_again_is_not_too_late_for_a_newer_reauth(database, enforcement, place, pump, network):
    network.mishaps.append(Mishap(status=400))
    (suspension,) = place(make_order(ActionKind.SUSPEND_ACCOUNT, target="anna"))
    pump.drain()
    place(make_order(ActionKind.FORCE_REAUTH, target="anna"))
    pump.drain()
    with database.write() as connection:
        enforcement.retry_dead(connection, suspension.id, "cli:root")
    pump.drain()
    assert network.last_told("anna") is ActionKind.SUSPEND_ACCOUNT


def test_a_device_ban_keeps_its_tier_when_it_is_lifted_and_put_back(database, enforcement, place, pump):
    (ban,) = place(make_order(ActionKind.BAN_DEVICE, target="key", target_kind=TargetKind.DEVICE, tier=2))
    pump.drain()
    lifted = reverse(database, enforcement, ban)
    pump.drain()
    again = reverse(database, enforcement, lifted, RECEIPT)
    assert [(action.kind.value, action.tier) for action in (ban, again)] == [("ban_device", 2), ("ban_device", 2)]


def test_reversing_twice_is_refused_but_a_reversal_can_be_reversed(database, enforcement, place, pump, network):
    (suspension,) = place(make_order(ActionKind.SUSPEND_ACCOUNT, target="anna"))
    pump.drain()
    reversal = reverse(database, enforcement, suspension)
    with pytest.raises(ActionAlreadyReversedError):
        reverse(database, enforcement, suspension)
    pump.drain()
    again = reverse(database, enforcement, reversal)
    pump.drain()
    assert again.kind is ActionKind.SUSPEND_ACCOUNT
    assert network.last_told("anna") is ActionKind.SUSPEND_ACCOUNT


def test_reversing_an_unsent_action_takes_it_back_and_orders_nothing(database, enforcement, place, pump, network):
    (action,) = place(make_order(ActionKind.REMOVE))
    cancelled = reverse(database, enforcement, action)
    assert (cancelled.id, cancelled.state) == (action.id, ActionState.CANCELLED)
    assert pump.drain() == []
    assert network.calls == 0
    assert verbs(database, action.id) == ["action.ordered", "action.reversed", "action.cancelled"]
    with pytest.raises(ActionAlreadyReversedError):
        reverse(database, enforcement, action)
    with database.read() as connection:
        assert enforcement.last_instruction(connection, TargetKind.UPLOAD, "clip-1") is None


def test_reversing_an_action_that_may_have_arrived_orders_its_inverse(database, enforcement, place, pump, network):
    network.mishaps.append(Mishap(arrives=True))
    (action,) = place(make_order(ActionKind.HOLD))
    pump.drain()
    reversal = reverse(database, enforcement, action)
    pump.drain()
    assert reversal.kind is ActionKind.RELEASE
    assert reload(database, enforcement, action).state is ActionState.CANCELLED
    assert network.last_told("clip-1") is ActionKind.RELEASE


def test_reversing_an_unsent_action_that_replaced_another_still_tells_the_network(
    database, enforcement, place, pump, network
):
    place(make_order(ActionKind.HOLD))
    (removal,) = place(make_order(ActionKind.REMOVE, cause="dec_2"))
    reversal = reverse(database, enforcement, removal)
    pump.drain()
    assert reversal.kind is ActionKind.RESTORE
    assert [action.kind for action in network.effects] == [ActionKind.RESTORE]


def test_a_destructive_reversal_needs_a_receipt(database, enforcement, place, pump):
    (action,) = place(make_order(ActionKind.RESTORE))
    pump.drain()
    with pytest.raises(PreservationMissingError):
        reverse(database, enforcement, action)
    assert reverse(database, enforcement, action, RECEIPT).kind is ActionKind.REMOVE


def test_what_a_later_instruction_overtook_cannot_be_reversed_until_that_is(database, enforcement, place, pump):
    (hold,) = place(make_order(ActionKind.HOLD))
    pump.drain()
    (removal,) = place(make_order(ActionKind.REMOVE, cause="dec_2"))
    pump.drain()
    with pytest.raises(ActionOvertakenError, match=removal.id):
        reverse(database, enforcement, hold)
    reverse(database, enforcement, removal)
    assert reverse(database, enforcement, hold).kind is ActionKind.RELEASE


def test_a_superseded_action_cannot_be_reversed(database, enforcement, place):
    (hold,) = place(make_order(ActionKind.HOLD))
    (removal,) = place(make_order(ActionKind.REMOVE, cause="dec_2"))
    with pytest.raises(ActionOvertakenError, match=removal.id):
        reverse(database, enforcement, hold)


def test_a_dead_letter_is_listed_and_retried_with_a_whole_new_run(database, enforcement, place, pump, network):
    network.mishaps.extend([Mishap(status=503)] * 3)
    (action,) = place(make_order(ActionKind.HOLD))
    pump.drain(step_seconds=30)
    with database.write() as connection:
        assert [dead.id for dead in enforcement.list_dead(connection)] == [action.id]
        enforcement.retry_dead(connection, action.id, "cli:root")
        assert enforcement.list_dead(connection) == []
        with pytest.raises(ActionNotDeadError):
            enforcement.retry_dead(connection, action.id, "cli:root")
    network.mishaps.extend([Mishap(status=503)] * 2)
    outcomes = pump.drain(step_seconds=30)
    assert [outcome.attempt for outcome in outcomes] == [4, 5, 6]
    assert outcomes[-1].state is ActionState.DELIVERED
    assert verbs(database, action.id) == ["action.ordered", "action.dead", "action.retried", "action.delivered"]


def test_an_overtaken_dead_letter_is_not_sent_again(database, enforcement, place, pump, network):
    network.mishaps.append(Mishap(status=422))
    (release,) = place(make_order(ActionKind.RELEASE))
    pump.drain()
    place(make_order(ActionKind.HOLD, cause="dec_2"))
    with database.write() as connection, pytest.raises(ActionOvertakenError):
        enforcement.retry_dead(connection, release.id, "cli:root")


def test_of_two_dead_letters_of_one_target_only_the_later_needs_a_person(database, enforcement, place, pump, network):
    network.mishaps.extend([Mishap(status=422)] * 2)
    (hold,) = place(make_order(ActionKind.HOLD))
    pump.drain()
    (removal,) = place(make_order(ActionKind.REMOVE, cause="dec_2"))
    pump.drain()
    with database.write() as connection:
        assert [dead.id for dead in enforcement.list_dead(connection)] == [removal.id]
        with pytest.raises(ActionOvertakenError, match=removal.id):
            enforcement.retry_dead(connection, hold.id, "cli:root")
        enforcement.retry_dead(connection, removal.id, "cli:root")
    pump.drain()
    assert network.last_told("clip-1") is ActionKind.REMOVE


def test_unknown_actions_are_not_found(database, enforcement):
    with database.write() as connection:
        for call in (
            lambda: enforcement.retry_dead(connection, "act_0", "cli:root"),
            lambda: enforcement.reverse(connection, "act_0", "user:usr_1", ""),
            lambda: enforcement.load_action(connection, "act_0"),
        ):
            with pytest.raises(ActionUnknownError):
                call()
    with pytest.raises(ActionUnknownError):
        enforcement.deliver("act_0", 1)


def test_the_last_instruction_skips_what_was_cancelled(database, enforcement, place, pump):
    (hold,) = place(make_order(ActionKind.HOLD))
    pump.drain()
    (removal,) = place(make_order(ActionKind.REMOVE, cause="dec_2"))
    with database.read() as connection:
        assert enforcement.last_instruction(connection, TargetKind.UPLOAD, "clip-1").id == removal.id
    reverse(database, enforcement, removal)
    with database.read() as connection:
        assert enforcement.last_instruction(connection, TargetKind.UPLOAD, "clip-1").id == hold.id
        assert enforcement.last_instruction(connection, TargetKind.ACCOUNT, "clip-1") is None
        assert [a.id for a in enforcement.list_actions(connection, upload_id="upload_1")] == [hold.id, removal.id]


def test_what_overtook_an_action_is_named(database, enforcement, place, pump):
    (hold,) = place(make_order(ActionKind.HOLD))
    pump.drain()
    (removal,) = place(make_order(ActionKind.REMOVE, cause="dec_2"))
    with database.read() as connection:
        assert enforcement.find_overtaking(connection, hold) == removal
        assert enforcement.find_overtaking(connection, removal) is None


def test_silence_after_an_attempt_is_explained(database, enforcement, place, pump, network):
    (action,) = place(make_order(ActionKind.HOLD))
    with database.read() as connection:
        assert enforcement.explain_silence(connection, action.id) is None
    network.mishaps.append(Mishap())
    pump.drain()
    with database.read() as connection:
        assert enforcement.explain_silence(connection, action.id) == "act.network_unreachable"
