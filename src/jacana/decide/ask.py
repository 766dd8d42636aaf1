"""Asks a policy about an account, and about a text or a session that the network asks about at once. Pure.

What cannot be known is not allowed. Sharing alone is never a strike, and a tie is no violation: neither suspends.
"""

from collections.abc import Iterable

from jacana.decide.conditions import Fixed, list_comparisons
from jacana.decide.effects import BEATEN_BY, LASTING
from jacana.decide.fact import AccountInput
from jacana.decide.paths import read_values, show_value
from jacana.decide.rules import FAIL_CLOSED, Policy, Rule
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.check import ANSWER_ORDER, Answer, CheckAnswer
from jacana.model.decision import Effect, EffectKind, Evaluation, FiredRule, Lane, Moment, WithheldEffect
from jacana.model.term import TermState
from jacana.model.verdict import AccountVerdict

__all__ = ["AccountInput", "answer_check", "evaluate_account"]

_NO_VIOLATION = {
    AccountFindingKind.VAULT_ACCOUNT: "sharing alone is never a strike",
    AccountFindingKind.LINKED_ACCOUNT: "a tie is no violation of its own",
}
_INNOCENT = frozenset({AccountVerdict.SHARED, AccountVerdict.CLEARED})
_UNCLEAR = {Moment.TEXT: Answer.HOLD, Moment.SESSION: Answer.CHALLENGE}
"""The answer when a text or a session could not be checked and no rule says otherwise by name (design rule 6)."""
_KIND_ORDER = {kind: place for place, kind in enumerate(EffectKind)}
_LANE_ORDER: dict[Lane | None, int] = {lane: place for place, lane in enumerate(Lane)}


def evaluate_account(policy: Policy, moment: Moment, facts: AccountInput) -> Evaluation:
    """Return the rules that fired and what they may cause, at the moment account or account_verdict.

    Nothing fired means nothing is done. ValueError without `facts.verdict` at account_verdict, or at another moment.
    """
    if moment not in (Moment.ACCOUNT, Moment.ACCOUNT_VERDICT):
        raise ValueError(f"an account is not decided on {moment}")
    if moment is Moment.ACCOUNT_VERDICT and facts.verdict is None:
        raise ValueError("a policy was asked at a verdict without one")
    fired, standing, withheld = _ask_rules(policy, moment, facts)
    effects = _settle(standing, withheld)
    return Evaluation(policy.version, moment, tuple(fired), tuple(effects), tuple(withheld))


def answer_check(policy: Policy, moment: Moment, facts: AccountInput) -> CheckAnswer:
    """Return the answer to a text or a session: the one that protects most of those that rules gave; else allow."""
    if moment not in _UNCLEAR:
        raise ValueError(f"nothing is asked about at once on {moment}")
    fired, standing, _withheld = _ask_rules(policy, moment, facts)
    answers = [(Answer(effect.kind.value), effect) for effect in standing]
    if _is_unclear(policy, moment, facts, {rule.rule for rule in fired}):
        reason = "it could not be checked, and no rule says what that costs"
        kind = EffectKind(_UNCLEAR[moment].value)
        answers.append((_UNCLEAR[moment], Effect(kind, FAIL_CLOSED, reason)))
    strongest = max((answer for answer, _ in answers), key=ANSWER_ORDER.__getitem__, default=Answer.ALLOW)
    given = [effect for answer, effect in answers if answer is strongest]
    return CheckAnswer(
        answer=strongest,
        rules=tuple(dict.fromkeys(effect.rule for effect in given)),
        reasons=tuple(dict.fromkeys(effect.reason for effect in given)),
        findings=facts.findings,
    )


def _ask_rules(
    policy: Policy, moment: Moment, facts: AccountInput
) -> tuple[list[FiredRule], list[Effect], list[WithheldEffect]]:
    fired: list[FiredRule] = []
    standing: list[Effect] = []
    withheld: list[WithheldEffect] = []
    findings = [by_id for _, by_id in sorted({finding.id: finding for finding in facts.findings}.items())]
    for rule in policy.rules_on(moment):
        for finding in findings if rule.per_finding else (None,):
            values = read_values(facts, finding)
            if not rule.when.holds(values):
                continue
            shown = {path: show_value(values[path]) for path in rule.when.paths}
            fired.append(FiredRule(rule.name, shown, finding.id if finding else None))
            for effect in rule.then:
                because = _find_objection(effect, moment, facts, finding)
                if because is None:
                    standing.append(effect)
                elif (entry := WithheldEffect(effect, because)) not in withheld:
                    withheld.append(entry)
    return fired, standing, withheld


def _find_objection(effect: Effect, moment: Moment, facts: AccountInput, finding: AccountFinding | None) -> str | None:
    """Return why this may not be caused, or None."""
    if effect.kind in LASTING and facts.verdict is not AccountVerdict.TRADING:
        return f"{effect.kind} lasts and needs a person's verdict of trading"
    term_state = finding.details.get("term_state") if finding else None
    if term_state == TermState.SHADOW:
        return "a term in shadow causes nothing"
    if term_state == TermState.PROBATION and effect.kind not in _ASKING:
        return "a term on probation asks a person at most"
    if moment is Moment.ACCOUNT_VERDICT and effect.kind is EffectKind.SUSPEND_ACCOUNT and facts.verdict in _INNOCENT:
        return f"a person has found the account {facts.verdict}, which is never a strike"
    if moment is Moment.ACCOUNT and effect.kind is EffectKind.SUSPEND_ACCOUNT:
        return "a suspension must rest on a finding" if finding is None else _NO_VIOLATION.get(finding.kind)
    return None


_ASKING = frozenset({EffectKind.OPEN_CASE, EffectKind.ALLOW})


def _is_unclear(policy: Policy, moment: Moment, facts: AccountInput, fired: Iterable[str]) -> bool:
    """Return whether something could not be checked and no rule that fired names that."""
    if all(finding.kind is not AccountFindingKind.SCREENING_DOWN for finding in facts.findings):
        return False
    named = {rule.name for rule in policy.rules_on(moment) if _names_down(rule)}
    return not named & set(fired)


def _names_down(rule: Rule) -> bool:
    sides = (side for comparison in list_comparisons(rule.when.condition) for side in comparison.sides())
    return any(isinstance(side, Fixed) and side.value == AccountFindingKind.SCREENING_DOWN.value for side in sides)


def _settle(standing: list[Effect], withheld: list[WithheldEffect]) -> list[Effect]:
    """Of effects that contradict each other keep the one that protects; then each kind once, in the worst lane."""
    kinds = {effect.kind for effect in standing}
    kept: dict[EffectKind, Effect] = {}
    for effect in sorted(standing, key=lambda each: _LANE_ORDER.get(each.lane, 0)):
        winner = next((kind for kind in BEATEN_BY.get(effect.kind, ()) if kind in kinds), None)
        first = kept.get(effect.kind)
        if winner is not None:
            withheld.append(WithheldEffect(effect, f"{winner} was asked for as well and protects more"))
        elif first is None:
            kept[effect.kind] = effect
        elif first.lane is not effect.lane:
            withheld.append(WithheldEffect(effect, f"the case is opened in the worse lane {first.lane}"))
    return sorted(kept.values(), key=lambda effect: _KIND_ORDER[effect.kind])
