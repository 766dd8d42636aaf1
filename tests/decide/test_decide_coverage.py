import pytest
from decide_cases import make_policy, write_rule

from jacana.decide.policy import PolicyInvalidError
from jacana.model.verdict import Verdict

GONE = 'verdict.kind in ["confirmed", "violating"]'


def refusal(verdicts: str) -> str:
    with pytest.raises(PolicyInvalidError) as caught:
        make_policy("", verdicts=verdicts)
    return caught.value.message


def on_verdict(name: str, when: str, then: str) -> str:
    return write_rule(name, when, then, on="verdict")


def test_every_verdict_needs_an_answer() -> None:
    message = refusal(on_verdict("a", 'verdict.kind == "confirmed"', "[remove]"))
    assert "the verdict `cleared` is not answered" in message
    assert "the verdict `violating` is not answered" in message
    assert "`confirmed`" not in message


def test_an_answer_must_decide_the_file() -> None:
    message = refusal(
        on_verdict("a", GONE, "[remove]") + on_verdict("b", 'verdict.kind == "cleared"', "[reinstate_account]")
    )
    assert "the verdict `cleared` is not answered" in message


def test_a_rule_about_a_finding_is_no_answer() -> None:
    message = refusal(
        on_verdict("a", GONE, "[remove]")
        + on_verdict("b", 'verdict.kind == "cleared" and finding.score >= 0', "[release]")
    )
    assert "the verdict `cleared` is not answered" in message


@pytest.mark.parametrize(
    ("first", "second", "situation"),
    [
        ("media.readable", "known(media.readable) and not media.readable", "media.readable is not known"),
        ("account.declared_age < 18", "account.declared_age > 18", "account.declared_age is not known"),
        ("account.upload_count < 5", "account.upload_count > 5", "account.upload_count is 5"),
        ("account.upload_count <= 5", "account.upload_count >= 7", "account.upload_count is 6"),
        ('account.state == "active"', 'account.state == "banned"', "account.state is suspended"),
        ('media.problem == "a"', "not known(media.problem)", "media.problem is some other text"),
        (
            "account.upload_count > account.confirmed_count",
            "account.upload_count < account.confirmed_count",
            "account.upload_count is 0 and account.confirmed_count is 0",
        ),
        ("media.duration_seconds > 1", "not media.duration_seconds >= 1", "media.duration_seconds is 1"),
    ],
)
def test_names_the_situation_without_an_answer(first: str, second: str, situation: str) -> None:
    message = refusal(
        on_verdict("a", GONE, "[remove]")
        + on_verdict("b", f'verdict.kind == "cleared" and {first}', "[release]")
        + on_verdict("c", f'verdict.kind == "cleared" and {second}', "[remove]")
    )
    assert f"the verdict `cleared` is not answered when {situation}" in message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("media.readable", "not media.readable"),
        ("account.upload_count <= 5", "account.upload_count >= 6"),
        ("account.declared_age < 18", "not account.declared_age < 18"),
        ('account.state in ["active", "banned"]', 'account.state == "suspended"'),
        ("account.upload_count >= account.confirmed_count", "account.upload_count < account.confirmed_count"),
        ("media.duration_seconds < 1.5", "media.duration_seconds >= 1.5 or not known(media.duration_seconds)"),
    ],
)
def test_accepts_what_is_complete(first: str, second: str) -> None:
    make_policy(
        "",
        verdicts=on_verdict("a", GONE, "[remove]")
        + on_verdict("b", f'verdict.kind == "cleared" and ({first})', "[release]")
        + on_verdict("c", f'verdict.kind == "cleared" and ({second})', "[remove]"),
    )


def test_a_confirmed_file_must_be_removed() -> None:
    message = refusal(
        on_verdict("a", f'verdict.kind == "{Verdict.CONFIRMED}" and not media.readable', "[release]")
        + on_verdict("b", 'verdict.kind == "confirmed" and media.readable', "[remove]")
        + on_verdict("c", 'verdict.kind != "confirmed"', "[release]")
    )
    assert "a confirmed file is not removed when media.readable is not known" in message


MANY = " and ".join(f"account.declared_age != {age} and account.upload_count != {age}" for age in range(0, 60, 2)) + (
    ' and upload.visibility != "public" and account.state != "banned" and media.readable and known(media.problem)'
)


def test_too_many_facts_need_a_plain_answer() -> None:
    rules = on_verdict("a", GONE, "[remove]") + on_verdict("b", f'verdict.kind == "cleared" and {MANY}', "[release]")
    assert 'add a rule `when: verdict.kind == "cleared"` that asks nothing else' in refusal(rules)
    make_policy("", verdicts=rules + on_verdict("c", 'verdict.kind == "cleared"', "[remove]"))
