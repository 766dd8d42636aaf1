"""Asks a policy about one upload and returns what is to be done and why. Pure: same facts, same answer.

When it cannot know it holds; no bank causes more than it may; of two effects that contradict each other the one that
protects is granted. Everything asked for and not granted is recorded as withheld.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from jacana.decide.conditions import Fixed, list_comparisons
from jacana.decide.effects import BEATEN_BY, DECIDING, LASTING
from jacana.decide.fact import PolicyInput
from jacana.decide.paths import read_values, show_value
from jacana.decide.rules import FAIL_CLOSED, OTHERWISE, Policy, Rule
from jacana.model.decision import Effect, EffectKind, Evaluation, FiredRule, Lane, Moment, WithheldEffect
from jacana.model.finding import Finding, FindingKind
from jacana.model.verdict import Verdict

__all__ = ["PolicyInput", "evaluate_policy"]

_ALWAYS_HELD = (FindingKind.SCREENING_FAILED, FindingKind.MEDIA_UNREADABLE)
_SILENT = (FindingKind.LOOKUP_SILENT, FindingKind.CLASSIFIER_SILENT)
_KIND_ORDER = {kind: place for place, kind in enumerate(EffectKind)}
_LANE_ORDER: dict[Lane | None, int] = {lane: place for place, lane in enumerate(Lane)}


@dataclass(slots=True)
class _Docket:
    """What was asked for so far: rules fired, effects still standing, effects withheld."""

    fired: list[FiredRule]
    standing: list[Effect]
    withheld: list[WithheldEffect]
    passed: set[str] = field(default_factory=set)
    """Ids of silences that a rule lets pass by name."""

    def withhold(self, effect: Effect, because: str) -> None:
        entry = WithheldEffect(effect, because)
        if entry not in self.withheld:
            self.withheld.append(entry)

    def kinds(self) -> set[EffectKind]:
        return {effect.kind for effect in self.standing}


def evaluate_policy(policy: Policy, moment: Moment, facts: PolicyInput) -> Evaluation:
    """Return the rules that fired, the effects granted and the effects withheld.

    At the upload exactly one of hold, remove and release is granted. At the verdict `facts.verdict` must be set;
    ValueError otherwise. Effects come in the order of EffectKind, each kind once.
    """
    if moment is Moment.VERDICT and facts.verdict is None:
        raise ValueError("a policy was asked at a verdict without one")
    docket = _Docket([], [], [])
    for rule in policy.rules_on(moment):
        _ask_rule(docket, rule, moment, facts)
    if moment is Moment.UPLOAD:
        _fail_closed(docket, facts)
        if not docket.kinds() & DECIDING:
            docket.fired.append(FiredRule(OTHERWISE, {}, None))
            docket.standing.extend(policy.otherwise)
    elif facts.verdict is Verdict.CONFIRMED:
        _drop(docket, EffectKind.RELEASE, "a person confirmed the file")
    _settle_conflicts(docket)
    if moment is Moment.UPLOAD and not docket.kinds() & DECIDING:
        _hold(docket, "a release was asked for together with measures against the upload", None, Lane.REVIEW)
    effects = sorted(docket.standing, key=lambda effect: _KIND_ORDER[effect.kind])
    return Evaluation(policy.version, moment, tuple(docket.fired), tuple(effects), tuple(docket.withheld))


def _ask_rule(docket: _Docket, rule: Rule, moment: Moment, facts: PolicyInput) -> None:
    for finding in _sorted_findings(facts.findings) if rule.per_finding else (None,):
        values = read_values(facts, finding)
        if not rule.when.holds(values):
            continue
        shown = {path: show_value(values[path]) for path in rule.when.paths}
        docket.fired.append(FiredRule(rule.name, shown, finding.id if finding else None))
        for effect in rule.then:
            because = _find_objection(effect, moment, finding)
            if because is None:
                docket.standing.append(effect)
                if effect.kind is EffectKind.RELEASE and finding is not None and _names_kind(rule, finding.kind):
                    docket.passed.add(finding.id)
            else:
                docket.withhold(effect, because)


def _names_kind(rule: Rule, kind: FindingKind) -> bool:
    """Return whether the rule's condition writes this kind out; a rule that happens to hold is no permission."""
    sides = (side for comparison in list_comparisons(rule.when.condition) for side in comparison.sides())
    return any(isinstance(side, Fixed) and side.value == kind.value for side in sides)


def _sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return each finding once, in an order of their own, so that the order of detectors cannot matter."""
    return [by_id for _, by_id in sorted({finding.id: finding for finding in findings}.items())]


def _find_objection(effect: Effect, moment: Moment, finding: Finding | None) -> str | None:
    """Return why this effect may not be caused by this finding (design rule 9), or None."""
    if finding is None:
        return None
    match = finding.match
    if finding.kind is FindingKind.BANK_MATCH:
        if match is None:
            return "the finding does not name the bank"
        if effect.kind.value not in match.may_cause:
            return f"bank {match.bank_name} may not cause {effect.kind}"
    elif moment is Moment.UPLOAD and _is_classifiers_alone(effect, finding):
        return "a classifier alone reports nothing"
    elif moment is Moment.UPLOAD and effect.kind in LASTING and finding.kind is not FindingKind.CONFIRMED_COPY:
        return f"{effect.kind} lasts and no person has confirmed this file"
    return None


def _is_classifiers_alone(effect: Effect, finding: Finding) -> bool:
    return finding.kind is FindingKind.CLASSIFIER_SCORE and effect.kind is EffectKind.DRAFT_REPORT


def _fail_closed(docket: _Docket, facts: PolicyInput) -> None:
    """Hold what could not be screened, whatever the rules say (design rule 6)."""
    if docket.kinds() & {EffectKind.HOLD, EffectKind.REMOVE}:
        return
    for finding in _sorted_findings(facts.findings):
        if finding.kind in _ALWAYS_HELD:
            lane = Lane.UNREADABLE if finding.kind is FindingKind.MEDIA_UNREADABLE else Lane.REVIEW
            _hold(docket, "the upload could not be screened", finding, lane)
            return
        if finding.kind in _SILENT and finding.id not in docket.passed:
            _hold(docket, "somebody outside did not answer, and no rule says what that costs", finding, Lane.REVIEW)
            return
    if facts.media is None:
        _hold(docket, "the upload has not been analysed", None, Lane.REVIEW)
    elif not facts.media.readable:
        _hold(docket, "the file could not be read in full", None, Lane.UNREADABLE)
    elif any(finding.upload_id != facts.upload.id for finding in facts.findings):
        _hold(docket, "a finding belongs to another upload", None, Lane.REVIEW)


def _hold(docket: _Docket, reason: str, finding: Finding | None, lane: Lane) -> None:
    """Grant the built-in answer: hold, and ask a person unless a rule already does."""
    values = {"finding.kind": finding.kind.value} if finding else {}
    docket.fired.append(FiredRule(FAIL_CLOSED, values, finding.id if finding else None))
    docket.standing.append(Effect(EffectKind.HOLD, FAIL_CLOSED, reason))
    if EffectKind.OPEN_CASE not in docket.kinds():
        docket.standing.append(Effect(EffectKind.OPEN_CASE, FAIL_CLOSED, reason, lane))


def _settle_conflicts(docket: _Docket) -> None:
    """Of effects that contradict each other keep the one that protects; then each kind once, in the worst lane."""
    for beaten, winners in BEATEN_BY.items():
        winner = next((kind for kind in winners if kind in docket.kinds()), None)
        if winner is not None:
            _drop(docket, beaten, f"{winner} was asked for as well and protects more")
    kept: dict[EffectKind, Effect] = {}
    for effect in sorted(docket.standing, key=lambda each: _LANE_ORDER.get(each.lane, 0)):
        first = kept.setdefault(effect.kind, effect)
        if first.lane is not effect.lane:
            docket.withhold(effect, f"the case is opened in the worse lane {first.lane}")
    docket.standing = list(kept.values())


def _drop(docket: _Docket, kind: EffectKind, because: str) -> None:
    for effect in docket.standing:
        if effect.kind is kind:
            docket.withhold(effect, because)
    docket.standing = [effect for effect in docket.standing if effect.kind is not kind]
