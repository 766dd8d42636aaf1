"""Invented terms, and one text screened."""

from jacana.detect.text.item import TextItem
from jacana.detect.text.matching.compiled import CompiledLexicon
from jacana.model.account_finding import TextField
from jacana.model.term import MatchMode, Term, TermState


def make_term(text, mode=MatchMode.CANONICAL, id="term_1", **scope):
    return Term(id, text, mode, 3, TermState.ACTIVE, **scope)


def find_in(text, *terms, field=TextField.CAPTION, language=None):
    """Return (term id, the piece of the text, look) of each match of the terms."""
    item = TextItem("1", text, field, language)
    (found,) = CompiledLexicon.compile(terms).screen([item])
    return [(match.term_id, text[match.start : match.end], match.look.value) for match in found]


def cut(text, *terms, **how):
    """Return the pieces found."""
    return [piece for _, piece, _ in find_in(text, *terms, **how)]
