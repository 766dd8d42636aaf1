"""Rows in and out, the same on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jacana.db.engine import Database
from jacana.detect.media import store
from jacana.model.bank import Bank, BankEntry
from jacana.model.finding import BankMatch, Finding, FindingKind, FrameMatch
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests, Upload

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FACTS = MediaFacts("a" * 64, MediaKind.VIDEO, "v1", NOW, "mp4", "h264", 4, 3, 1.5, None, None, 1, bytes(41))
BANK = Bank("bank_1", "b1", "s", "B2", ("hold", "open_case"), 31, 50, 1.0, NOW, note="n")
DIGESTS = Digests("1" * 32, "2" * 40, "3" * 64)


def test_facts_are_kept_and_replaced(database: Database) -> None:
    with database.write() as connection:
        assert store.find_facts(connection, "a" * 64) is None
        store.save_facts(connection, FACTS)
        store.save_facts(connection, FACTS)
    unreadable = replace(FACTS, kind=MediaKind.UNREADABLE, problem="truncated", problem_detail="Cut.", width=None)
    with database.read() as connection:
        assert store.find_facts(connection, "a" * 64) == FACTS
    with database.write() as connection:
        store.save_facts(connection, unreadable)
    with database.read() as connection:
        assert store.find_facts(connection, "a" * 64) == unreadable


def test_banks_and_entries(database: Database) -> None:
    entry = BankEntry("clip", "1" * 32, None, None, 1, bytes(41), "entry_1")
    with database.write() as connection:
        store.insert_bank(connection, BANK)
        assert store.read_revisions(connection) == (("bank_1", 0),)
        store.insert_entry(connection, "bank_1", entry, NOW)
        store.grow_revision(connection, "bank_1")
    with database.read() as connection:
        assert store.select_banks(connection) == [replace(BANK, entry_count=1, frame_count=1)]
        assert store.select_banks(connection, name="other") == []
        assert store.select_entries(connection, "bank_1") == [entry]
        assert store.select_entry(connection, "bank_1", "clip") == entry
        assert store.select_entry(connection, "bank_1", "other") is None
        assert store.read_revisions(connection) == (("bank_1", 1),)
    with database.write() as connection:
        store.mark_removed(connection, "bank_1", NOW)
    with database.read() as connection:
        assert store.select_banks(connection) == []
        assert store.read_revisions(connection) == ()
        assert [bank.removed_at for bank in store.select_banks(connection, removed=True)] == [NOW]
        assert store.select_digest_matches(connection, DIGESTS) == []
    with database.write() as connection:
        store.delete_entry(connection, "entry_1")
        assert store.select_entries(connection, "bank_1") == []


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256"])
def test_any_digest_finds_its_entry(database: Database, name: str) -> None:
    entry = replace(BankEntry("clip", id="entry_1"), **{name: getattr(DIGESTS, name)})
    other = BankEntry("other", "9" * 32, "9" * 40, "9" * 64, id="entry_2")
    with database.write() as connection:
        store.insert_bank(connection, BANK)
        store.insert_entry(connection, "bank_1", entry, NOW)
        store.insert_entry(connection, "bank_1", other, NOW)
    with database.read() as connection:
        assert store.select_digest_matches(connection, DIGESTS) == [("bank_1", entry)]


def test_findings_are_stored_once_and_come_back_whole(database: Database, add_upload: Callable[..., Upload]) -> None:
    upload = add_upload(DIGESTS)
    frames = (FrameMatch(0.5, 90, 0.4800000000000001, 12),)
    match = BankMatch("bank_1", "b1", "s", None, ("hold",), "entry_1", "clip", 3.0, 0.75, 12, False, frames)
    strong = Finding("find_1", upload.id, "3" * 64, FindingKind.BANK_MATCH, "d", "1", 0.9, ("A.", "B."), match)
    weak = Finding("find_2", upload.id, "3" * 64, FindingKind.MEDIA_UNREADABLE, "d", "1", 0.2, (), None, {"a": "b"})
    with database.write() as connection:
        store.insert_findings(connection, [weak, strong], NOW)
        store.insert_findings(connection, [replace(strong, score=0.1)], NOW)
    with database.read() as connection:
        assert store.select_findings(connection, upload.id) == [strong, weak]
        assert store.select_findings(connection, "upload_other") == []
