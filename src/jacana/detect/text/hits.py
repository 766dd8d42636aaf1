"""Turns the matches of terms in texts into findings. No term and no text is in what it returns. Pure but for ids."""

from collections.abc import Sequence
from datetime import datetime

from jacana.detect.findings.store import name_finding
from jacana.detect.text.item import TextItem
from jacana.detect.text.items import FIELD_WORDS, root_of
from jacana.detect.text.matching.compiled import CompiledLexicon
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TermMatch, TextField
from jacana.model.term import TermState

DETECTOR = "lexicon"
VERSION = "1"

SEVERITY_SCORES = {1: 0.2, 2: 0.4, 3: 0.6, 4: 0.8, 5: 0.95}
STATE_WEIGHTS: dict[str, float] = {TermState.ACTIVE: 1.0, TermState.PROBATION: 0.5, TermState.SHADOW: 0.0}
MATCHES_AT_MOST = 50
"""Matches that a finding keeps of one text: the gravest ones."""

_REASONS_AT_MOST = 5
_TRUST = {TermState.SHADOW.value: 0, TermState.PROBATION.value: 1, TermState.ACTIVE.value: 2}
_DISGUISES = frozenset({Look.CANONICAL, Look.SOUND, Look.FUZZY})


def find_hits(compiled: CompiledLexicon, items: Sequence[TextItem], now: datetime) -> list[list[AccountFinding]]:
    """Return for each text the findings that it holds terms."""
    found = compiled.screen(items)
    return [describe_hits(item, matches, now) if matches else [] for item, matches in zip(items, found, strict=True)]


def describe_hits(item: TextItem, matches: Sequence[TermMatch], now: datetime) -> list[AccountFinding]:
    """Return one finding for each state among the terms that a text holds, the most trusted first.

    Terms of one state never lend their severity to another: what is in shadow or on probation stays by itself.
    """
    by_state: dict[str, list[TermMatch]] = {}
    for match in sorted(matches, key=lambda match: (-match.severity, match.start, match.term_id)):
        by_state.setdefault(match.state, []).append(match)
    return [
        _describe_state(item, state, by_state[state], now) for state in sorted(by_state, key=trust_of, reverse=True)
    ]


def _describe_state(item: TextItem, state: str, matches: Sequence[TermMatch], now: datetime) -> AccountFinding:
    kept = matches[:MATCHES_AT_MOST]
    details: dict[str, str | int | float | bool] = {
        "term_state": state,
        "matches": len(matches),
        "checked_only": item.checked_only,
    }
    if state == TermState.SHADOW:
        details["shadow"] = True
    kind = AccountFindingKind.TERM_HIT
    return AccountFinding(
        id=name_finding(kind, root_of(item), item.field.value, state, *sorted({match.term_id for match in matches})),
        account_id=item.account_id,
        kind=kind,
        detector=DETECTOR,
        detector_version=VERSION,
        score=weigh(kept[0]),
        reasons=_explain(item, kept, len(matches)),
        occurred_at=item.occurred_at or now,
        attempt=Attempt.OBTAIN if item.field is TextField.SEARCH else Attempt.DISTRIBUTE,
        event_id=item.event_id,
        upload_id=item.upload_id,
        field=item.field,
        matches=tuple(sorted(kept, key=lambda match: (match.start, match.end, match.term_id))),
        details=details,
    )


def weigh(match: TermMatch) -> float:
    """Return the score of one match, 0..1: its term's severity, by how far the term is trusted."""
    return SEVERITY_SCORES[match.severity] * STATE_WEIGHTS.get(match.state, 0.0)


def trust_of(state: str) -> int:
    """Return how far a term in this state is trusted, as a rank: shadow, probation, active."""
    return _TRUST.get(state, 0)


def is_shadow(finding: AccountFinding) -> bool:
    """Return whether all that a finding rests on is terms in shadow: it is counted and causes nothing."""
    return bool(finding.details.get("shadow"))


def _explain(item: TextItem, matches: Sequence[TermMatch], count: int) -> tuple[str, ...]:
    sentences = [_describe(item, match) for match in matches[:_REASONS_AT_MOST]]
    if count > len(sentences):
        sentences.append(f"It holds {count - len(sentences)} more.")
    return tuple(sentences)


def _describe(item: TextItem, match: TermMatch) -> str:
    term = {TermState.SHADOW.value: "a term in shadow,", TermState.PROBATION.value: "a term on probation,"}
    what = f"{term.get(match.state, 'a term')} of severity {match.severity}"
    disguise = f", in disguise ({match.look.value} look)" if match.look in _DISGUISES else ""
    return f"{FIELD_WORDS[item.field]} holds {what} at characters {match.start + 1} to {match.end}{disguise}."
