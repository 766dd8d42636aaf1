from dataclasses import replace

from test_act_network import ACTION

from jacana.act.memory import MemoryNetwork, Mishap
from jacana.model.action import ActionKind
from jacana.model.clock import utc_now


def test_mishaps_are_met_in_order_and_then_all_is_well():
    network = MemoryNetwork([Mishap(500), Mishap(502)])
    assert [network.send(ACTION, utc_now()).status for _ in range(3)] == [500, 502, 200]
    assert network.calls == 3


def test_the_last_instruction_is_known_per_target():
    network = MemoryNetwork()
    network.send(ACTION, utc_now())
    network.send(replace(ACTION, id="act_2", target_id="clip-2", kind=ActionKind.RELEASE), utc_now())
    assert network.last_told("clip-1") is ActionKind.HOLD
    assert network.last_told("clip-2") is ActionKind.RELEASE
    assert network.last_told("clip-3") is None


def test_reauthentication_is_told_apart_from_where_the_account_stands():
    network = MemoryNetwork()
    ban = replace(ACTION, target_id="anna", kind=ActionKind.BAN_ACCOUNT, sequence=2)
    network.send(ban, utc_now())
    network.send(replace(ban, id="act_2", kind=ActionKind.FORCE_REAUTH, sequence=1), utc_now())
    assert network.last_told("anna") is ActionKind.BAN_ACCOUNT
    assert network.last_told("anna", ActionKind.LIFT_REAUTH) is ActionKind.FORCE_REAUTH
