"""Migration 0004 on a database that was in use: banks, entries and findings of before keep their meaning."""

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

import jacana.db
from jacana.db.engine import Database
from jacana.detect.media.banks import store
from jacana.model.bank import BankRole
from jacana.pipeline.figures.store import read_figures

MOMENT = 1_790_000_000_000_000

ROWS = {
    "detect_banks": [
        {
            "id": f"bank_{n}", "name": f"b{n}", "source": "s", "may_cause": json.dumps(["hold"]), "max_distance": 60,
            "min_quality": 50, "min_matched_seconds": 1.0, "revision": 3, "created_at": MOMENT,
        }
        for n in (1, 2)
    ],
    "detect_bank_entries": [
        {
            "id": f"entry_{label}", "bank_id": "bank_1", "label": label, "md5": "a" * 32, "frame_count": 2,
            "frames": bytes(82), "added_at": MOMENT + place,
        }
        for place, label in enumerate(("first", "second"))
    ],
    "ingest_accounts": [{"id": "a", "state": "active", "first_seen_at": MOMENT, "updated_at": MOMENT}],
    "ingest_uploads": [
        {
            "id": "u1", "network_id": "n1", "account_id": "a", "visibility": "public", "state": "held", "md5": "0" * 32,
            "sha1": "0" * 40, "sha256": "0" * 64, "size_bytes": 1, "received_at": MOMENT,
        }
    ],
    "detect_findings": [
        {
            "id": f"find_{n}", "upload_id": "u1", "sha256": "0" * 64, "kind": "bank_match" if match else "other",
            "detector": "d", "detector_version": "1", "score": 1.0, "reasons": "[]", "match": json.dumps(match),
            "details": "{}", "found_at": MOMENT,
        }
        for n, match in enumerate(({"bank_id": "bank_1"}, None))
    ],
    "detect_media": [
        {
            "sha256": "0" * 64, "kind": "video", "hasher_version": "1", "frame_count": 0, "frames": b"",
            "analysed_at": MOMENT,
        }
    ],
    "act_actions": [
        {
            "id": "act_1", "dedupe_key": "k", "kind": "hold_upload", "target_kind": "upload", "target_id": "n1",
            "account_id": "a", "cause": "dec_1", "reason": "r", "decided_by": "policy:1", "state": "pending",
            "outbox_id": "act_1", "attempts": 1, "created_at": MOMENT, "sequence": 1, "attempts_allowed": 5,
        }
    ],
    "act_attempts": [{"action_id": "act_1", "attempt": 1, "at": MOMENT}],
}  # fmt: skip


@pytest.fixture
def used_database(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Database:
    """A database at revision 0003 with rows in it."""
    database = Database(database_url)
    if database.is_sqlite:
        database.close()
        database = Database(f"sqlite:///{tmp_path / 'before.db'}")
        database.create_file()
    else:
        with database.write() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    request.addfinalizer(database.close)
    upgrade(database, "0003")
    with database.write() as connection:
        for table, rows in ROWS.items():
            for row in rows:
                mark = "?" if database.is_sqlite else "%s"
                columns = ", ".join(f'"{name}"' for name in row)
                places = ", ".join(
                    mark + ("::json" if name in {"may_cause", "reasons", "match", "details"} and mark == "%s" else "")
                    for name in row
                )
                connection.exec_driver_sql(
                    f"INSERT INTO {table} ({columns}) VALUES ({places})",
                    tuple(row.values()),
                )
    return database


def upgrade(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(jacana.db.__file__).parent / "migrations"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_what_was_there_is_counted_numbered_and_named(used_database: Database) -> None:
    upgrade(used_database, "head")
    with used_database.read() as connection:
        full, empty = store.select_banks(connection)
        entries = store.select_entries(connection, "bank_1")
        changes = store.select_changes(connection, 0, 10)
        figures = read_figures(connection, full.created_at)
    assert (full.entry_count, full.frame_count, full.tombstone_count) == (2, 4, 0)
    assert (empty.entry_count, empty.frame_count, empty.changed_at) == (0, 0, None)
    assert full.changed_at is not None
    assert full.changed_at > full.created_at
    assert (full.role, full.max_distance) == (BankRole.KNOWN, 31)
    assert [(entry.label, entry.number) for entry in entries] == [("first", 1), ("second", 2)]
    assert [(change.entry_number, change.kind) for change in changes] == [(1, "added"), (2, "added")]
    assert {bank_id: figure.hits for bank_id, figure in figures.items()} == {"bank_1": 1}
