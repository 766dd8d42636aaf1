"""Kills Jacana on the path of an account, from its events to its ban, and looks for loss and doubles."""

from collections import Counter
from dataclasses import replace

import pytest

from jacana.audit import verify_log
from jacana.detect.findings.store import list_account_findings
from jacana.pipeline.eventwork.store import read_cursor
from jacana.pipeline.eventwork.worker import CURSOR
from jacana.simulate.reviewer import ConsoleUnexpectedError, ScriptedReviewer
from jacana.simulate.ring import WATCHERS, RingStory

pytestmark = pytest.mark.fault

POINTS = (
    "detect.before_batch",
    "detect.after_batch",
    "decide.after_commit",
    "act.before_commit",
    "act.after_send",
    "review.after_open",
    "preserve.after_write",
    "review.after_decide",
)


@pytest.mark.parametrize("point", POINTS)
def test_a_vault_is_met_once_whatever_dies(rig, point: str) -> None:
    rig.start(fault=point)
    vault = f"vera-{rig.tag}"
    tell(rig, vault)
    rig.until("everybody is signed out", lambda: ("force_reauth", vault) in rig.effects())
    rig.until("a case waits", lambda: read_state(rig, vault)["queue"] == [vault])
    decide(rig, vault)
    rig.until("the account is banned", lambda: rig.account("vera") == "banned")
    rig.until("its devices are banned", lambda: Counter(kind for kind, _ in rig.effects())["ban_device"] > WATCHERS)

    assert rig.deaths == 1, f"{point} was never reached"
    told = Counter(rig.effects())
    assert told[("force_reauth", vault)] == told[("ban_account", vault)] == 1
    assert max(told.values()) == 1
    assert {kind for kind, _ in told} == {"force_reauth", "ban_account", "ban_device"}
    rig.until("the work is done", lambda: read_state(rig, vault)["queue"] == [])
    rig.stop()
    state = read_state(rig, vault)
    assert state["worked"] == state["told"]
    assert state["kinds"] == {"vault_account": 1}
    assert state["reviews"] == 1
    assert state["green"]


def tell(rig, vault: str) -> None:
    """Tell of the vault until that is acknowledged; what came before a crash is recognised."""
    story = RingStory(replace(rig.setting.places, jacana=rig.url), "unused", lambda *_: None)
    events: list[dict] = []
    story._send = events.extend
    story._tell_vault(vault)
    story.close()

    def send() -> bool:
        sender = RingStory(replace(rig.setting.places, jacana=rig.url), "unused", lambda *_: None)
        try:
            answer = sender._api.post("/v1/events", json={"events": events}).json()
            return answer["accepted"] + answer["duplicate"] == len(events)
        finally:
            sender.close()

    rig.until("the events are acknowledged", send)


def decide(rig, vault: str) -> None:
    """Give the verdict as a person at the console would, again after a crash if the first try was lost."""

    def once() -> bool:
        if rig.account("vera") == "banned":
            return True
        reviewer = ScriptedReviewer(rig.url)
        try:
            reviewer.log_in("scripted-reviewer", rig.setting.passwords["scripted-reviewer"])
            for case_id, text in reviewer.list_cases():
                if vault in text:
                    reviewer.decide_account(case_id, "trading", "The record is clear about this account.")
            return True
        except ConsoleUnexpectedError:
            return read_state(rig, vault)["reviews"] == 1  # it died after the verdict was recorded
        finally:
            reviewer.close()

    rig.until("the case is decided", once)


def read_state(rig, vault: str) -> dict:
    def look(stages, connection) -> dict:
        findings = list_account_findings(connection, vault)
        return {
            "queue": [row.account_id for row in stages.desk.list_queue(connection)],
            "worked": read_cursor(connection, CURSOR),
            "told": stages.events.last_sequence(connection),
            "kinds": dict(Counter(finding.kind.value for finding in findings)),
            "reviews": len(stages.account_desk.list_reviews(connection, account_id=vault)),
            "green": verify_log(connection).green,
        }

    return rig.inspect(look)
