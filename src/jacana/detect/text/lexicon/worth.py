"""What the hits of terms were worth: counts them, takes people's outcomes, demotes and expires.

A machine's part of the life cycle: it only ever takes trust away. Every change of a state is audited.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.detect.text.lexicon import store
from jacana.detect.text.lexicon.lifecycle import TRUSTED, is_over, judge_precision
from jacana.detect.text.lexicon.listing import read_standing
from jacana.model.account_finding import AccountFinding
from jacana.model.term import TermState


def count_hits(connection: Connection, findings: Sequence[AccountFinding]) -> int:
    """Count each finding once for every term it names; return how many counts were new."""
    hits = {
        (match.term_id, finding.id): finding.occurred_at
        for finding in findings
        for match in finding.matches
        if match.term_id
    }
    return sum(store.insert_hits(connection, hits).values()) if hits else 0


def take_outcome(
    connection: Connection, finding_ids: Collection[str], confirmed: bool | None, floor: float, now: datetime
) -> list[str]:
    """Record what a person found of these findings (None: the verdict was taken back); return terms demoted by it.

    The figures of every term concerned are counted anew, so that a repetition changes nothing.
    """
    lock_log(connection)
    outcome = None if confirmed is None else store.CONFIRMED if confirmed else store.CLEARED
    changed = store.set_outcomes(connection, finding_ids, outcome, now)
    counts = store.count_outcomes(connection, changed)
    rows = store.load_by_ids(connection, changed)
    demoted = []
    for term_id in changed:
        reviewed, right, last = counts.get(term_id, (0, 0, None))
        figures = {"reviewed": reviewed, "confirmed": right, "last_confirmed_at": last}
        store.update_terms(connection, [term_id], **figures)
        standing = replace(read_standing(rows[term_id]), reviewed=reviewed, confirmed=right, last_confirmed_at=last)
        following = judge_precision(standing, floor)
        if following is not standing.state:
            counted = {"reviewed": reviewed, "confirmed": right}
            _move(connection, term_id, standing.state, following, "term.demoted", counted, now)
            demoted.append(term_id)
    return demoted


def expire_terms(connection: Connection, now: datetime, idle_days: int, at_once: int) -> int:
    """Expire up to `at_once` terms whose time is over or that were right about nothing for too long; return how many.

    A number below `at_once` says that none is left.
    """
    lock_log(connection)
    idle_since = now - timedelta(days=idle_days) if idle_days else None
    rows = store.list_over(connection, now, idle_since, TRUSTED, at_once)
    over = [row for row in rows if is_over(read_standing(row), now, idle_days)]
    for row in over:
        cause = {"cause": "end" if row.expires_at is not None and row.expires_at <= now else "idle"}
        _move(connection, row.id, TermState(row.state), TermState.EXPIRED, "term.expired", cause, now)
    return len(over)


def _move(
    connection: Connection,
    term_id: str,
    before: TermState,
    after: TermState,
    verb: str,
    details: Mapping[str, object],
    now: datetime,
) -> None:
    sequence = store.last_sequence(connection) + 1
    store.update_terms(connection, [term_id], state=after.value, changed_at=now, sequence=sequence)
    store.delete_approvals(connection, [term_id])
    states = {"from": before.value, "state": after.value}
    append_entry(connection, AuditEntry(now, "system", verb, term_id, {**states, **details}))
