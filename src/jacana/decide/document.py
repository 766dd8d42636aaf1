"""Reads YAML into a tree that remembers where everything stands. Plain text stays text: no tags, anchors or guesses.

Works on parser events and not on PyYAML's constructors, so that no file can build objects, expand aliases or nest deep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from jacana.decide.complaints import Complaints, Span

DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text. `style` is YAML's: none for plain, a quote, `|` or `>`."""

    span: Span
    text: str
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    span: Span
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in file order; no key twice."""

    span: Span
    pairs: tuple[tuple[Scalar, "Node"], ...]


Node: TypeAlias = Scalar | Sequence | Mapping


class _Unreadable(Exception):  # noqa: N818  (control flow inside this module, never seen outside)
    pass


def read_document(complaints: Complaints) -> Node | None:
    """Return the one document of the text, or None after a complaint."""
    text = complaints.text
    try:
        return _Builder(complaints, yaml.parse(text, Loader=yaml.SafeLoader)).build()
    except _Unreadable:
        return None
    except yaml.reader.ReaderError as problem:
        span = Span(problem.position, problem.position + 1)
        complaints.add(span, "this character may not stand in YAML", "remove the control character")
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        start = min(mark.index, len(text)) if mark else 0
        complaints.add(Span(start, start + 1), f"this is not YAML: {problem.problem or problem.context}", _hint(text))
    except (yaml.YAMLError, ValueError, OverflowError):  # \U escapes and directives beyond Python's numbers
        complaints.add(Span(0, 1), "this is not YAML: an escape or directive is out of range", None)
    return None


def trace_characters(scalar: Scalar, source: str) -> list[int]:
    """Return the file offset of each character of the scalar's text, and one more for its end.

    YAML folds lines and drops quotes; walking both texts side by side finds each character again. An escape can only
    move a caret, never change the text.
    """
    at, end = scalar.span.start, scalar.span.end
    if scalar.style in ("|", ">"):
        newline = source.find("\n", at, end)
        at = end if newline < 0 else newline + 1
    elif scalar.style:
        at += 1
    offsets = []
    for character in scalar.text:
        if not character.isspace():
            found = source.find(character, at, end)
            at = found if found >= 0 else at
        offsets.append(min(at, end))
        if not character.isspace() or source[at : at + 1] == character:
            at += 1
    offsets.append(min(at, end))
    return offsets


class _Builder:
    def __init__(self, complaints: Complaints, events: Iterator[yaml.Event]) -> None:
        self.complaints = complaints
        self.events = events

    def build(self) -> Node:
        next(self.events)  # stream start
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            self._refuse(Span(0, 1), "the file is empty", "start with `policy: <name>`")
        node = self._node(next(self.events), depth=0)
        next(self.events)  # document end
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._refuse(_span(event), "a second document begins here", "a policy file holds one document")
        return node

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse(_span(event), "anchors and aliases are not used in policies", "write it out")
        if getattr(event, "tag", None):
            self._refuse(_span(event), "tags are not used in policies", "remove the !tag")
        if depth > DEEPEST:
            self._refuse(_span(event), "nested too deep", None)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth)
        return self._mapping(event, depth)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        span = _span(event)
        if any("\ud800" <= character <= "\udfff" for character in event.value):
            self._refuse(span, "an escape in this text is not a character", None)
        return Scalar(span, event.value, event.style or None)

    def _sequence(self, event: yaml.Event, depth: int) -> Sequence:
        items = []
        while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(inner, depth + 1))
        return Sequence(_span(event), tuple(items))

    def _mapping(self, event: yaml.Event, depth: int) -> Mapping:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(inner := next(self.events), yaml.MappingEndEvent):
            key = self._node(inner, depth + 1)
            value = self._node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self.complaints.add(key.span, "a key must be a word", None)
            elif key.text in pairs:
                line, _ = self.complaints.locate(pairs[key.text][0].span.start)
                self.complaints.add(key.span, f"`{key.text}` stands here twice", f"it first stands in line {line}")
            else:
                pairs[key.text] = (key, value)
        return Mapping(_span(event), tuple(pairs.values()))

    def _refuse(self, span: Span, problem: str, hint: str | None) -> None:
        self.complaints.add(span, problem, hint)
        raise _Unreadable


def _span(event: yaml.Event) -> Span:
    start, end = event.start_mark, event.end_mark
    first = start.index if start else 0
    return Span(first, max(first + 1, end.index if end else 0))


def _hint(text: str) -> str | None:
    if "\t" in text:
        return "YAML indents with spaces; this file holds a tab"
    return "look at the indentation, and put a text that holds `: ` or begins with a quote into quotes of its own"
