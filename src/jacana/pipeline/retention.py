"""What is forgotten when its time is over, table by table, in portions: whoever writes meanwhile must not wait long.

Evidence is not forgotten here: the vault has holds of its own.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.detect.text.handover.store import forget_handovers
from jacana.detect.text.textindex.store import forget_texts
from jacana.pipeline.eventwork.store import read_cursor
from jacana.pipeline.eventwork.worker import CURSOR
from jacana.pipeline.stages import Stages

AT_ONCE = 500

Portion = Callable[[Stages, Connection], Counter[str]]
"""Forgets up to AT_ONCE rows of each of its tables and returns how many of which."""


def forget_old(stages: Stages, go_on: Callable[[], bool] = lambda: True) -> Counter[str]:
    """Forget everything whose time is over; return how many of what. Stops between portions when `go_on` says no."""
    total: Counter[str] = Counter()
    for portion in (_forget_events, _forget_accounts, _review_terms):
        while go_on():
            with stages.db.write() as connection:
                lock_log(connection)
                gone = portion(stages, connection)
                if gone.total():
                    entry = AuditEntry(stages.clock(), "system", "records.forgotten", "retention", dict(gone))
                    append_entry(connection, entry)
            total += gone
            if all(count < AT_ONCE for count in gone.values()):
                break
    return total


def _forget_events(stages: Stages, connection: Connection) -> Counter[str]:
    """Apply events_days to events and to the index of the texts in them."""
    days = stages.settings.events_days
    if not days:
        return Counter()
    limit = stages.clock() - timedelta(days=days)
    gone = stages.events.forget_before(connection, limit, read_cursor(connection, CURSOR), AT_ONCE)
    forget_texts(connection, gone)
    forget_handovers(connection, limit)
    return Counter(events=len(gone))


def _forget_accounts(stages: Stages, connection: Connection) -> Counter[str]:
    """Apply account_state_days and ties_days."""
    gone = stages.accounts.forget(connection, stages.clock(), AT_ONCE)
    return Counter(accounts=gone.accounts, networks=gone.networks, ties=gone.ties)


def _review_terms(stages: Stages, connection: Connection) -> Counter[str]:
    """Expire terms that ran out or found nothing for too long."""
    return Counter(terms=stages.lexicon.review_terms(connection, stages.clock(), AT_ONCE))
