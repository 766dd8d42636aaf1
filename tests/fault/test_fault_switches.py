"""The receivers misbehave instead of us: each effect and each report still arrives once, or a person is asked."""

from collections import Counter

import httpx
import pytest

from jacana.audit import verify_log

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("switches")]  # switches are the servers', not the rig's

SANDBOX_FAULTS = [
    ("http_503", "submit"),
    ("drop_before_commit", "submit"),
    ("drop_after_commit", "submit"),
    ("slow", "submit"),
    ("drop_before_commit", "upload"),
    ("drop_after_commit", "upload"),
    ("code_1300", "fileinfo"),
    ("drop_before_commit", "finish"),
    ("drop_after_commit", "finish"),
    ("huge_answer", "finish"),
]


@pytest.fixture
def held(rig):
    rig.start()
    upload = rig.upload(rig.setting.clips.disguised, "disguised", "bertram")
    rig.until("the account is suspended", lambda: rig.account("bertram") == "suspended")
    rig.until("its report is drafted", lambda: rig.inspect(lambda s, c: s.reports.list_reports(c)))
    yield upload["id"]
    httpx.delete(f"{rig.setting.places.sandbox}/sandbox/faults")


def arm(rig, switch: str, endpoint: str) -> None:
    body = {"switch": switch, "endpoint": endpoint, "seconds": 4}
    httpx.post(f"{rig.setting.places.sandbox}/sandbox/faults", json=body).raise_for_status()


@pytest.mark.parametrize(("switch", "endpoint"), SANDBOX_FAULTS)
def test_one_report_is_finished_whatever_the_cybertipline_does(rig, held, switch: str, endpoint: str) -> None:
    rig.review("confirmed")
    arm(rig, switch, endpoint)
    rig.approve()
    rig.until("our side knows", lambda: rig.inspect(lambda s, c: s.reports.list_reports(c)[0].state == "filed"))
    assert len(rig.finished_reports()) == 1
    assert rig.inspect(lambda _stages, connection: verify_log(connection).green)


def test_a_wrong_md5_stops_the_filing_and_asks_a_person(rig, held) -> None:
    rig.review("confirmed")
    arm(rig, "wrong_md5", "upload")
    (report,) = rig.inspect(lambda stages, connection: stages.reports.list_reports(connection))
    rig.approve_once(report.id)
    rig.until(
        "a person is asked", lambda: rig.inspect(lambda s, c: s.reports.load(c, report.id).state == "needs_person")
    )
    assert rig.finished_reports() == []


@pytest.mark.parametrize("kind", ["status_before", "status_after", "drop_before", "drop_after", "slow_before"])
def test_the_network_is_told_once_whatever_it_answers(rig, kind: str) -> None:
    rig.start()
    body = {"kind": kind, "times": 2, "seconds": 1}
    httpx.post(f"{rig.setting.places.network}/faults", json=body).raise_for_status()
    rig.upload(rig.setting.clips.disguised, "disguised", "bertram")
    rig.until("the copy is held", lambda: rig.shown("disguised") == "held")
    rig.until("the account is suspended", lambda: rig.account("bertram") == "suspended")
    rig.until("our side knows", lambda: rig.inspect(_all_delivered))
    assert Counter(kind for kind, _ in rig.effects()) == {"hold": 1, "suspend_account": 1}


def _all_delivered(stages, connection) -> bool:
    (row,) = stages.desk.list_queue(connection)
    actions = stages.enforcement.list_actions(connection, account_id=row.account_id)
    return len(actions) == 2 and all(action.state == "delivered" for action in actions)
