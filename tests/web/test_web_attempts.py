"""Windows of log-in attempts per client address."""

import pytest

from jacana.web.attempts import ATTEMPTS, MAX_ADDRESSES, WINDOW_SECONDS, LoginAttempts, group_address


def test_an_address_has_so_many_attempts_a_window(clock) -> None:
    attempts = LoginAttempts(clock)
    assert [attempts.admit("192.0.2.1") for _ in range(ATTEMPTS)] == [0] * ATTEMPTS
    clock.advance(0.5)
    assert attempts.admit("192.0.2.1") == WINDOW_SECONDS
    clock.advance(WINDOW_SECONDS - 1)
    assert attempts.admit("192.0.2.1") == 1
    assert attempts.admit("192.0.2.2") == 0
    clock.advance(0.5)
    assert attempts.admit("192.0.2.1") == 0


def test_unknown_names_are_reported_once_a_window_with_their_count(clock) -> None:
    attempts = LoginAttempts(clock)
    assert [attempts.count_unknown("192.0.2.1") for _ in range(4)] == [1, 0, 0, 0]
    assert attempts.count_unknown("192.0.2.2") == 1
    clock.advance(WINDOW_SECONDS)
    assert attempts.admit("192.0.2.1") == 0
    assert attempts.count_unknown("192.0.2.1") == 4
    clock.advance(WINDOW_SECONDS)
    assert attempts.count_unknown("192.0.2.1") == 1


def test_memory_is_bounded(clock) -> None:
    attempts = LoginAttempts(clock)
    for number in range(MAX_ADDRESSES + 5):
        attempts.admit(f"client-{number}")
    assert len(attempts._windows) == MAX_ADDRESSES
    assert "client-4" not in attempts._windows


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_client(address: str, group: str) -> None:
    assert group_address(address) == group
