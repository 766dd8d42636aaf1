import pytest

from jacana.detect.media.outside.silence import TOLD, OutsideSilentError, Silence


def test_every_silence_is_told_in_words() -> None:
    assert set(TOLD) == set(Silence)


@pytest.mark.parametrize(
    ("why", "wait", "at_once"),
    [
        (Silence.UNREACHABLE, None, True),
        (Silence.FAILING, None, True),
        (Silence.FAILING, 30, False),
        (Silence.SLOW, None, False),
        (Silence.REFUSED, None, False),
        (Silence.THROTTLED, 5, False),
        (Silence.NONSENSE, None, False),
    ],
)
def test_only_a_passing_fault_is_worth_asking_again_at_once(why: Silence, wait: int | None, at_once: bool) -> None:
    silence = OutsideSilentError(why, "message", retry_after_seconds=wait)
    assert silence.worth_asking_at_once is at_once
    assert silence.retryable
