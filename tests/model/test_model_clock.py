"""Times are aware UTC, and written in one form only."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.model.clock import format_time, utc_now


def test_now_is_aware_and_utc() -> None:
    now = utc_now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), "2026-11-22T12:00:00.000Z"),
        (datetime(2026, 11, 22, 12, 0, 0, 123_999, tzinfo=UTC), "2026-11-22T12:00:00.123Z"),
        (datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))), "2025-12-31T19:45:00.000Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert format_time(moment) == text


@given(
    st.datetimes(
        min_value=datetime(1000, 1, 1),  # noqa: DTZ001
        max_value=datetime(9000, 1, 1),  # noqa: DTZ001
        timezones=st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_what_is_written_reads_back_to_the_millisecond(moment: datetime) -> None:
    back = datetime.fromisoformat(format_time(moment))
    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)


def test_a_time_without_a_zone_is_not_evidence() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        format_time(datetime.fromisoformat("2026-11-22T12:00"))
