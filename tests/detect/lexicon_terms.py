"""Invented terms, and a lexicon over a test's database."""

from jacana.db.sealing import FieldSealer
from jacana.detect.text.lexicon.lexicon import Lexicon
from jacana.model.term import MatchMode, Term, TermState

SEALER = FieldSealer(bytes(range(32)))


def make_term(text: str = "zorvalim", mode: MatchMode = MatchMode.CANONICAL, **changes: object) -> Term:
    values: dict[str, object] = {
        "id": "", "text": text, "match_mode": mode, "severity": 3, "state": TermState.SHADOW,
        "source": "a partner", "licence": "members only", **changes,
    }  # fmt: skip
    return Term(**values)


def make_lexicon(clock, **changes: object) -> Lexicon:
    return Lexicon(SEALER, clock, **changes)
