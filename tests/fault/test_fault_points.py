"""Kills Jacana (SIGKILL) at each named point in turn, starts it again, and looks for loss and doubles."""

from collections import Counter

import pytest

from jacana.audit import verify_log
from jacana.model.fault import FAULT_POINTS

pytestmark = pytest.mark.fault


ELSEWHERE = {"detect.after_part"}  # test_fault_lookback.py: an upload that nobody looks back for never comes there


@pytest.mark.parametrize("point", [point for point in FAULT_POINTS if point not in ELSEWHERE])
def test_nothing_is_lost_or_doubled(rig, point: str) -> None:
    rig.start(fault=point)
    held = rig.upload(rig.setting.clips.disguised, "disguised", "bertram")
    shown = rig.upload(rig.setting.clips.innocent, "innocent", "anna")
    rig.until("the innocent clip is shown", lambda: rig.shown("innocent") == "visible")
    rig.until("the copy is held", lambda: rig.shown("disguised") == "held")
    rig.until("the account is suspended", lambda: rig.account("bertram") == "suspended")
    rig.until("its report is drafted", lambda: rig.inspect(lambda s, c: s.reports.list_reports(c)))
    rig.review("confirmed")
    rig.until("the account is banned", lambda: rig.account("bertram") == "banned")
    rig.approve()
    rig.until("the preservation clock runs", lambda: rig.inspect(lambda s, c: _report_holds(s, c, held["id"])))

    assert rig.deaths == 1, f"{point} was never reached"
    assert Counter(rig.effects()) == Counter(
        {
            ("hold", f"disguised-{rig.tag}"): 1,
            ("suspend_account", f"bertram-{rig.tag}"): 1,
            ("remove", f"disguised-{rig.tag}"): 1,
            ("ban_account", f"bertram-{rig.tag}"): 1,
            ("release", f"innocent-{rig.tag}"): 1,
        }
    )
    assert len(rig.finished_reports()) == 1
    rig.stop()
    rig.inspect(lambda stages, connection: _assert_whole(stages, connection, {held["id"], shown["id"]}))


def _report_holds(stages, connection, upload_id):
    upload = stages.intake.load_upload(connection, upload_id)
    return [hold for hold in stages.vault.list_holds(connection, upload.digests.sha256) if hold.reason == "report"]


def _assert_whole(stages, connection, upload_ids) -> None:
    assert verify_log(connection).green
    assert [problem for problem in stages.vault.verify(None) if not problem.harmless] == []
    uploads = {u.id for sha in _digests(stages, connection, upload_ids) for u in _copies(stages, connection, sha)}
    assert uploads == upload_ids
    (report,) = stages.reports.list_reports(connection)
    assert report.state == "filed"
    assert not stages.desk.list_queue(connection)


def _digests(stages, connection, upload_ids):
    return {stages.intake.load_upload(connection, upload_id).digests.sha256 for upload_id in upload_ids}


def _copies(stages, connection, sha256):
    return stages.intake.list_uploads_by_sha256(connection, sha256)
