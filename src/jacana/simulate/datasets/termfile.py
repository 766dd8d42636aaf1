"""The lexicon of a simulation as a file of `jacana lexicon import`. Invented words; a real lexicon never lies about."""

import csv
from collections.abc import Iterable
from pathlib import Path

from jacana.simulate.population.words import SimTerm

COLUMNS = ("term", "match_mode", "severity", "languages", "fields", "requires", "unless", "source", "licence", "state")
SOURCE, LICENCE = "jacana simulate", "CC0-1.0"


def write_terms(path: Path, terms: Iterable[SimTerm]) -> None:
    """Write the terms, those that need a co-term with it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for term in terms:
            mode, severity = ("token", 3) if term.requires else ("fuzzy", 4)
            writer.writerow([term.text, mode, severity, "", "", term.requires or "", "", SOURCE, LICENCE, "shadow"])
