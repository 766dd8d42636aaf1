"""Where a term counts: which languages and fields it is for, which words it needs beside it, which excuse it."""

from dataclasses import dataclass

from jacana.detect.text.folding.stream import stream_text
from jacana.detect.text.item import TextItem
from jacana.detect.text.matching.entry import bound
from jacana.model.term import Term


@dataclass(frozen=True, slots=True, repr=False)
class Scope:
    """A term's scope with its words folded. Empty sets ask for nothing."""

    languages: frozenset[str]
    fields: frozenset[str]
    requires: tuple[str, ...]
    unless: tuple[str, ...]

    def admits(self, item: TextItem, stream: str) -> bool:
        """Tell whether the term counts in this text; `stream` holds its words, spaced."""
        if self.fields and item.field.value not in self.fields:
            return False
        if self.languages and item.language and read_primary(item.language) not in self.languages:
            return False
        if self.requires and not any(word in stream for word in self.requires):
            return False
        return not any(word in stream for word in self.unless)


def make_scope(term: Term) -> Scope | None:
    """Return a term's scope, None if it counts everywhere."""
    if not (term.languages or term.fields or term.requires or term.unless):
        return None
    return Scope(
        frozenset(map(read_primary, term.languages)),
        frozenset(term.fields),
        fold_words(term.requires),
        fold_words(term.unless),
    )


def fold_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words as they stand in a word stream; what has no letter is left out."""
    return tuple(bound(folded) for word in words if (folded := stream_text(word).strip()))


def read_primary(language: str) -> str:
    """Return the primary language of a BCP 47 tag (`pt-BR`: `pt`)."""
    return language.replace("_", "-").split("-", 1)[0].lower()
