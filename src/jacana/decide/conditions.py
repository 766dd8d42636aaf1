"""What a checked condition is made of, and whether it holds on given values. Pure; only the checker builds these."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from jacana.decide.fact import FactPath, Value
from jacana.decide.paths import FACT_PATHS


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value written in the policy."""

    value: str | float | bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact to be looked up."""

    path: FactPath


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`; false when either side is unknown, whatever the operator."""

    left: Fact | Fixed
    operator: str
    right: Fact | Fixed | tuple[Fixed, ...]

    def sides(self) -> tuple[Fact | Fixed, ...]:
        """Return everything compared, lists taken apart."""
        return (self.left, *(self.right if isinstance(self.right, tuple) else (self.right,)))


@dataclass(frozen=True, slots=True)
class IsTrue:
    """A true-or-false fact standing alone."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class IsKnown:
    """known(fact)."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Negation:
    """`not part`."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Connection:
    """Parts joined by `and` (every) or `or` (not every)."""

    every: bool
    parts: tuple["Condition", ...]


Condition: TypeAlias = Comparison | IsTrue | IsKnown | Negation | Connection


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked condition, its text and the facts it mentions, in the order of first mention."""

    text: str
    condition: Condition
    paths: tuple[str, ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Return whether the condition holds on these values."""
        return _holds(self.condition, values)

    def mentions(self, root: str) -> bool:
        """Return whether a fact that begins with `root` (finding, verdict …) is mentioned."""
        return any(FACT_PATHS[path].root == root for path in self.paths)


_COMPARE: dict[str, Callable[[Value, Value], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: _number(left) < _number(right),
    "<=": lambda left, right: _number(left) <= _number(right),
    ">": lambda left, right: _number(left) > _number(right),
    ">=": lambda left, right: _number(left) >= _number(right),
}


def _holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    match condition:
        case Connection(every, parts):
            return (all if every else any)(_holds(part, values) for part in parts)
        case Negation(part):
            return not _holds(part, values)
        case IsTrue(fact):
            return values[fact.path.name] is True
        case IsKnown(fact):
            return values[fact.path.name] is not None
        case Comparison(left, operator, right):
            return _compare(_look_up(left, values), operator, right, values)


def _compare(left: Value, operator: str, right: Fact | Fixed | tuple[Fixed, ...], values: Mapping[str, Value]) -> bool:
    if left is None:
        return False
    if isinstance(right, tuple):
        return any(left == item.value for item in right) == (operator == "in")
    value = _look_up(right, values)
    return value is not None and _COMPARE[operator](left, value)


def _look_up(operand: Fact | Fixed, values: Mapping[str, Value]) -> Value:
    return operand.value if isinstance(operand, Fixed) else values[operand.path.name]


def _number(value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("the checker lets only numbers be ordered")
    return value


def list_comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield every comparison inside a condition."""
    match condition:
        case Comparison():
            yield condition
        case Connection(_, parts):
            for part in parts:
                yield from list_comparisons(part)
        case Negation(part):
            yield from list_comparisons(part)
        case IsTrue() | IsKnown():
            pass
