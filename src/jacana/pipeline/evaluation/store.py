"""What a replay has left in the database: findings, accounts the network was told to shut out, work that failed."""

from collections.abc import Iterator

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect_accounts import detect_account_findings
from jacana.db.tables.ingest import ingest_accounts
from jacana.db.tables.outbox import outbox
from jacana.model.account import AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.pipeline.evaluation.outcome import Sighting

_found = detect_account_findings.c


def list_sightings(connection: Connection) -> Iterator[Sighting]:
    """Yield every recorded finding about an account, in the order of finding; withdrawn ones too: they were alarms."""
    columns = (_found.account_id, _found.kind, _found.score, _found.found_at, _found.event_id, _found.occurred_at)
    query = sa.select(*columns).order_by(_found.found_at, _found.id)
    for account_id, kind, score, found_at, event_id, occurred_at in connection.execute(query):
        yield Sighting(account_id, AccountFindingKind(kind), score, found_at, event_id, occurred_at)


def list_shut_out(connection: Connection) -> set[str]:
    """Return the accounts that are suspended or banned."""
    query = sa.select(ingest_accounts.c.id).where(ingest_accounts.c.state != AccountState.ACTIVE.value)
    return set(connection.scalars(query))


def count_failed_work(connection: Connection) -> dict[str, int]:
    """Return topic -> promised work that failed and is not done."""
    failed = (outbox.c.failures > 0, outbox.c.finished_at.is_(None), outbox.c.cancelled_at.is_(None))
    query = sa.select(outbox.c.topic, sa.func.count()).where(*failed).group_by(outbox.c.topic)
    return {str(topic): int(count) for topic, count in connection.execute(query)}
