"""Rows of checkpoints and votes, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from exchange_lists import make_entry

from jacana.db.engine import Database
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.exchange import store
from jacana.detect.media.exchange.store import Checkpoint, Vote, VoteState
from jacana.detect.media.store import insert_findings
from jacana.model.bank import Bank, BankOrigin
from jacana.model.finding import BankMatch, Finding, FindingKind
from jacana.model.upload import Digests

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def bank(database: Database, clock) -> Bank:
    banks = Banks(clock)
    with database.write() as connection:
        made = banks.create(connection, "shared", "drawn", origin=BankOrigin.NCMEC, actor="test")
        banks.apply_changes(connection, "shared", [make_entry("a"), make_entry("b")], [], [], "test")
    return made


def test_a_checkpoint_comes_back_as_it_was_and_keeps_its_environment(database: Database, bank: Bank) -> None:
    with database.write() as connection:
        assert store.load_checkpoint(connection, bank.id) is None
        fresh = store.insert_checkpoint(connection, bank.id, "sandbox")
        assert (fresh.turn, fresh.state, store.load_checkpoint(connection, bank.id)) == (0, None, fresh)
        saved = Checkpoint(bank.id, "ncmec-npo", 3, {"position": 5}, NOW, NOW + timedelta(1), "gone wrong", NOW)
        store.save_checkpoint(connection, saved)
    with database.read() as connection:
        (found,) = store.list_checkpoints(connection)
    assert found.environment == "sandbox", "an environment is for good"
    assert (found.turn, found.state, found.read_until, found.problem) == (3, {"position": 5}, NOW, "gone wrong")


def test_live_entries_are_known_by_their_source_ids_and_tombstones_keep_theirs(
    database: Database, bank: Bank, clock
) -> None:
    with database.write() as connection:
        entry = Banks(clock).find_source(connection, "shared", "2-b")
        assert entry is not None
        Banks(clock).apply_changes(connection, "shared", [], ["2-b"], [], "test")
        assert store.select_source_ids(connection, bank.id) == {"2-a"}
        name = store.find_entry_name(connection, entry.id)
        assert name is not None
        assert (name.bank_name, name.source_id) == ("shared", "2-b")
        assert store.find_entry_name(connection, "entry_none") is None


def test_a_vote_comes_back_as_it_was_and_there_is_one_of_it(database: Database, bank: Bank) -> None:
    vote = Vote(
        "vote_1", bank.id, "entry_1", "MD5", False, ("g1",), "d1", "user:u", VoteState.WAITING, 0, None, NOW, None
    )
    with database.write() as connection:
        store.insert_vote(connection, vote)
        store.update_vote(connection, "vote_1", state="sent", sent_at=NOW, answer="HTTP 200", attempts=1)
        found = store.find_vote(connection, "vote_1")
        assert found is not None
        assert (found.state, found.reasons, found.sent_at, found.answer) == (VoteState.SENT, ("g1",), NOW, "HTTP 200")
        assert store.select_votes(connection, cause="d1") == [found] == store.select_votes(connection)
        assert store.select_votes(connection, cause="d2") == []
        assert store.find_vote(connection, "vote_2") is None
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        store.insert_vote(connection, Vote("vote_2", *[getattr(vote, name) for name in list(vote.__slots__)[1:]]))


def test_only_matches_with_live_banks_of_an_exchange_are_looked_at(
    database: Database, bank: Bank, clock, add_upload
) -> None:
    banks = Banks(clock)
    upload = add_upload(Digests("0" * 32, "0" * 40, "0" * 64))
    with database.write() as connection:
        other = banks.create(connection, "file", "drawn", actor="test")
        for number, (of, exact) in enumerate([(bank, True), (other, True), (bank, False)]):
            match = BankMatch(of.id, of.name, "s", None, ("hold",), f"entry_{number}", "l", 1.0, 1.0, 0, exact)
            finding = Finding(f"f{number}", upload.id, "0" * 64, FindingKind.BANK_MATCH, "d", "1", 1.0, (), match)
            insert_findings(connection, [finding], NOW + timedelta(seconds=number))
        found = store.select_exchange_matches(connection, 10)
        assert [(one.finding_id, one.entry_id, one.exact) for one in found] == [
            ("f2", "entry_2", False),
            ("f0", "entry_0", True),
        ]
        assert [one.finding_id for one in store.select_exchange_matches(connection, 10, finding_id="f0")] == ["f0"]
        assert len(store.select_exchange_matches(connection, 1)) == 1
        banks.remove(connection, "shared", "test")
        assert store.select_exchange_matches(connection, 10) == []
