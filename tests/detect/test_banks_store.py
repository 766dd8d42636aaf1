"""Banks, entries and their changes, the same on both databases."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jacana.db.engine import Database
from jacana.detect.media.banks import store
from jacana.model.bank import Bank, BankEntry
from jacana.model.upload import Digests

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BANK = Bank("bank_1", "b1", "s", "B2", ("hold", "open_case"), 31, 50, 1.0, NOW, note="n")
DIGESTS = Digests("1" * 32, "2" * 40, "3" * 64)


def test_banks_and_entries(database: Database) -> None:
    entry = BankEntry("clip", "1" * 32, None, None, 1, bytes(41), "entry_1")
    with database.write() as connection:
        store.insert_bank(connection, BANK)
        assert store.read_revisions(connection) == (("bank_1", 0),)
        stored = store.insert_entry(connection, "bank_1", entry, NOW)
        assert stored == replace(entry, number=1)
        store.grow_revision(connection, "bank_1")
    with database.read() as connection:
        assert store.select_banks(connection) == [replace(BANK, entry_count=1, frame_count=1, changed_at=NOW)]
        assert store.select_banks(connection, name="other") == []
        assert store.select_entries(connection, "bank_1") == [stored]
        assert store.select_entry(connection, "bank_1", label="clip") == stored
        assert store.select_entry(connection, "bank_1", label="other") is None
        assert store.read_revisions(connection) == (("bank_1", 1),)
    with database.write() as connection:
        store.mark_removed(connection, "bank_1", NOW)
    with database.read() as connection:
        assert store.select_banks(connection) == []
        assert store.read_revisions(connection) == ()
        assert [bank.removed_at for bank in store.select_banks(connection, removed=True)] == [NOW]
        assert store.select_digest_matches(connection, DIGESTS) == []
    with database.write() as connection:
        store.retire_entry(connection, stored, "bank_1", NOW)
        assert store.select_entries(connection, "bank_1") == []
        assert store.select_by_number(connection, [1]) == {}
        assert [(change.entry_number, change.kind) for change in store.select_changes(connection, 0, 10)] == [
            (1, "added"),
            (1, "removed"),
        ]
        assert store.read_last_sequence(connection) == 2


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256"])
def test_any_digest_finds_its_entry(database: Database, name: str) -> None:
    entry = replace(BankEntry("clip", id="entry_1"), **{name: getattr(DIGESTS, name)})
    other = BankEntry("other", "9" * 32, "9" * 40, "9" * 64, id="entry_2")
    with database.write() as connection:
        store.insert_bank(connection, BANK)
        entry = store.insert_entry(connection, "bank_1", entry, NOW)
        store.insert_entry(connection, "bank_1", other, NOW)
    with database.read() as connection:
        assert store.select_digest_matches(connection, DIGESTS) == [("bank_1", entry)]
