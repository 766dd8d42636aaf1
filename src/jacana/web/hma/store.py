"""Counts over bank entries that the API's status asks for. Takes the caller's connection, opens no transaction."""

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect_banks import detect_bank_entries, detect_banks

DIGESTS = ("md5", "sha1", "sha256")


def count_digests(connection: Connection) -> dict[str, int]:
    """Return how many live entries of live banks carry each digest."""
    entries = detect_bank_entries.c
    counts = [sa.func.count(entries[name]).label(name) for name in DIGESTS]
    live = sa.select(*counts).join(detect_banks, detect_banks.c.id == entries.bank_id)
    row = connection.execute(live.where(entries.removed_at.is_(None), detect_banks.c.removed_at.is_(None))).one()
    return {name: int(getattr(row, name)) for name in DIGESTS}
