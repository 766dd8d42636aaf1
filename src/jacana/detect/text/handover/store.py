"""Remembers which user names were handed over, as keyed hashes, so that the same one is known the next time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from jacana.db.engine import Connection
from jacana.db.tables.detect_text import detect_handovers
from jacana.model.account_finding import AccountFinding, AccountFindingKind

REPEATED_SCORE = 0.95
_AT_ONCE = 500


def note_handovers(connection: Connection, findings: Iterable[AccountFinding], now: datetime) -> list[AccountFinding]:
    """Remember the hand-overs among the findings; return all findings, with repeated hand-overs marked as such.

    A hand-over is repeated if any earlier finding, of whichever account, handed the same user name over. Called again
    with the same findings it remembers nothing twice. The caller holds the log's lock (`lock_log`).
    """
    given = list(findings)
    keys = {finding.id: key for finding in given if (key := _key_of(finding))}
    if not keys:
        return given
    known = _load_known(connection, set(keys.values()))
    counts = Counter(key for key, _ in known)
    marked: list[AccountFinding] = []
    for finding in given:
        key = keys.get(finding.id)
        if key is None or (key, finding.id) in known:  # known: a replay, recorded as it was then
            marked.append(finding)
            continue
        marked.append(_mark(finding, counts[key]))
        counts[key] += 1
    rows = [
        {"handle_key": key, "finding_id": one, "found_at": now} for one, key in keys.items() if (key, one) not in known
    ]
    if rows:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(detect_handovers).on_conflict_do_nothing(), rows)
    return marked


def forget_handovers(connection: Connection, limit: datetime) -> int:
    """Delete what was found before `limit`; return how many rows."""
    return connection.execute(detect_handovers.delete().where(detect_handovers.c.found_at < limit)).rowcount


def _load_known(connection: Connection, keys: set[str]) -> set[tuple[str, str]]:
    known: set[tuple[str, str]] = set()
    ordered: Sequence[str] = sorted(keys)
    for start in range(0, len(ordered), _AT_ONCE):
        query = sa.select(detect_handovers.c.handle_key, detect_handovers.c.finding_id)
        portion = ordered[start : start + _AT_ONCE]
        rows = connection.execute(query.where(detect_handovers.c.handle_key.in_(portion)))
        known.update((row.handle_key, row.finding_id) for row in rows)
    return known


def _key_of(finding: AccountFinding) -> str | None:
    key = finding.details.get("handle_key")
    return str(key) if finding.kind is AccountFindingKind.LOGIN_HANDOVER and key else None


def _mark(finding: AccountFinding, earlier: int) -> AccountFinding:
    if not earlier:
        return replace(finding, details={**finding.details, "repeated": False})
    times = "once" if earlier == 1 else f"{earlier} times"
    return replace(
        finding,
        score=max(finding.score, REPEATED_SCORE),
        reasons=(*finding.reasons, f"The same log-in was handed over {times} before."),
        details={**finding.details, "repeated": True, "handed_over_before": earlier},
    )
