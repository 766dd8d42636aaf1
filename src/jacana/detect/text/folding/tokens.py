"""What a text is filed under so that a term of tomorrow finds it, and what a term asks for.

Whenever a term matches a text, one of the term's lookup tokens is among the text's index tokens.
"""

from jacana.detect.text.folding.stream import list_words
from jacana.model.term import MatchMode, Term


def list_index_tokens(text: str) -> set[str]:
    """Return the folded, canonical and sound forms under which a term in it could be looked up."""
    return set(list_words(text))


def list_lookup_tokens(term: Term) -> set[str] | None:
    """Return tokens any of which is among the index tokens of every text that the term matches; None: scan all."""
    words = list_words(term.text)
    if term.match_mode not in (MatchMode.TOKEN, MatchMode.PHRASE) or not words:
        return None
    return {max(words, key=len)}
