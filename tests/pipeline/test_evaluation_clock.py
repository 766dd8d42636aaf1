from datetime import UTC, datetime, timedelta

from jacana.pipeline.evaluation.clock import ReplayClock

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_it_goes_forward_and_never_back():
    clock = ReplayClock(NOW)
    clock.move_to(NOW + timedelta(hours=1))
    clock.move_to(NOW)
    clock.advance(2)
    assert clock() == NOW + timedelta(hours=1, seconds=2)
