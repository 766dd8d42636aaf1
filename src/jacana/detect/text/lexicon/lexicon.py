"""The lexicon: import, export, add, approve, retire, reveal, list, and what a matcher loads.

Every method works in the caller's transaction. No term, and no hash of one, goes into an audit entry, an error or a
log; whoever is shown one in clear is on record first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.sealing import FieldSealer
from jacana.detect.text.lexicon import store, worth
from jacana.detect.text.lexicon.intake import TermImport, take_terms
from jacana.detect.text.lexicon.lifecycle import Refusal, may_follow, refuse_approval, state_after_approval
from jacana.detect.text.lexicon.listing import TermListing, list_term, read_term
from jacana.detect.text.lexicon.rules import check_reason, check_term
from jacana.detect.text.lexicon.words import Words, key_term, open_words
from jacana.model.account_finding import AccountFinding
from jacana.model.clock import Clock
from jacana.model.errors import StateConflictError, ThingNotFoundError
from jacana.model.term import MATCHING_STATES, MatchMode, Term, TermState, mask_term

SUBJECT = "lexicon"
"""Subject of the audit entries that are about many terms."""

EXPIRED_AT_ONCE = 1000


class TermUnknownError(ThingNotFoundError):
    """There is no term with this id."""

    code = "lexicon.term_unknown"


class TermTakenError(StateConflictError):
    """The same term, matched the same way, is there already."""

    code = "lexicon.term_taken"


class TermStateError(StateConflictError):
    """The term is in a state from which this cannot be done."""

    code = "lexicon.term_state"


class ApprovalRefusedError(StateConflictError):
    """The approval of this person does not count."""

    code = "lexicon.approval_refused"


class Lexicon:
    """Keeps the terms. `precision_floor` and `idle_days`: the settings term_precision_floor and term_idle_days."""

    def __init__(
        self, sealer: FieldSealer, clock: Clock, *, precision_floor: float = 0.05, idle_days: int = 90
    ) -> None:
        self._sealer = sealer
        self._clock = clock
        self._floor = precision_floor
        self._idle_days = idle_days

    # What comes in

    def import_terms(
        self, connection: Connection, terms: Sequence[Term], actor: str, *, update: bool = False, refused: int = 0
    ) -> TermImport:
        """Take a batch of terms that `check_term` let through; `refused` counts those it did not, for the record.

        None becomes active: a term of any state but candidate comes into shadow. The same term again, by its folded
        form and match mode, is left alone, or with `update` becomes what was sent.
        """
        lock_log(connection)
        now = self._clock()
        result = take_terms(connection, self._sealer, terms, actor, now, update=update)
        counts = {"added": result.added, "updated": result.updated, "unchanged": result.unchanged, "refused": refused}
        append_entry(connection, AuditEntry(now, actor, "lexicon.imported", SUBJECT, counts))
        return result

    def add_term(self, connection: Connection, term: Term, actor: str) -> str:
        """Add one term and return its id. Raises TermInvalidError, TermTakenError."""
        lock_log(connection)
        now = self._clock()
        check_term(term, now)
        result = take_terms(connection, self._sealer, [term], actor, now)
        if not result.ids:
            raise TermTakenError(
                "this term is in the lexicon already, matched the same way: change it with import --update"
            )
        append_entry(connection, AuditEntry(now, actor, "term.added", result.ids[0], {"severity": term.severity}))
        return result.ids[0]

    def propose_terms(
        self, connection: Connection, terms: Sequence[Term], figures: Mapping[str, Mapping[str, Any]], actor: str
    ) -> tuple[str, ...]:
        """Store terms as candidates and return the new ones' ids. `figures`: folded term -> what speaks for it.

        Raises TermInvalidError for a term that may not enter.
        """
        lock_log(connection)
        now = self._clock()
        for term in terms:
            check_term(term, now)
        candidates = [replace(term, state=TermState.CANDIDATE) for term in terms]
        result = take_terms(connection, self._sealer, candidates, actor, now, details=figures)
        for term_id in result.ids:
            append_entry(connection, AuditEntry(now, actor, "term.proposed", term_id))
        return result.ids

    # People's decisions

    def approve_term(self, connection: Connection, term_id: str, user_id: str) -> TermListing:
        """Record one person's approval; the second person's makes the term active. Return it as it then is.

        Raises TermUnknownError, and ApprovalRefusedError for the person who added it, for the same person twice, and
        for a term that is active or ended.
        """
        lock_log(connection)
        term, now = self.show_term(connection, term_id), self._clock()
        refusal = refuse_approval(term.standing, user_id)
        if refusal is not None:
            raise ApprovalRefusedError(_REFUSED[refusal])
        store.insert_approval(connection, term_id, user_id, now)
        following = state_after_approval(term.standing)
        details = {"approvals": len(term.approvals) + 1, "state": following.value}
        if following is TermState.ACTIVE:
            details |= {"reviewed": term.reviewed, "confirmed": term.confirmed}
            store.update_terms(connection, [term_id], active_since=now, reviewed=0, confirmed=0)
        if following is not term.state:
            self._set_state(connection, term_id, following, now)
        append_entry(connection, AuditEntry(now, f"user:{user_id}", "term.approved", term_id, details))
        return self.show_term(connection, term_id)

    def shadow_term(self, connection: Connection, term_id: str, actor: str) -> None:
        """Look for a candidate from now on, without any effect. Raises TermUnknownError, TermStateError."""
        self._move(connection, term_id, TermState.SHADOW, actor, "term.shadowed", {}, only=TermState.CANDIDATE)

    def retire_term(self, connection: Connection, term_id: str, actor: str, because: str) -> None:
        """Look for a term no more. Raises TermUnknownError, TermStateError, ReasonInvalidError."""
        reason = self._check_reason(connection, term_id, because)
        self._move(connection, term_id, TermState.RETIRED, actor, "term.retired", {"because": reason})
        store.delete_approvals(connection, [term_id])

    # What goes out

    def reveal_term(self, connection: Connection, term_id: str, actor: str, because: str) -> Term:
        """Return one term in clear; who asked and why is on record. Raises TermUnknownError, ReasonInvalidError."""
        reason = self._check_reason(connection, term_id, because)
        append_entry(connection, AuditEntry(self._clock(), actor, "term.revealed", term_id, {"because": reason}))
        row = self._find(connection, term_id)
        return read_term(row, self._open(row))

    def export_terms(
        self, connection: Connection, actor: str, because: str, states: Collection[TermState] = ()
    ) -> list[Term]:
        """Return every term of these states (none named: all) in clear, on record. Raises ReasonInvalidError."""
        rows = store.list_rows(connection, states=states)
        terms = [read_term(row, self._open(row)) for row in rows]
        reason = check_reason(because)  # not against the terms: that a word is refused would tell that it is one
        details = {"because": reason, "terms": len(terms)}
        append_entry(connection, AuditEntry(self._clock(), actor, "lexicon.exported", SUBJECT, details))
        return terms

    def load_masked(self, connection: Connection, states: Collection[TermState] = ()) -> list[Term]:
        """Return every term of these states (none named: all) with its words masked: a list without a reveal."""
        terms = []
        for row in store.list_rows(connection, states=states):
            words = self._open(row)
            requires, unless = (tuple(map(mask_term, part)) for part in (words.requires, words.unless))
            terms.append(read_term(row, Words(mask_term(words.text), requires, unless)))
        return terms

    def list_terms(
        self,
        connection: Connection,
        states: Collection[TermState] = (),
        source: str | None = None,
        *,
        limit: int | None = 100,
        offset: int = 0,
    ) -> list[TermListing]:
        """Return terms masked, those that changed last first; no state named: of every state."""
        rows = store.list_rows(connection, states=states, source=source, limit=limit, offset=offset)
        approvals = store.load_approvals(connection, [row.id for row in rows])
        return [list_term(row, self._open(row), approvals.get(row.id, [])) for row in rows]

    def show_term(self, connection: Connection, term_id: str) -> TermListing:
        """Return one term masked. Raises TermUnknownError."""
        row = self._find(connection, term_id)
        return list_term(row, self._open(row), store.load_approvals(connection, [term_id]).get(term_id, []))

    def mask_terms(self, connection: Connection, ids: Iterable[str]) -> dict[str, str]:
        """Return id -> masked term, for pages that name the terms of a finding."""
        rows = store.load_by_ids(connection, ids)
        return {term_id: mask_term(self._open(row).text) for term_id, row in rows.items()}

    def count_states(self, connection: Connection, source: str | None = None) -> dict[TermState, int]:
        """Return how many terms are in each state."""
        return store.count_by_state(connection, source)

    def list_sources(self, connection: Connection) -> list[str]:
        """Return the names of the sources terms are from."""
        return store.list_sources(connection)

    # What a matcher needs

    def load_terms(self, connection: Connection, states: Collection[TermState] = MATCHING_STATES) -> list[Term]:
        """Return the open terms of these states whose time is not over. Raises SealedFieldBrokenError."""
        modes, named = {mode.value: mode for mode in MatchMode}, {state.value: state for state in TermState}
        terms = []
        for row in store.list_open_rows(connection, states, self._clock()):
            term_id, sealed, mode, severity, state, languages, fields, source, licence, expires_at = row
            words = open_words(self._sealer, term_id, sealed)
            scope = (tuple(languages), tuple(fields), words.requires, words.unless, source, licence, expires_at)
            terms.append(Term(term_id, words.text, modes[mode], severity, named[state], *scope))
        return terms

    def last_sequence(self, connection: Connection) -> int:
        """Return a number that grows whenever a term that is, was or is now looked for has changed; its hits aside."""
        return store.last_sequence(connection)

    def list_changed(self, connection: Connection, sequence: int) -> list[str]:
        """Return the ids of terms that are looked for and changed after that number."""
        return store.list_ids_after(connection, sequence, MATCHING_STATES)

    def find_known(self, connection: Connection, folded: Collection[str]) -> set[str]:
        """Return those of these folded forms that are terms, in whatever mode and state."""
        keys = {key_term(self._sealer, form, mode): form for form in folded for mode in MatchMode}
        return {keys[key] for key in store.load_by_keys(connection, keys)}

    # What hits were worth

    def record_hits(self, connection: Connection, findings: Sequence[AccountFinding]) -> int:
        """Count the findings for the terms they name, each once; return how many counts were new."""
        return worth.count_hits(connection, findings)

    def record_outcome(self, connection: Connection, finding_ids: Sequence[str], confirmed: bool | None) -> list[str]:
        """Record a person's verdict on what these findings found (None: taken back); return the terms demoted by it."""
        return worth.take_outcome(connection, finding_ids, confirmed, self._floor, self._clock())

    def review_terms(self, connection: Connection, now: datetime, at_once: int = EXPIRED_AT_ONCE) -> int:
        """Expire terms by the clock, up to `at_once`; return how many. Fewer than `at_once`: none is left."""
        return worth.expire_terms(connection, now, self._idle_days, at_once)

    def _move(
        self,
        connection: Connection,
        term_id: str,
        state: TermState,
        actor: str,
        verb: str,
        details: Mapping[str, object],
        *,
        only: TermState | None = None,
    ) -> None:
        lock_log(connection)
        row, now = self._find(connection, term_id), self._clock()
        before = TermState(row.state)
        if not may_follow(before, state) or (only is not None and before is not only):
            raise TermStateError(f"the term is {before.value} and cannot become {state.value} this way")
        self._set_state(connection, term_id, state, now)
        states = {"from": before.value, "state": state.value}
        append_entry(connection, AuditEntry(now, actor, verb, term_id, {**states, **details}))

    def _set_state(self, connection: Connection, term_id: str, state: TermState, now: datetime) -> None:
        sequence = store.last_sequence(connection) + 1
        store.update_terms(connection, [term_id], state=state.value, changed_at=now, sequence=sequence)

    def _check_reason(self, connection: Connection, term_id: str, because: str) -> str:
        words = self._open(self._find(connection, term_id))
        return check_reason(because, [words.text])

    def _find(self, connection: Connection, term_id: str) -> store.Row:
        row = store.find_term_row(connection, term_id)
        if row is None:
            raise TermUnknownError("there is no term with this id")
        return row

    def _open(self, row: store.Row) -> Words:
        return open_words(self._sealer, row.id, row.term_sealed)


_REFUSED = {
    Refusal.STATE: "a term that is active, expired or retired cannot be approved",
    Refusal.OWN: "whoever added a term cannot approve it; somebody else must",
    Refusal.TWICE: "you have approved this term already; another person must",
}
