import pytest
from act_orders import make_order

from jacana.act import store
from jacana.act.delivery import Attempt, record_answer, take_turn
from jacana.act.memory import Mishap
from jacana.act.network import NetworkAnswer
from jacana.act.order import ActionOutOfTurnError
from jacana.audit import last_entry
from jacana.model.action import ActionKind, ActionState
from jacana.model.errors import SetupInvalidError


def load(database, action):
    with database.read() as connection:
        return store.load_action(connection, action.id)


def test_the_answer_of_the_network_is_recorded(database, place, pump, network, clock):
    (action,) = place(make_order(ActionKind.HOLD))
    (outcome,) = pump.drain()
    delivered = load(database, action)
    assert (outcome.state, outcome.status, outcome.sent) == (ActionState.DELIVERED, 200, True)
    assert (delivered.answer_status, delivered.answer_excerpt, delivered.delivered_at) == (200, "done", clock())
    with database.read() as connection:
        assert store.list_attempts(connection, action.id) == [(1, clock(), 200, None)]
        assert last_entry(connection, "action.delivered").details["status"] == 200


def test_failures_follow_the_schedule_to_the_dead_letter(database, place, pump, network, clock):
    network.mishaps.extend([Mishap(status=503), Mishap(), Mishap(status=429, retry_after_seconds=9)])
    (action,) = place(make_order(ActionKind.HOLD))
    start = clock()
    outcomes = pump.drain(step_seconds=1)
    waits = [(o.next_attempt_at - start).total_seconds() if o.next_attempt_at else None for o in outcomes]
    assert [o.problem for o in outcomes] == ["http.503", "act.network_unreachable", "http.429"]
    assert waits[0] == 5
    assert waits[1] == pytest.approx(35, abs=1)
    assert outcomes[-1].state is ActionState.DEAD
    assert load(database, action).attempts == 3
    with database.read() as connection:
        assert last_entry(connection, "action.dead").details["problem"] == "http.429"


def test_a_longer_retry_after_is_honoured(place, pump, network, clock):
    network.mishaps.append(Mishap(status=503, retry_after_seconds=77))
    place(make_order(ActionKind.HOLD))
    (outcome,) = pump.drain()
    assert (outcome.next_attempt_at - clock()).total_seconds() == 77


def test_a_refusal_is_dead_at_once(place, pump, network):
    for status in (400, 405, 410, 422):
        network.mishaps.append(Mishap(status=status))
        place(make_order(ActionKind.HOLD, target=f"clip-{status}"))
        (outcome,) = pump.drain(step_seconds=10)
        assert (outcome.state, outcome.problem) == (ActionState.DEAD, f"http.{status}")


def test_a_conflict_means_that_the_network_has_it_already(place, pump, network):
    network.mishaps.append(Mishap(status=409))
    place(make_order(ActionKind.HOLD))
    (outcome,) = pump.drain()
    assert outcome.state is ActionState.DELIVERED


def test_a_missing_setting_is_an_attempt_that_failed(place, pump, enforcement, monkeypatch):
    def refuse(action, at):
        raise SetupInvalidError("no network_url")

    monkeypatch.setattr(enforcement._network, "send", refuse)
    place(make_order(ActionKind.HOLD))
    (outcome,) = pump.drain()
    assert (outcome.state, outcome.problem) == (ActionState.PENDING, "setup.invalid")


def test_a_dead_action_does_not_block_the_next(place, pump, network):
    network.mishaps.append(Mishap(status=422))
    place(make_order(ActionKind.RELEASE))
    pump.drain()
    place(make_order(ActionKind.HOLD, cause="dec_2"))
    assert pump.drain()[-1].state is ActionState.DELIVERED


def test_a_repeated_attempt_is_not_made_again(place, pump, network, enforcement):
    (action,) = place(make_order(ActionKind.HOLD))
    pump.drain()
    outcome = enforcement.deliver(action.id, 1)
    assert (outcome.state, outcome.sent, network.calls) == (ActionState.DELIVERED, False, 1)


def test_a_repeated_failed_attempt_is_not_made_again(place, pump, network, enforcement):
    network.mishaps.append(Mishap(status=503))
    (action,) = place(make_order(ActionKind.HOLD))
    pump.drain()
    outcome = enforcement.deliver(action.id, 1)
    assert (outcome.state, outcome.sent, network.calls) == (ActionState.PENDING, False, 1)


def test_a_failure_of_a_moot_action_ends_it_and_frees_the_next(database, place, pump, network, clock):
    (release,) = place(make_order(ActionKind.RELEASE))
    with database.write() as connection:
        take_turn(connection, release.id, 1, clock())
    (hold,) = place(make_order(ActionKind.HOLD, cause="dec_2"))
    with database.write() as connection:
        with pytest.raises(ActionOutOfTurnError) as caught:
            take_turn(connection, hold.id, 1, clock())
        assert caught.value.retryable
    with database.write() as connection:
        outcome = record_answer(connection, Attempt(release.id, 1, NetworkAnswer(503), None), (5,), clock())
    assert (outcome.state, outcome.problem) == (ActionState.CANCELLED, "http.503")
    pump.drain()
    assert load(database, hold).state is ActionState.DELIVERED


def test_a_moot_action_that_a_crash_interrupted_is_not_sent_again(database, place, pump, network, clock):
    (release,) = place(make_order(ActionKind.RELEASE))
    (row,) = pump.due()
    with database.write() as connection:
        take_turn(connection, release.id, 1, clock())
    pump.interrupted.append(row)  # the process died while sending
    place(make_order(ActionKind.HOLD, cause="dec_2"))
    pump.drain()
    assert load(database, release).state is ActionState.CANCELLED
    assert [action.kind for action in network.effects] == [ActionKind.HOLD]
    with database.read() as connection:
        assert last_entry(connection, "action.cancelled").details["may_have_arrived"] is True


def test_the_second_of_two_workers_records_nothing(database, place, network, clock):
    (action,) = place(make_order(ActionKind.HOLD))
    for _worker in range(2):
        with database.write() as connection:
            take_turn(connection, action.id, 1, clock())
    for status in (200, 503):
        with database.write() as connection:
            outcome = record_answer(connection, Attempt(action.id, 1, NetworkAnswer(status), None), (5,), clock())
    assert outcome.state is ActionState.DELIVERED
    with database.read() as connection:
        assert len(store.list_attempts(connection, action.id)) == 1
