"""A term of the lexicon: a coded word or phrase, how it is matched, and how far it is trusted. Holds the word itself:
never log it, never put it into an error, an audit entry or a metric.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MatchMode(StrEnum):
    """How a term is looked for."""

    TOKEN = "token"  # noqa: S105 - a way of matching
    """The folded word, whole."""
    PHRASE = "phrase"
    """Several folded words in a row."""
    CANONICAL = "canonical"
    """The folded word, and its disguises where a text looks evasive (digits for letters, spacing, masks …)."""
    FUZZY = "fuzzy"
    """As canonical, and with one letter wrong; for distinctive terms of seven letters or more."""
    SUBSTRING = "substring"
    """Anywhere inside a word: for user names, which have no spaces."""


class TermState(StrEnum):
    """Where a term stands in its life."""

    CANDIDATE = "candidate"
    """Proposed; matches nothing."""
    SHADOW = "shadow"
    """Matches are counted and cause nothing."""
    ACTIVE = "active"
    """Approved by two people."""
    PROBATION = "probation"
    """Its precision fell below its floor; matches ask a person at most."""
    EXPIRED = "expired"
    RETIRED = "retired"


MATCHING_STATES = frozenset({TermState.SHADOW, TermState.ACTIVE, TermState.PROBATION})
"""States in which a term is looked for."""

SEVERITIES = (1, 2, 3, 4, 5)
"""1: worth knowing. 5: nobody innocent writes this."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term. Empty `languages` or `fields` mean every one."""

    id: str
    text: str
    match_mode: MatchMode
    severity: int
    state: TermState
    languages: tuple[str, ...] = ()
    """BCP 47 primary languages (`en`); a text of unknown language is matched by every term."""
    fields: tuple[str, ...] = ()
    """Values of TextField."""
    requires: tuple[str, ...] = ()
    """Co-terms: at least one of these folded words must stand in the same text."""
    unless: tuple[str, ...] = ()
    """Contexts that excuse it: folded words any of which makes a match innocent."""
    source: str = ""
    licence: str = ""
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        """Return it without its words: a repr ends in tracebacks and logs."""
        return f"Term(id={self.id!r}, text={len(self.text)} characters, match_mode={self.match_mode.value!r})"


def mask_term(text: str) -> str:
    """Return `z•••••m (8)`: enough to tell two terms apart, too little to use one. Short ones show nothing."""
    letters = text.strip()
    if len(letters) < _SHOWN_FROM:
        return f"{_DOTS} ({len(letters)})"
    return f"{letters[0]}{_DOTS}{letters[-1]} ({len(letters)})"


_DOTS = "•••••"
_SHOWN_FROM = 5
