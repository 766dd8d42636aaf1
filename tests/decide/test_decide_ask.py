from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.decide.ask import answer_check, evaluate_account
from jacana.decide.fact import AccountInput
from jacana.decide.policy import Policy, load_policy, parse_policy
from jacana.model.account import Account, AccountState
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TermMatch, TextField
from jacana.model.check import ANSWER_ORDER, Answer
from jacana.model.decision import EffectKind, Lane, Moment
from jacana.model.term import TermState
from jacana.model.verdict import AccountVerdict

AT = datetime(2026, 11, 22, tzinfo=UTC)
SHIPPED = load_policy(None)


def make(
    kind: AccountFindingKind, score: float = 1.0, *, id: str = "find_1", severity: int = 0, **details
) -> AccountFinding:
    matches = (TermMatch("term_1", 0, 3, Look.FOLDED, severity, "active"),) if severity else ()
    attempt = Attempt(details.pop("attempt")) if "attempt" in details else None
    return AccountFinding(
        id,
        "anna",
        kind,
        "test",
        "1",
        score,
        ("Because.",),
        AT,
        attempt,
        None,
        None,
        TextField.CAPTION,
        matches,
        details,
    )


def term(severity: int, attempt: str = "distribute", state: str = "active", id: str = "find_t") -> AccountFinding:
    return make(AccountFindingKind.TERM_HIT, id=id, severity=severity, attempt=attempt, term_state=state)


def judge(*findings: AccountFinding, policy: Policy = SHIPPED, **account) -> dict[EffectKind, Lane | None]:
    facts = AccountInput(Account("anna", **account), findings)
    return {effect.kind: effect.lane for effect in evaluate_account(policy, Moment.ACCOUNT, facts).effects}


def settle(verdict: AccountVerdict, **account) -> set[EffectKind]:
    facts = AccountInput(Account("anna", **account), (), verdict)
    return {effect.kind for effect in evaluate_account(SHIPPED, Moment.ACCOUNT_VERDICT, facts).effects}


def write(rules: str) -> Policy:
    verdicts = "".join(
        f"""
  - name: {verdict}_
    on: verdict
    when: verdict.kind == "{verdict}"
    then: [remove]
    reason: So it is."""
        for verdict in ("confirmed", "violating", "cleared")
    )
    return parse_policy(
        f"policy: test\nlanguage: 1\nrules:{verdicts}\n{rules}\notherwise:\n  then: [hold]\n  reason: x\n".encode(), "p"
    )


def rule(on: str, when: str, then: str) -> str:
    return f"  - name: mine\n    on: {on}\n    when: {when}\n    then: [{then}]\n    reason: Because.\n"


def test_nothing_found_is_nothing_done() -> None:
    assert judge() == {}
    assert answer_check(SHIPPED, Moment.TEXT, AccountInput(Account("anna"), ())).answer is Answer.ALLOW


def test_the_ladder_grows_with_the_score_and_never_suspends() -> None:
    vault = AccountFindingKind.VAULT_ACCOUNT
    assert judge(make(vault, 0.4)) == {}
    assert set(judge(make(vault, 0.5))) == {EffectKind.SCREEN_PRIVATE}
    assert set(judge(make(vault, 0.59))) == {EffectKind.SCREEN_PRIVATE}
    assert judge(make(vault, 0.9)) == {
        EffectKind.OPEN_CASE: Lane.ACCOUNTS,
        EffectKind.SCREEN_PRIVATE: None,
        EffectKind.FORCE_REAUTH: None,
    }
    assert EffectKind.FORCE_REAUTH not in judge(make(vault, 0.9), organisation=True)


@pytest.mark.parametrize("kind", [AccountFindingKind.VAULT_ACCOUNT, AccountFindingKind.LINKED_ACCOUNT])
def test_sharing_and_ties_suspend_nobody_whatever_the_policy_says(kind: AccountFindingKind) -> None:
    policy = write(rule("account", "finding.score >= 0", "suspend_account, {open_case: accounts}"))
    evaluation = evaluate_account(policy, Moment.ACCOUNT, AccountInput(Account("anna"), (make(kind),)))
    assert {effect.kind for effect in evaluation.effects} == {EffectKind.OPEN_CASE}
    assert [withheld.effect.kind for withheld in evaluation.withheld] == [EffectKind.SUSPEND_ACCOUNT]


@pytest.mark.parametrize("verdict", list(AccountVerdict))
def test_who_was_found_innocent_is_not_suspended_whatever_the_policy_says(verdict: AccountVerdict) -> None:
    policy = write(rule("account_verdict", 'account.state == "active"', "suspend_account"))
    evaluation = evaluate_account(policy, Moment.ACCOUNT_VERDICT, AccountInput(Account("anna"), (), verdict))
    innocent = verdict in {AccountVerdict.SHARED, AccountVerdict.CLEARED}
    assert (bool(evaluation.effects), bool(evaluation.withheld)) == (not innocent, innocent)


def test_a_suspension_rests_on_a_finding() -> None:
    policy = write(rule("account", 'account.state == "active"', "suspend_account"))
    assert judge(term(5), policy=policy) == {}
    policy = write(rule("account", 'finding.kind == "term_hit"', "suspend_account"))
    assert set(judge(term(5), policy=policy)) == {EffectKind.SUSPEND_ACCOUNT}


@pytest.mark.parametrize("state", [TermState.SHADOW, TermState.PROBATION])
def test_a_term_is_trusted_as_far_as_its_state(state: TermState) -> None:
    policy = write(rule("account", 'finding.kind == "term_hit"', "suspend_account, {open_case: accounts}"))
    expected = set() if state is TermState.SHADOW else {EffectKind.OPEN_CASE}
    assert set(judge(term(5, state=state.value), policy=policy)) == expected
    facts = AccountInput(Account("anna"), (term(5, state=state.value),))
    assert answer_check(SHIPPED, Moment.TEXT, facts).answer is Answer.ALLOW


def test_only_a_verdict_of_trading_bans() -> None:
    assert settle(AccountVerdict.TRADING) == {EffectKind.BAN_ACCOUNT, EffectKind.BAN_DEVICE}
    assert settle(AccountVerdict.SHARED) == settle(AccountVerdict.CLEARED) == set()
    assert settle(AccountVerdict.VICTIM) == {EffectKind.FORCE_REAUTH}
    assert settle(AccountVerdict.CLEARED, state=AccountState.SUSPENDED) == {EffectKind.REINSTATE_ACCOUNT}
    policy = write(rule("account_verdict", 'account.state == "active"', "ban_account"))
    for verdict in AccountVerdict:
        evaluation = evaluate_account(policy, Moment.ACCOUNT_VERDICT, AccountInput(Account("anna"), (), verdict))
        assert bool(evaluation.effects) == (verdict is AccountVerdict.TRADING)
        assert bool(evaluation.withheld) != bool(evaluation.effects)


@pytest.mark.parametrize(
    ("finding", "answer"),
    [
        (term(1), Answer.ALLOW),
        (term(2), Answer.HOLD),
        (term(4), Answer.REFUSE),
        (term(1, "obtain"), Answer.DETER),
        (make(AccountFindingKind.LOGIN_HANDOVER, 0.7), Answer.HOLD),
        (make(AccountFindingKind.LOGIN_HANDOVER, 0.3), Answer.ALLOW),
    ],
    ids=["mild", "held", "refused", "search", "handover", "unsure"],
)
def test_the_shipped_policy_answers_texts(finding: AccountFinding, answer: Answer) -> None:
    got = answer_check(SHIPPED, Moment.TEXT, AccountInput(Account("anna"), (finding,)))
    assert got.answer is answer
    assert bool(got.rules) == (answer is not Answer.ALLOW)


def evading(tier: int, pattern: str = "same_device", score: float = 0.5) -> AccountFinding:
    return make(AccountFindingKind.BAN_EVASION, score, device_tier=tier, pattern=pattern)


@pytest.mark.parametrize(
    ("pattern", "score", "kinds"),
    [
        ("same_device", 0.8, {EffectKind.SUSPEND_ACCOUNT, EffectKind.OPEN_CASE}),
        ("same_content", 0.8, {EffectKind.SUSPEND_ACCOUNT, EffectKind.OPEN_CASE}),
        ("similar_name", 0.84, {EffectKind.OPEN_CASE}),
        ("same_device", 0.79, set()),
    ],
    ids=["device", "file", "name", "weak"],
)
def test_a_name_like_that_of_somebody_banned_suspends_nobody(
    pattern: str, score: float, kinds: set[EffectKind]
) -> None:
    assert judge(make(AccountFindingKind.BAN_EVASION, score, pattern=pattern)).keys() == kinds


@pytest.mark.parametrize(
    ("tier", "log_in", "sign_up"),
    [
        (0, Answer.ALLOW, Answer.ALLOW),
        (1, Answer.ALLOW, Answer.REFUSE),
        (2, Answer.CHALLENGE, Answer.REFUSE),
        (3, Answer.REFUSE, Answer.REFUSE),
    ],
)
def test_the_shipped_policy_meets_each_tier_at_the_door(tier: int, log_in: Answer, sign_up: Answer) -> None:
    facts = (Account("anna"), (evading(tier),))
    assert answer_check(SHIPPED, Moment.SESSION, AccountInput(*facts, session_kind="log_in")).answer is log_in
    assert answer_check(SHIPPED, Moment.SESSION, AccountInput(*facts, session_kind="sign_up")).answer is sign_up


def test_a_banned_account_does_not_come_in() -> None:
    banned = Account("anna", AccountState.BANNED)
    answer = answer_check(SHIPPED, Moment.SESSION, AccountInput(banned, (), session_kind="log_in"))
    assert (answer.answer, answer.rules) == (Answer.REFUSE, ("banned_account",))


@pytest.mark.parametrize(("moment", "answer"), [(Moment.TEXT, Answer.HOLD), (Moment.SESSION, Answer.CHALLENGE)])
def test_what_cannot_be_checked_is_not_waved_through_unless_a_rule_names_it(moment: Moment, answer: Answer) -> None:
    facts = AccountInput(Account("anna"), (make(AccountFindingKind.SCREENING_DOWN),), session_kind="log_in")
    got = answer_check(SHIPPED, moment, facts)
    assert (got.answer, got.rules) == (answer, ("fail_closed",))
    by_luck = write(rule(moment.value, "finding.score >= 0", "allow"))
    assert answer_check(by_luck, moment, facts).answer is answer
    by_name = write(rule(moment.value, 'finding.kind == "screening_down"', "allow"))
    assert answer_check(by_name, moment, facts).answer is Answer.ALLOW


def test_is_asked_only_where_it_has_something_to_say() -> None:
    facts = AccountInput(Account("anna"), ())
    with pytest.raises(ValueError):
        evaluate_account(SHIPPED, Moment.TEXT, facts)
    with pytest.raises(ValueError):
        evaluate_account(SHIPPED, Moment.ACCOUNT_VERDICT, facts)
    with pytest.raises(ValueError):
        answer_check(SHIPPED, Moment.ACCOUNT, facts)


FINDINGS = st.builds(
    make,
    st.sampled_from(AccountFindingKind),
    st.floats(0, 1),
    id=st.sampled_from(["find_a", "find_b", "find_c"]),
    severity=st.integers(0, 5),
    attempt=st.sampled_from(Attempt),
    device_tier=st.integers(0, 3),
    term_state=st.sampled_from(["shadow", "active", "probation"]),
)


@given(st.lists(FINDINGS, max_size=4, unique_by=lambda each: each.id), FINDINGS, st.sampled_from(["log_in", "sign_up"]))
def test_order_changes_nothing_and_another_finding_never_weakens_an_answer(findings, another, kind) -> None:
    for moment in (Moment.TEXT, Moment.SESSION):
        one = answer_check(SHIPPED, moment, AccountInput(Account("anna"), tuple(findings), session_kind=kind))
        back = answer_check(SHIPPED, moment, AccountInput(Account("anna"), tuple(findings[::-1]), session_kind=kind))
        assert (one.answer, one.rules) == (back.answer, back.rules)
        more = [each for each in findings if each.id != another.id] + [another]
        if len(more) > len(findings):
            grown = answer_check(SHIPPED, moment, AccountInput(Account("anna"), tuple(more), session_kind=kind))
            assert ANSWER_ORDER[grown.answer] >= ANSWER_ORDER[one.answer]
    effects = judge(*findings)
    assert not set(effects) & {EffectKind.BAN_ACCOUNT, EffectKind.BAN_DEVICE, EffectKind.REMOVE}
