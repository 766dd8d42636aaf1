from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.report.sandbox.machine import (
    ReceivedFile,
    ReceivedReport,
    Stage,
    expires_at,
    judge_access,
    settle_expiry,
)

OPENED = datetime(2026, 11, 22, 12, tzinfo=UTC)
REPORT = ReceivedReport(1, "a", Stage.OPEN, OPENED, b"<report/>", files=(ReceivedFile("f", "n", "m", 1, OPENED),))


@given(st.none() | st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=48)))
def test_the_later_of_the_two_clocks_counts(touched_after: timedelta | None) -> None:
    report = replace(REPORT, touched_at=None if touched_after is None else OPENED + touched_after)
    expected = timedelta(hours=24)
    if touched_after is not None and touched_after > timedelta(hours=23):
        expected = touched_after + timedelta(hours=1)
    assert expires_at(report) == OPENED + expected
    assert settle_expiry(report, OPENED + expected - timedelta(microseconds=1)) == report
    expired = settle_expiry(report, OPENED + expected)
    assert (expired.stage, expired.closed_at, expired.files) == (Stage.EXPIRED, OPENED + expected, ())


@pytest.mark.parametrize("stage", [Stage.FINISHED, Stage.RETRACTED, Stage.EXPIRED])
def test_only_open_reports_expire(stage: Stage) -> None:
    closed = replace(REPORT, stage=stage)
    assert settle_expiry(closed, OPENED + timedelta(days=400)) == closed


@pytest.mark.parametrize(
    ("stage", "mine", "others"),
    [(Stage.OPEN, 0, 5001), (Stage.FINISHED, 5102, 5001), (Stage.RETRACTED, 5101, 5001), (Stage.EXPIRED, 5001, 5001)],
)
def test_access(stage: Stage, mine: int, others: int) -> None:
    report = replace(REPORT, stage=stage)
    assert (judge_access(report, "a"), judge_access(report, "b"), judge_access(None, "a")) == (mine, others, 5001)


def test_files_are_found_by_id() -> None:
    assert REPORT.find_file("f") == REPORT.files[0]
    assert REPORT.find_file("g") is None
