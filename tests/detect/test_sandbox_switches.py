"""The sandbox's switches count down, strike where they should, and refuse what is none."""

import pytest

from jacana.detect.media.exchange.sandbox.switches import Switches, SwitchInvalidError


def test_a_fault_strikes_as_often_as_asked_and_only_there() -> None:
    switches = Switches()
    switches.arm("cut", endpoint="entries", count=2)
    assert switches.take("cut", "status") is None
    assert [switches.take("cut", "entries") is not None for _ in range(3)] == [True, True, False]


def test_faults_happen_once_and_modes_stay() -> None:
    switches = Switches()
    switches.arm("http_500")
    switches.arm("reasons_nested")
    assert [switches.take("http_500", "members") is not None for _ in range(2)] == [True, False]
    assert [switches.take("reasons_nested", "reasons") is not None for _ in range(3)] == [True] * 3
    switches.clear()
    assert switches.describe() == []


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("cut", {"switch": "cut", "endpoint": None, "count": 1}),
        ("cut:entries", {"switch": "cut", "endpoint": "entries", "count": 1}),
        ("cut:entries=3", {"switch": "cut", "endpoint": "entries", "count": 3}),
        ("slow=always", {"switch": "slow", "endpoint": None, "count": None}),
    ],
)
def test_flags(flag: str, expected: dict[str, object]) -> None:
    switches = Switches()
    switches.arm_flag(flag)
    assert switches.describe() == [expected]


@pytest.mark.parametrize("flag", ["none", "cut:nowhere", "cut=0", "cut=x", ""])
def test_what_is_no_switch(flag: str) -> None:
    with pytest.raises(SwitchInvalidError):
        Switches().arm_flag(flag)
