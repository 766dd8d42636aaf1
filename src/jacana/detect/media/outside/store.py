"""Rows of who was asked about which upload. Takes the caller's connection, opens no transaction."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect_outside import detect_asks


class AskState(StrEnum):
    """How one asking stands."""

    SILENT = "silent"
    """No answer yet; it is asked again."""
    ANSWERED = "answered"
    GIVEN_UP = "given_up"
    """Never answered, and no longer asked: a person must look."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One service asked about one upload."""

    upload_id: str
    service: str
    state: AskState
    sent: str
    """`hashes`, `media`, `both` or `nothing`."""
    attempts: int
    asked_at: datetime
    why: str | None = None
    answered_at: datetime | None = None


def save_ask(connection: Connection, ask: Ask) -> None:
    """Store how an asking stands, in place of how it stood."""
    values = asdict(ask) | {"state": ask.state.value}
    row = sa.and_(detect_asks.c.upload_id == ask.upload_id, detect_asks.c.service == ask.service)
    if not connection.execute(detect_asks.update().where(row).values(values)).rowcount:
        connection.execute(detect_asks.insert().values(values))


def select_asks(connection: Connection, upload_id: str) -> dict[str, Ask]:
    """Return {service: ask} of one upload."""
    query = sa.select(detect_asks).where(detect_asks.c.upload_id == upload_id).order_by(detect_asks.c.service)
    rows = connection.execute(query).mappings()
    return {row["service"]: Ask(**{**row, "state": AskState(row["state"])}) for row in rows}


def count_asks(connection: Connection) -> dict[str, dict[str, int]]:
    """Return {service: {state: uploads}}."""
    columns = detect_asks.c
    query = sa.select(columns.service, columns.state, sa.func.count()).group_by(columns.service, columns.state)
    counts: dict[str, dict[str, int]] = {}
    for service, state, count in connection.execute(query):
        counts.setdefault(service, {})[state] = count
    return counts
