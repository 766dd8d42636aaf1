"""The contract of the port, kept by the real webhook (against the stand-in network) and by its twin in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from act_orders import SECRET

from jacana.act.memory import MemoryNetwork, Mishap
from jacana.act.network import Network, NetworkUnreachableError
from jacana.act.webhook import WebhookNetwork
from jacana.model.action import Action, ActionKind, ActionState, TargetKind
from jacana.model.clock import utc_now

ACTION = Action(
    "act_1",
    ActionKind.HOLD,
    TargetKind.UPLOAD,
    "clip-1",
    "anna",
    "upload_1",
    "known material",
    "known-material",
    "policy:default@0123456789ab",
    ActionState.PENDING,
    utc_now(),
    sequence=1,
)


@dataclass
class Subject:
    """A network under test: how to use it, make it fail, and ask it what took effect."""

    port: Network
    fail: Callable[[Mishap], Any]
    effects: Callable[[], list[str]]
    duplicates: Callable[[], int]


@pytest.fixture(params=["memory", "webhook"])
def subject(request):
    if request.param == "memory":
        memory = MemoryNetwork()
        yield Subject(
            memory, memory.mishaps.append, lambda: [action.id for action in memory.effects], lambda: memory.duplicates
        )
        return
    url = request.getfixturevalue("stand_in")
    network = WebhookNetwork(f"{url}/jacana", SECRET, timeout_seconds=5)

    def fail(mishap: Mishap) -> None:
        when = "after" if mishap.arrives else "before"
        fault: dict[str, Any] = {"kind": f"{'drop' if mishap.status is None else 'status'}_{when}"}
        fault |= {"status": mishap.status} if mishap.status else {}
        fault |= {"retry_after": mishap.retry_after_seconds} if mishap.retry_after_seconds else {}
        httpx.post(f"{url}/faults", json=fault).raise_for_status()

    def read() -> dict[str, Any]:
        return httpx.get(f"{url}/deliveries").json()

    yield Subject(
        network,
        fail,
        lambda: [item["id"] for item in read()["deliveries"] if item["applied"]],
        lambda: read()["duplicates"],
    )
    network.close()


def test_an_instruction_takes_effect(subject):
    answer = subject.port.send(ACTION, utc_now())
    assert answer.status == 200
    assert subject.effects() == ["act_1"]


def test_a_repetition_has_no_second_effect(subject):
    assert [subject.port.send(ACTION, utc_now()).status for _ in range(3)] == [200] * 3
    assert (subject.effects(), subject.duplicates()) == (["act_1"], 2)


def test_an_older_instruction_does_not_overtake(subject):
    subject.port.send(replace(ACTION, id="act_2", sequence=2, kind=ActionKind.RELEASE), utc_now())
    assert subject.port.send(ACTION, utc_now()).status == 200
    assert subject.effects() == ["act_2"]


@pytest.mark.parametrize("arrives", [False, True])
@pytest.mark.parametrize("status", [503, 429, 400])
def test_an_error_is_an_answer(subject, status, arrives):
    subject.fail(Mishap(status, arrives, retry_after_seconds=7))
    answer = subject.port.send(ACTION, utc_now())
    assert (answer.status, answer.retry_after_seconds) == (status, 7)
    assert subject.effects() == (["act_1"] if arrives else [])


@pytest.mark.parametrize("arrives", [False, True])
def test_no_answer_is_unreachable_and_says_nothing_about_the_effect(subject, arrives):
    subject.fail(Mishap(arrives=arrives))
    with pytest.raises(NetworkUnreachableError) as caught:
        subject.port.send(ACTION, utc_now())
    assert caught.value.retryable
    assert subject.effects() == (["act_1"] if arrives else [])
    assert subject.port.send(ACTION, utc_now()).status == 200
    assert subject.effects() == ["act_1"]
