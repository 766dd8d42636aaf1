"""Orders follow decisions, reach the network once, and can be reversed."""

from jacana.act.memory import Mishap
from jacana.model.account import AccountState
from jacana.model.action import ActionKind
from jacana.model.upload import Visibility
from jacana.model.verdict import Verdict
from jacana.pipeline import enforce


def test_a_network_that_is_away_gets_each_instruction_once(flow) -> None:
    flow.network.mishaps.extend([Mishap(), Mishap(status=503), Mishap(arrives=True)])
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    for _ in range(6):
        flow.drain(later_seconds=4000)
    assert sorted(a.kind for a in flow.network.effects) == [ActionKind.HOLD, ActionKind.SUSPEND_ACCOUNT]
    with flow.stages.db.read() as connection:
        states = {a.state for a in flow.stages.enforcement.list_actions(connection, upload_id=upload_id)}
    assert states == {"delivered"}


def test_every_action_can_be_reversed(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.drain()
    with flow.stages.db.read() as connection:
        actions = flow.stages.enforcement.list_actions(connection, upload_id=upload_id)
    for kind in (ActionKind.BAN_ACCOUNT, ActionKind.REMOVE):
        (action,) = [a for a in actions if a.kind is kind]
        enforce.reverse_action(flow.stages, action.id, "user:user_1", "a mistake")
    flow.drain()
    assert flow.network.last_told("bertram") is ActionKind.UNBAN_ACCOUNT
    assert flow.network.last_told("disguised-bertram") is ActionKind.RESTORE
    assert flow.account_state("bertram") is AccountState.ACTIVE
