from datetime import UTC, datetime, timedelta

import pytest

from jacana.web.console.shown import DecidedTooSoonError, check_shown, sign_shown
from jacana.web.security import RequestForgedError

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_after_the_delay_the_moment_counts():
    shown = sign_shown("token", "case_a", NOW)
    assert check_shown(shown, "token", "case_a", NOW + timedelta(milliseconds=1500), 1500) == NOW


def test_before_the_delay_nothing_is_decided():
    shown = sign_shown("token", "case_a", NOW)
    with pytest.raises(DecidedTooSoonError):
        check_shown(shown, "token", "case_a", NOW + timedelta(milliseconds=1499), 1500)


@pytest.mark.parametrize("shown", ["", ".", "123", "123.abc", "x.y", "²3.y"])
def test_an_invented_moment_is_refused(shown: str):
    with pytest.raises(RequestForgedError):
        check_shown(shown, "token", "case_a", NOW, 0)


def test_a_moment_is_bound_to_log_in_case_and_time():
    shown = sign_shown("token", "case_a", NOW)
    stamp, _, signature = shown.partition(".")
    for token, case, text in (
        ("other", "case_a", shown),
        ("token", "case_b", shown),
        ("token", "case_a", f"{int(stamp) - 5000}.{signature}"),
    ):
        with pytest.raises(RequestForgedError):
            check_shown(text, token, case, NOW, 0)
