"""Banks, entries and their changes, the same on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

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


def test_many_at_once_are_as_one_after_the_other(database: Database) -> None:
    entries = [
        BankEntry(f"clip {n}", frame_count=2, frames=bytes(82), window_count=3, id=f"entry_{n}") for n in range(1200)
    ]
    with database.write() as connection:
        store.insert_bank(connection, BANK)
        stored = store.insert_entries(connection, "bank_1", entries, NOW)
        assert [entry.number for entry in stored] == list(range(1, 1201))
        store.retire_entries(connection, stored[:700], "bank_1", NOW)
        assert store.insert_entries(connection, "bank_1", [], NOW) == []
        store.retire_entries(connection, [], "bank_1", NOW)
        (again,) = store.insert_entries(connection, "bank_1", [replace(entries[0], id="entry_again")], NOW)
    assert again.number == 1201
    with database.read() as connection:
        (bank,) = store.select_banks(connection)
        assert (bank.entry_count, bank.frame_count, bank.window_count, bank.tombstone_count) == (501, 1002, 1503, 700)
        changes = store.select_changes(connection, 0, 5000)
        assert [change.sequence for change in changes] == sorted(change.sequence for change in changes)
        assert len(changes) == 1901
        labels = [f"clip {n}" for n in range(1200)]
        assert len(store.select_named(connection, "bank_1", "label", labels)) == 501
        assert len(store.select_by_number(connection, range(1, 1202))) == 501


def test_an_older_bank_of_a_greater_distance_is_read_as_the_index_can(database: Database) -> None:
    with database.write() as connection:
        store.insert_bank(connection, replace(BANK, max_distance=60))
        assert store.select_banks(connection)[0].max_distance == 31


def test_those_whose_time_is_over_come_first_to_end_first(database: Database) -> None:
    times = {"late": NOW, "early": NOW - timedelta(hours=1), "not yet": NOW + timedelta(seconds=1), "never": None}
    entries = [BankEntry(label, id=f"entry_{label}", expires_at=at) for label, at in times.items()]
    with database.write() as connection:
        store.insert_bank(connection, BANK)
        store.insert_entries(connection, "bank_1", entries, NOW)
        expired = store.select_expired(connection, NOW, 10)
        assert [(bank_id, entry.label) for bank_id, entry in expired] == [("bank_1", "early"), ("bank_1", "late")]
        assert len(store.select_expired(connection, NOW, 1)) == 1


def test_a_change_is_told_by_its_entry(database: Database) -> None:
    with database.write() as connection:
        store.insert_bank(connection, BANK)
        entry = store.insert_entry(connection, "bank_1", BankEntry("a", id="entry_a"), NOW)
        store.retire_entry(connection, entry, "bank_1", NOW)
        last = store.read_last_sequence(connection)
        assert store.describe_change(connection, last - 1) == ("entry_a", "added")
        assert store.describe_change(connection, last) == ("entry_a", "removed")
        assert store.describe_change(connection, last + 1) is None
