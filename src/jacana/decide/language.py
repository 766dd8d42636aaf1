"""Reads the condition of a rule. Parsed with Python's grammar, never run by Python: only what `_Checker` builds exists.

That is comparisons, and, or, not, lists, texts, numbers, true, false, facts and known(fact). Pure.
"""

import ast
import re
from collections.abc import Callable
from typing import NoReturn, TypeVar

from jacana.decide.complaints import Complaints, Span, suggest
from jacana.decide.conditions import (
    Comparison,
    Condition,
    Connection,
    Expression,
    Fact,
    Fixed,
    IsKnown,
    IsTrue,
    Negation,
)
from jacana.decide.fact import FactPath
from jacana.decide.paths import FACT_PATHS

LONGEST = 2000
DEEPEST = 20
FUNCTIONS = {"known": "known(fact) is true when the fact has a value, whatever it is"}

_T = TypeVar("_T")
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_NOWHERE = (
    (re.compile(r"\\"), "a backslash has no meaning here", "remove it"),
    (re.compile(r"[\x00-\x1f\x7f]"), "a control character has no meaning here", "remove it"),
)
_NOT_OUTSIDE_QUOTES = (
    (re.compile(r"#"), "a `#` has no meaning inside a condition", "put the note on a line of its own, before `when`"),
    (re.compile(r"[“”„‘’«»]"), "a typographic quote", 'use straight quotes: "…"'),
    (re.compile(r"[^ -~]"), "this character has no meaning outside quotes", None),
    (re.compile(r"&+"), "`&` has no meaning here", "write `and`"),
    (re.compile(r"\|+"), "`|` has no meaning here", "write `or`"),
    (re.compile(r"!(?!=)"), "`!` has no meaning here", "write `not`"),
    (re.compile(r"(?<![=!<>:])=(?!=)"), "a single `=` has no meaning here", "write `==` to compare"),
    (re.compile(r"\b\d[\w.]*?[a-z_]\w*", re.I), "this is neither a number nor a name", "leave a space after a number"),
)
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_KINDS: dict[type, str] = {str: "text", bool: "flag", int: "number", float: "number"}


def parse_expression(text: str, offsets: list[int], complaints: Complaints) -> Expression | None:
    """Return the checked expression, or None after complaints.

    `offsets[i]` is the place in the file of `text[i]`, with one more for the end of the text.
    """
    line = re.sub(r"\s", " ", text)
    checker = _Checker(line, offsets, complaints)
    try:
        condition = checker.condition(checker.parse())
    except _Refused:
        return None
    return Expression(" ".join(line.split()), condition, tuple(checker.paths))


class _Refused(Exception):  # noqa: N818  (control flow inside this module; the complaint is already noted)
    pass


class _Checker:
    """Turns a Python syntax tree into a Condition, noting everything that is not allowed or does not fit."""

    def __init__(self, text: str, offsets: list[int], complaints: Complaints) -> None:
        self.text = text
        self.offsets = offsets
        self.complaints = complaints
        self.paths: dict[str, None] = {}
        self.indent = len(text) - len(text.lstrip())
        self.encoded = text.strip().encode()

    def parse(self) -> ast.expr:
        """Return Python's tree of the text."""
        if not self.text.strip():
            self._complain(0, 1, "the condition is empty", 'write one, such as finding.kind == "bank_match"')
        if len(self.text) > LONGEST:
            self._complain(0, 1, f"a condition may have {LONGEST} characters", "split the rule")
        self._find_slips()
        try:
            tree = ast.parse(self.text.strip(), mode="eval").body
        except SyntaxError as problem:
            start = self.indent + (problem.offset or len(self.text.strip())) - 1  # no offset: it ends too early
            self._complain(start, start + 1, f"this cannot be read as a condition ({problem.msg})", None)
        except (ValueError, MemoryError, RecursionError):
            self._complain(0, 1, "this condition is nested too deep", "split the rule")
        if _is_deep(tree):
            self._complain(0, 1, "this condition is nested too deep", "split the rule")
        return tree

    def condition(self, node: ast.expr) -> Condition:
        """Check a node that must be true or false."""
        match node:
            case ast.BoolOp(op, values):
                return Connection(isinstance(op, ast.And), self._gather(self.condition, values))
            case ast.UnaryOp(ast.Not(), operand):
                return Negation(self.condition(operand))
            case ast.Compare():
                return self._comparisons(node)
            case ast.Call():
                return self._call(node)
            case ast.Constant(bool()) | ast.Name("true" | "false"):
                self._refuse(node, "this condition is always the same", "ask about a fact")
            case ast.Name() | ast.Attribute():
                return self._lone_fact(node)
        return self._refuse(node, "this is not true or false", "compare a fact with a value")

    def _gather(self, check: Callable[[ast.expr], _T], nodes: list[ast.expr]) -> tuple[_T, ...]:
        """Check every node, so that one bad part does not hide the next."""
        checked: list[_T] = []
        for node in nodes:
            try:
                checked.append(check(node))
            except _Refused:
                continue
        if len(checked) != len(nodes):
            raise _Refused
        return tuple(checked)

    def _lone_fact(self, node: ast.expr) -> Condition:
        fact = self._fact(node)
        if fact.path.kind != "flag":
            self._refuse(node, f"`{fact.path.name}` is {fact.path.describe_type()}", "compare it with a value")
        return IsTrue(fact)

    def _call(self, node: ast.Call) -> Condition:
        if not (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS):
            self._refuse(node.func, "no such function", suggest(self._cut(node.func), FUNCTIONS))
        if len(node.args) != 1 or node.keywords:
            self._refuse(node, "known() asks about one fact", "write known(account.declared_age)")
        fact = self._fact(node.args[0])
        if not fact.path.optional:
            self._refuse(node, f"`{fact.path.name}` is always known", "leave this out")
        return IsKnown(fact)

    def _comparisons(self, node: ast.Compare) -> Condition:
        sides = [node.left, *node.comparators]
        parts = [self._comparison(left, sign, right) for left, sign, right in zip(sides, node.ops, sides[1:])]  # noqa: B905
        return parts[0] if len(parts) == 1 else Connection(True, tuple(parts))

    def _comparison(self, left_node: ast.expr, operator: ast.cmpop, right_node: ast.expr) -> Comparison:
        sign = _SIGNS.get(type(operator))
        if sign is None:
            self._refuse(right_node, "`is` is not part of the language", "write == or !=, or known(fact)")
        if sign in ("in", "not in"):
            return self._membership(left_node, sign, right_node)
        left, right = self._gather(self._operand, [left_node, right_node])
        if isinstance(left, Fact):
            self._require_fit(left.path, sign, right, right_node)
        elif isinstance(right, Fact):
            self._require_fit(right.path, sign, left, left_node)
        else:
            self._refuse(left_node, "this compares two fixed values", "ask about a fact")
        return Comparison(left, sign, right)

    def _membership(self, left_node: ast.expr, sign: str, right_node: ast.expr) -> Comparison:
        left = self._operand(left_node)
        if not isinstance(left, Fact):
            self._refuse(left_node, f"`{sign}` asks about a fact", 'write fact in ["…", "…"]')
        if not isinstance(right_node, ast.List | ast.Tuple) or not right_node.elts:
            self._refuse(right_node, f"`{sign}` needs a list of values", 'write ["…", "…"]')

        def check_item(node: ast.expr) -> Fixed:
            item = self._operand(node)
            if isinstance(item, Fact):
                self._refuse(node, "a list holds fixed values", "compare the two facts instead")
            self._require_fit(left.path, sign, item, node)
            return item

        return Comparison(left, sign, self._gather(check_item, right_node.elts))

    def _operand(self, node: ast.expr) -> Fact | Fixed:
        match node:
            case ast.Name("true" | "false" as word):
                return Fixed(word == "true")
            case ast.Name() | ast.Attribute():
                return self._fact(node)
            case ast.Constant(str(text)) if self._cut(node)[1:-1] == text:
                return Fixed(text)
            case ast.Constant(str()):
                self._refuse(node, "write one plain text in quotes", "is a comma missing between two texts?")
            case ast.Constant(bool(flag)):
                return Fixed(flag)
            case ast.Constant(int() | float() as number):
                return self._fixed_number(node, number)
            case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)) if not isinstance(number, bool):
                return self._fixed_number(node, -number)
            case ast.Constant(None):
                self._refuse(node, "there is no empty value", "write known(fact) or not known(fact)")
        return self._refuse(node, "this is not part of the policy language", "a fact, a text, a number, true or false")

    def _fixed_number(self, node: ast.expr, number: float) -> Fixed:
        if abs(number) > 2**53:  # beyond this a float and a whole number stop comparing exactly; also catches infinity
            self._refuse(node, "this number is too large", None)
        return Fixed(number)

    def _fact(self, node: ast.expr) -> Fact:
        name = self._cut(node).replace(" ", "")
        path = FACT_PATHS.get(name)
        if path is None:
            self._refuse(node, f"unknown fact `{name[:60]}`", _suggest_fact(name))
        self.paths[name] = None
        return Fact(path)

    def _require_fit(self, path: FactPath, sign: str, other: Fact | Fixed, node: ast.expr) -> None:
        """Refuse `path sign other` at `node`, where `other` stands, if it makes no sense."""
        if sign in ("<", "<=", ">", ">=") and path.kind != "number":
            self._refuse(node, f"`{path.name}` cannot be ordered: it is {path.describe_type()}", "use == or in")
        if isinstance(other, Fact):
            if (other.path.kind, other.path.choices) != (path.kind, path.choices):
                self._refuse(node, f"`{path.name}` and `{other.path.name}` are of different types", None)
            return
        value, written = other.value, self._cut(node)
        if _KINDS[type(value)] != ("text" if path.kind == "choice" else path.kind):
            self._refuse(node, f"`{path.name}` is {path.describe_type()}", "the value here is of another type")
        if path.kind == "choice" and value not in path.choices:
            self._refuse(node, f"`{path.name}` is never {written}", suggest(str(value), path.choices))
        if path.kind == "number" and not _is_within(path, float(value)):
            self._refuse(node, f"`{path.name}` is never {written}", f"it is a {path.describe_type()}")

    def _find_slips(self) -> None:
        """Catch what other languages write, before Python's parser words it its own way."""
        bare = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), self.text)
        for slips, text in ((_NOWHERE, self.text), (_NOT_OUTSIDE_QUOTES, bare)):
            for pattern, problem, hint in slips:
                found = pattern.search(text)
                if found:
                    self._complain(found.start(), found.end(), problem, hint)

    def _span(self, node: ast.expr) -> tuple[int, int]:
        """Return where a node stands in the text; Python counts UTF-8 bytes."""
        columns = (node.col_offset, node.end_col_offset or node.col_offset)
        start, end = (self.indent + len(self.encoded[:column].decode()) for column in columns)
        return start, end

    def _cut(self, node: ast.expr) -> str:
        start, end = self._span(node)
        return self.text[start:end]

    def _refuse(self, node: ast.expr, problem: str, hint: str | None) -> NoReturn:
        self._complain(*self._span(node), problem, hint)

    def _complain(self, start: int, end: int, problem: str, hint: str | None) -> NoReturn:
        last = len(self.offsets) - 1
        first = self.offsets[min(start, last)]
        self.complaints.add(Span(first, max(first + 1, self.offsets[min(end, last)])), problem, hint)
        raise _Refused


def _suggest_fact(name: str) -> str:
    first, _, rest = name.partition(".")
    own = [known for known in FACT_PATHS if known.startswith(first + ".")]
    near = f"{first}.{rest.rpartition('.')[2]}"
    if near in own:
        return f"did you mean `{near}`?"
    if any(name in path.choices for path in FACT_PATHS.values()):
        return f'put a text into quotes: "{name}"'
    return suggest(name, own or FACT_PATHS)


def _is_within(path: FactPath, value: float) -> bool:
    return value >= path.low and (path.high is None or value <= path.high)


def _is_deep(tree: ast.expr) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True
