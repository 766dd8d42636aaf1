from datetime import timedelta
from pathlib import Path

import pytest

from jacana.report.sandbox.machine import ReceivedFile, Stage
from jacana.report.sandbox.store import FIRST_REPORT_ID, Shelf


def test_everything_survives_a_restart(tmp_path: Path, clock) -> None:
    path = tmp_path / "sandbox" / "reports.db"
    shelf = Shelf(path)
    first = shelf.add_report("a", b"<report/>", False, clock.now)
    second = shelf.add_report("b", "<report>☂</report>".encode(), True, clock.now)
    file = ReceivedFile("f" * 32, "clip ☂.mp4", "0" * 32, 2**40, clock.now + timedelta(seconds=1))
    shelf.add_file(first, file)
    shelf.set_details(first, file.id, b"<fileDetails/>", clock.now + timedelta(seconds=2))
    shelf.close_report(second, Stage.RETRACTED, clock.now)
    shelf.add_call("r1", clock.now, "a", "submit", 0, first, "")
    before, calls = shelf.list_reports(), shelf.list_calls()
    shelf.close()
    again = Shelf(path)
    assert again.list_reports() == before
    assert again.list_calls() == calls
    assert (first, second) == (FIRST_REPORT_ID, FIRST_REPORT_ID + 1)
    assert before[0].files[0].details == b"<fileDetails/>"
    assert before[0].touched_at == clock.now + timedelta(seconds=2)
    assert again.add_report("a", b"", False, clock.now) == second + 1
    again.close()


@pytest.mark.parametrize(("stage", "kept"), [(Stage.FINISHED, 1), (Stage.RETRACTED, 0), (Stage.EXPIRED, 0)])
def test_only_a_finished_report_keeps_its_files(clock, stage: Stage, kept: int) -> None:
    shelf = Shelf()
    report_id = shelf.add_report("a", b"", False, clock.now)
    shelf.add_file(report_id, ReceivedFile("f", "n", "m", 1, clock.now))
    shelf.close_report(report_id, stage, clock.now)
    report = shelf.load_report(report_id)
    assert report is not None
    assert (report.stage, len(report.files)) == (stage, kept)


def test_a_failed_write_leaves_nothing(clock) -> None:
    shelf = Shelf()
    report_id = shelf.add_report("a", b"", False, clock.now)
    file = ReceivedFile("f", "n", "m", 1, clock.now)
    shelf.add_file(report_id, file)
    with pytest.raises(Exception, match="UNIQUE"):
        shelf.add_file(report_id, file)
    assert len(shelf.list_reports()[0].files) == 1
    assert shelf.load_report(5) is None
