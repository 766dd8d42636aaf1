"""One term found at one place, before its scope is asked. Holds no text."""

from typing import NamedTuple

from jacana.model.account_finding import Look


class Hit(NamedTuple):
    """`text` and `term` are positions in the batch and in the lexicon; start and end are the original's offsets."""

    text: int
    term: int
    start: int
    end: int
    look: Look
