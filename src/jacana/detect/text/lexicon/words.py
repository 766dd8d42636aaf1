"""How a term's words lie in the database: sealed to the row, and found again by a keyed hash. Never in clear."""

import json
from dataclasses import dataclass

from jacana.db.sealing import FieldSealer
from jacana.model.term import MatchMode, Term


@dataclass(frozen=True, slots=True)
class Words:
    """The secret part of a term."""

    text: str
    requires: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return it without its words."""
        return "Words(…)"


def words_of(term: Term) -> Words:
    """Return the secret part of a term."""
    return Words(term.text, term.requires, term.unless)


def key_term(sealer: FieldSealer, folded: str, mode: MatchMode) -> str:
    """Return the keyed hash by which the same term, in the same mode, is recognised."""
    return sealer.blind(f"{mode.value}\0{folded}", "term")


def seal_words(sealer: FieldSealer, term_id: str, words: Words) -> bytes:
    """Return the words sealed to this term."""
    text = json.dumps([words.text, words.requires, words.unless], ensure_ascii=False)
    return sealer.seal(text, f"term/{term_id}")


def open_words(sealer: FieldSealer, term_id: str, sealed: bytes) -> Words:
    """Return the words. Raises SealedFieldBrokenError."""
    text, requires, unless = json.loads(sealer.open(sealed, f"term/{term_id}"))
    return Words(text, tuple(requires), tuple(unless))
