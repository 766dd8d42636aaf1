import pytest

from jacana.simulate.network.faults import FAULT_KINDS, Fault, FaultInvalidError, FaultSwitches


def test_faults_are_taken_in_order_and_then_none():
    switches = FaultSwitches()
    assert switches.take() is None
    assert switches.add({"kind": "status_before", "status": 500, "times": 2}) == 2
    assert switches.add({"kind": "drop_after"}) == 3
    taken = [switches.take() for _ in range(4)]
    assert taken == [Fault("status_before", status=500)] * 2 + [Fault("drop_after"), None]


def test_cleared_faults_are_gone():
    switches = FaultSwitches()
    switches.add({"kind": "slow_before", "seconds": 0.5, "times": 5})
    switches.clear()
    assert switches.take() is None


def test_only_the_kinds_named_after_carry_the_instruction_out():
    assert {kind for kind in FAULT_KINDS if Fault(kind).carries_out} == {"status_after", "slow_after", "drop_after"}


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "kind"),
        ([], "kind"),
        ({"kind": "sideways"}, "kind"),
        ({"kind": "status_before", "status": 99}, "status"),
        ({"kind": "status_before", "status": "many"}, "status"),
        ({"kind": "slow_before", "seconds": -1}, "seconds"),
        ({"kind": "drop_before", "times": 0}, "times"),
        ({"kind": "drop_before", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_switch_names_the_field(raw, field):
    switches = FaultSwitches()
    with pytest.raises(FaultInvalidError) as caught:
        switches.add(raw)
    assert caught.value.field == field
    assert caught.value.remedy
    assert switches.take() is None
