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


@pytest.mark.parametrize(
    ("code", "http_status", "nothing_begun"),
    [
        (1000, 500, False),
        (1100, 200, False),
        (1299, None, False),
        (4100, 500, False),
        (9999, 503, False),
        (1000, 429, True),
        (4100, 400, True),
        (4100, 200, True),
        (3100, None, True),
    ],
)
def test_a_fault_of_the_server_proves_nothing(code: int, http_status: int | None, nothing_begun: bool) -> None:
    answer = Answer(code, "", None, None, None, None, b"", http_status, None)
    assert CyberTipRefusedError(answer).nothing_begun is nothing_begun
