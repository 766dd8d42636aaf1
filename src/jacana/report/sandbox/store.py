"""What the sandbox remembers across a restart: one SQLite file (or memory), reports, files and calls. No file bytes."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from jacana.report.sandbox.machine import ReceivedFile, ReceivedReport, Stage

FIRST_REPORT_ID = 5_000_000_001
"""Above 2^31, so that a client that keeps ids in 32 bits fails here and not in production."""

_TABLES = """
CREATE TABLE IF NOT EXISTS reports (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, stage TEXT NOT NULL, opened_at TEXT NOT NULL,
    touched_at TEXT, closed_at TEXT, batched INTEGER NOT NULL, document BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS files (
    id TEXT PRIMARY KEY, report_id INTEGER NOT NULL REFERENCES reports (id), name TEXT NOT NULL, md5 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, uploaded_at TEXT NOT NULL, details BLOB
);
CREATE TABLE IF NOT EXISTS calls (
    request_id TEXT PRIMARY KEY, at TEXT NOT NULL, account TEXT, endpoint TEXT NOT NULL, code INTEGER NOT NULL,
    report_id INTEGER, fault TEXT
);
"""


class Shelf:
    """Reports by id. Safe to use from several threads; each method is one transaction."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(str(path or ":memory:"), check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def add_report(self, account: str, document: bytes, batched: bool, now: datetime) -> int:
        """Open a report and return its id."""
        with self._write() as database:
            last = database.execute("SELECT max(id) FROM reports").fetchone()[0]
            report_id = FIRST_REPORT_ID if last is None else int(last) + 1
            database.execute(
                "INSERT INTO reports (id, account, stage, opened_at, batched, document) VALUES (?, ?, ?, ?, ?, ?)",
                (report_id, account, Stage.OPEN.value, now.isoformat(), batched, document),
            )
        return report_id

    def load_report(self, report_id: int) -> ReceivedReport | None:
        """Return a report with its files in the order of their upload."""
        with self._lock:
            row = self._connection.execute("SELECT * FROM reports WHERE id = ?", (report_id,)).fetchone()
            return None if row is None else self._read(row)

    def list_reports(self) -> list[ReceivedReport]:
        """Return every report, oldest first."""
        with self._lock:
            rows = self._connection.execute("SELECT * FROM reports ORDER BY id").fetchall()
            return [self._read(row) for row in rows]

    def add_file(self, report_id: int, file: ReceivedFile) -> None:
        """Keep what is known of an uploaded file and restart the report's grace."""
        with self._write() as database:
            database.execute(
                "INSERT INTO files (id, report_id, name, md5, size_bytes, uploaded_at) VALUES (?, ?, ?, ?, ?, ?)",
                (file.id, report_id, file.name, file.md5, file.size_bytes, file.uploaded_at.isoformat()),
            )
            self._touch(database, report_id, file.uploaded_at)

    def set_details(self, report_id: int, file_id: str, details: bytes, now: datetime) -> None:
        """Keep a file's description and restart the report's grace."""
        with self._write() as database:
            database.execute("UPDATE files SET details = ? WHERE id = ?", (details, file_id))
            self._touch(database, report_id, now)

    def close_report(self, report_id: int, stage: Stage, closed_at: datetime) -> None:
        """End a report; unless it is finished its files are forgotten."""
        with self._write() as database:
            database.execute(
                "UPDATE reports SET stage = ?, closed_at = ? WHERE id = ?",
                (stage.value, closed_at.isoformat(), report_id),
            )
            if stage is not Stage.FINISHED:
                database.execute("DELETE FROM files WHERE report_id = ?", (report_id,))

    def add_call(
        self,
        request_id: str,
        at: datetime,
        account: str | None,
        endpoint: str,
        code: int,
        report_id: int | None,
        fault: str,
    ) -> None:
        """Log a call: what was asked, what was answered, which fault was injected."""
        with self._write() as database:
            database.execute(
                "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?)",
                (request_id, at.isoformat(), account, endpoint, code, report_id, fault),
            )

    def list_calls(self) -> list[dict[str, object]]:
        """Return every logged call, oldest first."""
        with self._lock:
            return [dict(row) for row in self._connection.execute("SELECT * FROM calls ORDER BY rowid").fetchall()]

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _touch(self, database: sqlite3.Connection, report_id: int, now: datetime) -> None:
        database.execute("UPDATE reports SET touched_at = ? WHERE id = ?", (now.isoformat(), report_id))

    def _read(self, row: sqlite3.Row) -> ReceivedReport:
        files = self._connection.execute("SELECT * FROM files WHERE report_id = ? ORDER BY rowid", (row["id"],))
        return ReceivedReport(
            id=row["id"],
            account=row["account"],
            stage=Stage(row["stage"]),
            opened_at=_time(row["opened_at"]),
            document=row["document"],
            batched=bool(row["batched"]),
            touched_at=None if row["touched_at"] is None else _time(row["touched_at"]),
            closed_at=None if row["closed_at"] is None else _time(row["closed_at"]),
            files=tuple(
                ReceivedFile(
                    file["id"],
                    file["name"],
                    file["md5"],
                    file["size_bytes"],
                    _time(file["uploaded_at"]),
                    file["details"],
                )
                for file in files.fetchall()
            ),
        )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
