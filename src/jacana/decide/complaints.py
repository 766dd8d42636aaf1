"""What is wrong with a policy file, said so that its author can mend it: place, line, caret, problem, hint.

Complaints are gathered, never thrown one by one, so that one run of `jacana policy check` shows them all.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from jacana.model.errors import SetupInvalidError

MOST_SHOWN = 50
WINDOW = 140
"""Longest piece of a line that is shown, characters."""


class PolicyInvalidError(SetupInvalidError):
    """A policy file cannot be used. `message` shows every problem with its line and a caret."""

    code = "policy.invalid"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the file: character offsets, `end` exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """One problem at one place; `hint` says what to write instead."""

    span: Span
    problem: str
    hint: str | None = None


class Complaints:
    """Collects the problems of one file and shows them."""

    def __init__(self, file_name: str, text: str) -> None:
        self.file_name = file_name
        self.text = text
        self.found: list[Complaint] = []
        self._lines = text.splitlines(keepends=True) or [""]
        self._starts = [0]
        for line in self._lines[:-1]:
            self._starts.append(self._starts[-1] + len(line))

    def add(self, span: Span, problem: str, hint: str | None = None) -> None:
        """Note one problem; the same problem at the same place is noted once."""
        complaint = Complaint(span, problem, hint)
        if complaint not in self.found:
            self.found.append(complaint)

    def locate(self, offset: int) -> tuple[int, int]:
        """Return (line, column), both from 1, of a character offset."""
        line = bisect_right(self._starts, max(0, offset)) - 1
        return line + 1, offset - self._starts[line] + 1

    def render(self, complaint: Complaint) -> str:
        """Return one complaint as file:line:column, the line, a caret and the hint."""
        line_number, column = self.locate(complaint.span.start)
        line = self._lines[line_number - 1].rstrip("\r\n\x85\u2028\u2029")
        first = max(0, column - 1 - WINDOW // 2) if len(line) > WINDOW else 0
        shown = "".join(c if c.isprintable() else " " for c in line[first : first + WINDOW])
        before = column - 1 - first
        carets = "^" * max(1, min(complaint.span.end - complaint.span.start, len(shown) - before))
        gutter = f"{line_number:>5}"
        rows = [
            f"{self.file_name}:{line_number}:{column}: {complaint.problem}",
            f"{gutter} | {shown}",
            f"{' ' * len(gutter)} | {' ' * before}{carets}",
        ]
        if complaint.hint:
            rows.append(f"{' ' * len(gutter)} = {complaint.hint}")
        return "\n".join(rows)

    def raise_if_any(self) -> None:
        """Raise PolicyInvalidError with every complaint, in the order of the file."""
        if not self.found:
            return
        ordered = sorted(self.found, key=lambda complaint: (complaint.span.start, complaint.problem))
        blocks = [self.render(complaint) for complaint in ordered[:MOST_SHOWN]]
        if len(ordered) > MOST_SHOWN:
            blocks.append(f"… and {len(ordered) - MOST_SHOWN} more")
        count = f"{len(ordered)} problem{'s' if len(ordered) > 1 else ''}"
        raise PolicyInvalidError(
            "\n\n".join(blocks),
            remedy=f"mend {count} in {self.file_name}; docs/policy.md describes the language",
        )


def suggest(word: str, choices: Iterable[str]) -> str:
    """Return a hint: the nearest choice as a question, or all of them."""
    known = list(choices)
    near = get_close_matches(word[:100], known, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(known)}"
