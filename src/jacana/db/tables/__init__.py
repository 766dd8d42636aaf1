"""Every table, one file per stage; the table prefix is the stage's verb. Importing this package fills `metadata`."""

from jacana.db.columns import metadata
from jacana.db.tables import (
    act,
    audit,
    decide,
    detect,
    detect_banks,
    detect_exchange,
    detect_lookback,
    detect_outside,
    ingest,
    outbox,
    preserve,
    report,
    review,
    web,
)

__all__ = [
    "act",
    "audit",
    "decide",
    "detect",
    "detect_banks",
    "detect_exchange",
    "detect_lookback",
    "detect_outside",
    "ingest",
    "metadata",
    "outbox",
    "preserve",
    "report",
    "review",
    "web",
]
