from pathlib import Path

import pytest

from jacana.report.sandbox.faults import MODES, SWITCHES, FaultInvalidError, Switchboard


def test_a_fault_happens_once_and_a_mode_stays() -> None:
    switches = Switchboard()
    switches.arm("wrong_md5")
    switches.arm("legacy")
    assert switches.take("wrong_md5", "upload")
    assert not switches.take("wrong_md5", "upload")
    assert all(switches.take("legacy", "status") for _ in range(5))
    switches.clear()
    assert not switches.take("legacy", "status")


def test_a_fault_may_be_for_one_endpoint_and_counted() -> None:
    switches = Switchboard()
    switches.arm_flag("code_1000:submit=2")
    assert not switches.take("code_1000", "upload")
    assert [bool(switches.take("code_1000", "submit")) for _ in range(3)] == [True, True, False]


def test_flags() -> None:
    switches = Switchboard()
    for flag in ("http_503=always", "slow:finish", "empty_401"):
        switches.arm_flag(flag)
    assert switches.describe() == [
        {"switch": "http_503", "endpoint": None, "count": None},
        {"switch": "slow", "endpoint": "finish", "count": 1},
        {"switch": "empty_401", "endpoint": None, "count": None},
    ]


@pytest.mark.parametrize("flag", ["", "nonsense", "slow:nowhere", "slow=", "slow=0", "slow=x", "Slow", "slow:submit:1"])
def test_bad_flags_name_a_remedy(flag: str) -> None:
    with pytest.raises(FaultInvalidError) as refused:
        Switchboard().arm_flag(flag)
    assert refused.value.remedy


def test_every_switch_says_what_it_does() -> None:
    assert all(text.endswith(".") for text in SWITCHES.values())
    assert set(SWITCHES) >= MODES


def test_every_switch_is_in_the_docs() -> None:
    text = (Path(__file__).parents[2] / "docs" / "cybertipline.md").read_text(encoding="utf-8")
    for name, meaning in SWITCHES.items():
        assert f"| `{name}` | {meaning} |" in text
