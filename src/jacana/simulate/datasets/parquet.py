"""Events as Parquet: one column a field, empty where an event has none. Needs the extra `parquet`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jacana.model.errors import SetupInvalidError
from jacana.simulate.population.world import SimEvent

_TEXT = (
    *("id", "type", "account_id", "occurred_at", "session_id", "ip", "device_id", "user_agent", "screen_name"),
    *("display_name", "email", "bio", "language", "upload_id", "visibility", "caption", "sha256", "text"),
    *("conversation_id", "target_account_id", "kind", "instrument", "inviter_id", "source"),
)
_FLAGS = ("device_attested", "two_factor", "organisation")
_ROWS_AT_ONCE = 50_000


class ParquetMissingError(SetupInvalidError):
    """pyarrow is not installed."""

    code = "simulate.parquet_missing"


class ParquetEvents:
    """Writes events into one Parquet file, a row group per 50,000. Raises ParquetMissingError."""

    def __init__(self, path: Path) -> None:
        self._arrow, parquet = _load()
        self._schema = _make_schema(self._arrow)
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[SimEvent] = []

    def add(self, events: list[SimEvent]) -> None:
        """Take events; they are written when a row group is full."""
        self._waiting += events
        while len(self._waiting) >= _ROWS_AT_ONCE:
            self._write(self._waiting[:_ROWS_AT_ONCE])
            del self._waiting[:_ROWS_AT_ONCE]

    def close(self) -> None:
        """Write what waits and finish the file."""
        if self._waiting:
            self._write(self._waiting)
        self._writer.close()

    def _write(self, events: list[SimEvent]) -> None:
        self._writer.write_table(self._arrow.Table.from_pylist(events, schema=self._schema))


def read_parquet(path: Path, size: int) -> Iterator[list[SimEvent]]:
    """Yield the events of a file in batches of up to `size`. Raises ParquetMissingError."""
    _, parquet = _load()
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(size):
            rows = batch.to_pylist()
            yield [{name: value for name, value in row.items() if value is not None} for row in rows]


def _load() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ParquetMissingError(
            "pyarrow is not installed", remedy="install jacana[parquet], or ask for --format jsonl"
        ) from None
    return pyarrow, pyarrow.parquet


def _make_schema(arrow: Any) -> Any:
    fields = [(name, arrow.string()) for name in _TEXT]
    fields += [(name, arrow.bool_()) for name in _FLAGS]
    fields += [("asn", arrow.int64()), ("seconds", arrow.float64()), ("recipient_ids", arrow.list_(arrow.string()))]
    return arrow.schema(fields)
