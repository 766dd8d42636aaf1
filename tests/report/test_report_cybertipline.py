import pytest

from jacana.report.cybertipline import Advice, Answer, CyberTipRefusedError, advise


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (1000, Advice.RETRY),
        (1110, Advice.RETRY_FILE),
        (1299, Advice.RETRY),
        (2000, Advice.PAGE),
        (2999, Advice.PAGE),
        (3300, Advice.PAGE),
        (4100, Advice.STOP),
        (5001, Advice.RESTART),
        (5101, Advice.RESTART),
        (5102, Advice.FILED),
        (5999, Advice.STOP),
        (9999, Advice.STOP),
        (-1, Advice.STOP),
    ],
)
def test_each_code_has_advice(code: int, advice: Advice) -> None:
    assert advise(code) is advice


def test_the_message_of_a_refusal_is_free_of_content() -> None:
    answer = Answer(4100, "the value 'secret' is wrong", None, None, None, None, b"", 400, "r1")
    refusal = CyberTipRefusedError(answer)
    assert "secret" not in refusal.message
    assert (refusal.http_status, refusal.request_id) == (400, "r1")
