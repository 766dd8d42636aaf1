"""A look-back begins with nothing done, and each state has its word."""

from datetime import UTC, datetime

from jacana.model.lookback import LookBack, LookBackState


def test_a_new_one_has_done_nothing() -> None:
    made = LookBack("look_1", 3, 5, LookBackState.WAITING, datetime(2026, 11, 22, tzinfo=UTC))
    assert (made.scanned, made.hits, made.done_parts, made.problem) == (0, 0, (), None)


def test_states_are_stored_by_their_words() -> None:
    assert [LookBackState(word) for word in ("waiting", "running", "done", "failed")] == list(LookBackState)
