"""Proves that a policy answers every verdict: it tries the verdict rules on every situation that they can tell apart.

Facts are taken as independent, so a policy may have to answer a situation that cannot happen; never the other way.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from math import floor, prod

from jacana.decide.conditions import Fact, Fixed, list_comparisons
from jacana.decide.effects import DECIDING
from jacana.decide.fact import FactPath, Value
from jacana.decide.paths import FACT_PATHS, show_value
from jacana.decide.rules import Rule
from jacana.model.decision import EffectKind, Moment
from jacana.model.verdict import Verdict

MOST_SITUATIONS = 20_000


@dataclass(frozen=True, slots=True)
class VerdictGap:
    """A verdict that leaves the file undecided, or a confirmed file released, and a situation in which that happens."""

    verdict: Verdict
    problem: str
    hint: str


def find_unanswered_verdicts(rules: Iterable[Rule]) -> list[VerdictGap]:
    """Return one gap for each verdict that does not always lead to remove or release, or that releases wrongly.

    Rules that speak of a finding do not count as answers: an upload may have none.
    """
    asked = [rule for rule in rules if rule.on is Moment.VERDICT and not rule.per_finding]
    names = [name for name in FACT_PATHS if any(name in rule.when.paths for rule in asked) and name != "verdict.kind"]
    values = {name: _tell_apart(FACT_PATHS[name], asked) for name in names}
    too_many = prod(len(each) for each in values.values()) > MOST_SITUATIONS
    if too_many:  # then only the plainest rules count as answers
        asked, values = [rule for rule in asked if rule.when.paths == ("verdict.kind",)], {}
    gaps = (_find_gap(verdict, asked, values, too_many) for verdict in Verdict)
    return [gap for gap in gaps if gap is not None]


def _find_gap(verdict: Verdict, rules: list[Rule], values: dict[str, list[Value]], too_many: bool) -> VerdictGap | None:
    for situation in product(*values.values()):
        known = dict(zip(values, situation, strict=True)) | {"verdict.kind": verdict.value}
        fired = [rule for rule in rules if rule.when.holds(known)]
        kinds = {effect.kind for rule in fired for effect in rule.then}
        where = _describe(values, situation)
        if not kinds & DECIDING:
            problem = f"the verdict `{verdict}` is not answered{where}"
            return VerdictGap(verdict, problem, _remedy(verdict, too_many))
        if verdict is Verdict.CONFIRMED and EffectKind.REMOVE not in kinds:
            return VerdictGap(verdict, f"a confirmed file is not removed{where}", "a confirmed file must be removed")
    return None


def _remedy(verdict: Verdict, too_many: bool) -> str:
    if too_many:
        return f'too many facts to try them all: add a rule `when: verdict.kind == "{verdict}"` that asks nothing else'
    return "add a rule with `on: verdict` that removes or releases the file there"


def _describe(values: dict[str, list[Value]], situation: tuple[Value, ...]) -> str:
    parts = [f"{name} is {show_value(value)}" for name, value in zip(values, situation, strict=True)]
    return f" when {' and '.join(parts)}" if parts else ""


def _tell_apart(path: FactPath, rules: list[Rule]) -> list[Value]:
    """Return values of the fact such that no rule can tell any other value from all of these."""
    values: list[Value] = [None] if path.optional else []
    if path.kind == "flag":
        return [*values, True, False]
    if path.kind == "choice":
        return [*values, *path.choices]
    written = set(_list_compared(path, rules))
    if path.kind == "text":
        return [*values, *sorted(str(value) for value in written), "some other text", f"another {path.name}"]
    return [*values, *_spread(path, sorted(float(value) for value in written))]


def _list_compared(path: FactPath, rules: list[Rule]) -> Iterator[str | float | bool]:
    """Yield the values the rules compare the fact with; all of its kind if it is compared with another fact."""
    comparisons = [each for rule in rules for each in list_comparisons(rule.when.condition)]
    facts = {each: [side.path for side in each.sides() if isinstance(side, Fact)] for each in comparisons}
    with_facts = any(path in found and len(found) > 1 for found in facts.values())
    for comparison, found in facts.items():
        if path in found or (with_facts and any(other.kind == path.kind for other in found)):
            yield from (side.value for side in comparison.sides() if isinstance(side, Fixed))


def _spread(path: FactPath, written: list[float]) -> list[Value]:
    """Return each number written, one below, one above and one between neighbours, inside the fact's bounds."""
    if path.whole:
        spread = {float(floor(number) + step) for number in written or [path.low] for step in (-1, 0, 1, 2)}
    else:
        between = {(left + right) / 2 for left, right in pairwise(written)}
        spread = {*written, *between, *(number + step for number in written or [path.low] for step in (-1, 1))}
    return [value for value in sorted(spread) if value >= path.low and (path.high is None or value <= path.high)]
