"""Takes terms into the lexicon: new ones, and known ones said anew. Whatever comes in, nobody has approved it yet.

Every term was let through by `check_term` before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection
from jacana.db.sealing import FieldSealer
from jacana.detect.text.lexicon import store
from jacana.detect.text.lexicon.lifecycle import TRUSTED
from jacana.detect.text.lexicon.listing import read_term
from jacana.detect.text.lexicon.rules import fold_term
from jacana.detect.text.lexicon.words import key_term, open_words, seal_words, words_of
from jacana.model.ids import new_id
from jacana.model.term import Term, TermState

SCOPE = ("text", "severity", "languages", "fields", "requires", "unless")
"""What approval was given to: a change of any of these takes it away."""

_TOLD = ("source", "licence", "expires_at")
_ENDED = frozenset({TermState.EXPIRED, TermState.RETIRED})
_STARTS = frozenset({TermState.CANDIDATE, TermState.SHADOW})


@dataclass(frozen=True, slots=True)
class TermImport:
    """What became of terms that were sent. `ids` are those added, in order."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    ids: tuple[str, ...] = ()


def take_terms(
    connection: Connection,
    sealer: FieldSealer,
    terms: Sequence[Term],
    actor: str,
    now: datetime,
    *,
    update: bool = False,
    details: Mapping[str, Mapping[str, Any]] | None = None,
) -> TermImport:
    """Add the terms that are not there. Those that are stay as they are, or with `update` become what was sent.

    A term of any other state than candidate comes into shadow. `details`: folded term -> the figures it rests on.
    The caller holds the log's lock.
    """
    folded = [fold_term(term.text) for term in terms]
    keys = [key_term(sealer, form, term.match_mode) for form, term in zip(folded, terms, strict=True)]
    known = store.load_by_keys(connection, keys)
    sequence = store.last_sequence(connection) + 1
    new: dict[str, store.Values] = {}
    updated = 0
    for form, key, term in zip(folded, keys, terms, strict=True):
        if key in known:
            updated += update and _update(connection, sealer, known[key], term, actor, now)
        elif key not in new:
            row = _make_row(sealer, term, key, actor, now, sequence)
            new[key] = row | {"details": dict((details or {}).get(form, {}))}
    store.insert_terms(connection, list(new.values()))
    return TermImport(len(new), updated, len(terms) - len(new) - updated, tuple(str(row["id"]) for row in new.values()))


def _make_row(sealer: FieldSealer, term: Term, key: str, actor: str, now: datetime, sequence: int) -> store.Values:
    term_id = new_id("term")
    state = _starting_state(term)
    return {
        "id": term_id,
        "term_sealed": seal_words(sealer, term_id, words_of(term)),
        "term_key": key,
        "match_mode": term.match_mode.value,
        "severity": term.severity,
        "state": state.value,
        "languages": list(term.languages),
        "fields": list(term.fields),
        "source": term.source,
        "licence": term.licence,
        "expires_at": term.expires_at,
        "created_at": now,
        "created_by": actor,
        "changed_at": now,
        "sequence": 0 if state is TermState.CANDIDATE else sequence,
        "hits": 0,
        "reviewed": 0,
        "confirmed": 0,
    }


def _update(
    connection: Connection, sealer: FieldSealer, row: store.Row, given: Term, actor: str, now: datetime
) -> bool:
    """Make a known term what was sent; return whether anything changed."""
    before = read_term(row, open_words(sealer, row.id, row.term_sealed))
    changed = [name for name in (*SCOPE, *_TOLD) if getattr(before, name) != getattr(given, name)]
    state = _following_state(before, given, bool(set(changed) & set(SCOPE)))
    if not changed and state is before.state:
        return False
    values: store.Values = {name: getattr(given, name) for name in ("severity", *_TOLD)}
    values |= {name: list(getattr(given, name)) for name in ("languages", "fields")}
    if set(changed) & set(SCOPE) or state is not before.state:
        store.delete_approvals(connection, [row.id])
        values |= {"active_since": None, "created_by": actor}
    after = replace(given, id=row.id)
    store.update_terms(
        connection,
        [row.id],
        term_sealed=seal_words(sealer, row.id, words_of(after)),
        state=state.value,
        changed_at=now,
        sequence=store.last_sequence(connection) + 1,
        **values,
    )
    details = {"changed": changed, "from": before.state.value, "state": state.value}
    append_entry(connection, AuditEntry(now, actor, "term.updated", row.id, details))
    return True


def _following_state(before: Term, given: Term, rescoped: bool) -> TermState:
    """Return the state after an update: what two people approved and was then changed must be approved again."""
    if before.state in _ENDED:
        return _starting_state(given)
    if before.state in TRUSTED and rescoped:
        return TermState.SHADOW
    return before.state


def _starting_state(term: Term) -> TermState:
    return term.state if term.state in _STARTS else TermState.SHADOW
