from jacana.model.check import ANSWER_ORDER, Answer, CheckAnswer
from jacana.model.decision import EffectKind


def test_answers_run_from_what_allows_to_what_protects_most() -> None:
    assert [answer.value for answer in sorted(Answer, key=ANSWER_ORDER.__getitem__)] == [
        "allow",
        "deter",
        "challenge",
        "hold",
        "refuse",
    ]


def test_every_answer_is_an_effect_that_a_policy_may_ask_for() -> None:
    assert all(EffectKind(answer.value) for answer in Answer)


def test_an_answer_says_nothing_that_was_not_found() -> None:
    answer = CheckAnswer(Answer.ALLOW, (), ())
    assert (answer.findings, answer.message, answer.help_url) == ((), None, None)
