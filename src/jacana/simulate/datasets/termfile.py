"""The lexicon of a simulation as a file of `jacana lexicon import`. Invented words; a real lexicon never lies about."""

import csv
from collections.abc import Iterable
from pathlib import Path

from jacana.model.errors import InputInvalidError
from jacana.model.term import MatchMode, Term, TermState
from jacana.simulate.population.words import SimTerm

COLUMNS = ("term", "match_mode", "severity", "languages", "fields", "requires", "unless", "source", "licence", "state")
SOURCE, LICENCE = "jacana simulate", "CC0-1.0"
SEPARATOR = "|"


class TermFileInvalidError(InputInvalidError):
    """The lexicon of an event set cannot be read."""

    code = "simulate.terms_invalid"


def write_terms(path: Path, terms: Iterable[SimTerm]) -> None:
    """Write the terms, those that need a co-term with it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for term in terms:
            mode, severity = ("token", 3) if term.requires else ("fuzzy", 4)
            writer.writerow([term.text, mode, severity, "", "", term.requires or "", "", SOURCE, LICENCE, "shadow"])


def read_terms(path: Path) -> list[Term]:
    """Return the terms of a file that `write_terms` wrote. Raises TermFileInvalidError naming the line."""
    terms = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                terms.append(_read_row(row))
            except (KeyError, ValueError, AttributeError, TypeError):
                raise TermFileInvalidError(
                    "the lexicon beside the events cannot be read",
                    field=f"line {number}",
                    remedy="make the event set again",
                ) from None
    return terms


def _read_row(row: dict[str, str]) -> Term:
    def split(name: str) -> tuple[str, ...]:
        return tuple(part for part in row[name].split(SEPARATOR) if part)

    return Term(
        id="",
        text=row["term"],
        match_mode=MatchMode(row["match_mode"]),
        severity=int(row["severity"]),
        state=TermState(row["state"]),
        languages=split("languages"),
        fields=split("fields"),
        requires=split("requires"),
        unless=split("unless"),
        source=row["source"],
        licence=row["licence"],
    )
