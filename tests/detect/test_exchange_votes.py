"""Votes: a person's, on a decision, once; sent, refused or tried again; every step audited."""

from datetime import timedelta

import pytest
from exchange_lists import make_entry

from jacana.audit.store import list_entries
from jacana.db.engine import Connection, Database
from jacana.db.outbox import list_due
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.exchange import store
from jacana.detect.media.exchange.store import Vote, VoteState
from jacana.detect.media.exchange.votes import (
    RETRY_SECONDS,
    VoteByMachineError,
    VoteInvalidError,
    Votes,
    VoteTakenError,
    VoteUnknownError,
)
from jacana.model.bank import BankOrigin


@pytest.fixture
def votes(clock) -> Votes:
    return Votes(clock)


@pytest.fixture
def entry_id(database: Database, clock) -> str:
    banks = Banks(clock)
    with database.write() as connection:
        bank = banks.create(connection, "shared", "drawn", origin=BankOrigin.NCMEC, actor="test")
        store.insert_checkpoint(connection, bank.id, "sandbox")
        banks.apply_changes(connection, "shared", [make_entry("a")], [], [], "test")
        return banks.show(connection, "shared").entries[0].id


def cast(votes: Votes, connection: Connection, entry_id: str, **changes: object) -> Vote:
    given = {
        "signal": "MD5",
        "agrees": True,
        "reasons": (),
        "review_decision_id": "decision_1",
        "actor": "user:u1",
    } | changes
    return votes.cast(connection, entry_id, **given)


def test_a_cast_vote_waits_and_is_promised(database: Database, votes: Votes, entry_id: str, clock) -> None:
    with database.write() as connection:
        vote = cast(votes, connection, entry_id)
        assert votes.load(connection, vote.id) == vote
        assert (vote.state, vote.attempts, vote.cast_at) == (VoteState.WAITING, 0, clock())
        (row,) = [row for row in list_due(connection, clock()) if row.topic == "send_vote"]
        assert row.payload == {"vote_id": vote.id, "attempt": 1}
        ((_, entry),) = list_entries(connection, subject=vote.id)
    assert (entry.verb, entry.actor, entry.details["decision"]) == ("vote.cast", "user:u1", "decision_1")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"actor": "system"}, VoteByMachineError),
        ({"actor": "policy:3"}, VoteByMachineError),
        ({"actor": "key:k1"}, VoteByMachineError),
        ({"actor": "detector:x@1"}, VoteByMachineError),
        ({"review_decision_id": ""}, VoteInvalidError),
        ({"agrees": False}, VoteInvalidError),
        ({"reasons": ("g1",)}, VoteInvalidError),
    ],
)
def test_what_is_no_vote(database: Database, votes: Votes, entry_id: str, changes, error: type[Exception]) -> None:
    with database.write() as connection, pytest.raises(error):
        cast(votes, connection, entry_id, **changes)
    with database.read() as connection:
        assert votes.list(connection) == ()


def test_only_entries_of_an_exchange_are_voted_on(database: Database, votes: Votes, clock) -> None:
    with database.write() as connection:
        Banks(clock).create(connection, "file", "drawn", actor="test")
        Banks(clock).add_entries(connection, "file", [make_entry("x", source_id=None)], "test")
        unshared = Banks(clock).show(connection, "file").entries[0].id
        with pytest.raises(VoteInvalidError):
            cast(votes, connection, unshared)
        with pytest.raises(VoteUnknownError):
            cast(votes, connection, "entry_none")
        with pytest.raises(VoteUnknownError):
            votes.load(connection, "vote_none")


def test_one_decision_votes_once_on_one_hash_whatever_became_of_the_entry(
    database: Database, votes: Votes, entry_id: str, clock
) -> None:
    banks = Banks(clock)
    with database.write() as connection:
        cast(votes, connection, entry_id)
        cast(votes, connection, entry_id, signal="SHA1")
        banks.apply_changes(connection, "shared", [make_entry("a", votes_up=5)], [], [], "test")
        anew = banks.show(connection, "shared").entries[0].id
        assert anew != entry_id
        for same in (entry_id, anew):
            with pytest.raises(VoteTakenError):
                cast(votes, connection, same, agrees=False, reasons=("g1",))
        cast(votes, connection, anew, agrees=False, reasons=("g1",), review_decision_id="decision_2")
        assert len(votes.list(connection)) == 3


def test_a_turn_is_taken_by_source_id_even_of_a_tombstone(
    database: Database, votes: Votes, entry_id: str, clock
) -> None:
    with database.write() as connection:
        vote = cast(votes, connection, entry_id)
        Banks(clock).apply_changes(connection, "shared", [], ["2-a"], [], "test")
        turn = votes.take_turn(connection, vote.id, 1)
    assert turn is not None
    message = turn[1]
    assert (message.source_id, message.signal, message.agrees) == ("2-a", "MD5", True)


def test_a_vote_is_settled_once(database: Database, votes: Votes, entry_id: str, clock) -> None:
    with database.write() as connection:
        vote = cast(votes, connection, entry_id)
        sent = votes.record_sent(connection, vote.id, 1, "HTTP 200")
        assert (sent.state, sent.sent_at, sent.answer) == (VoteState.SENT, clock(), "HTTP 200")
        assert votes.record_refused(connection, vote.id, 2, "no") == votes.load(connection, vote.id) == sent
        assert votes.take_turn(connection, vote.id, 2) is None
        assert votes.record_failure(connection, vote.id, 2, "away") == sent
        verbs = [entry.verb for _, entry in list_entries(connection, subject=vote.id)]
    assert verbs == ["vote.cast", "vote.sent"]


def test_a_failed_attempt_promises_the_next_one_ever_later(
    database: Database, votes: Votes, entry_id: str, clock
) -> None:
    with database.write() as connection:
        vote = cast(votes, connection, entry_id)
        for attempt in range(1, len(RETRY_SECONDS) + 3):
            votes.record_failure(connection, vote.id, attempt, "the exchange is busy (HTTP 503)")
            votes.record_failure(connection, vote.id, attempt, "told twice")
            wait = RETRY_SECONDS[min(attempt, len(RETRY_SECONDS)) - 1]
            due = [
                row for row in list_due(connection, clock() + timedelta(days=1)) if row.id.endswith(f".{attempt + 1}")
            ]
            assert [row.not_before for row in due] == [clock() + timedelta(seconds=wait)]
        assert votes.take_turn(connection, vote.id, attempt) is None
        assert votes.take_turn(connection, vote.id, attempt + 1) is not None
        found = votes.load(connection, vote.id)
    assert (found.state, found.attempts) == (VoteState.WAITING, attempt)
    assert found.answer == "the exchange is busy (HTTP 503)"


def test_the_exchange_may_name_the_wait(database: Database, votes: Votes, entry_id: str, clock) -> None:
    with database.write() as connection:
        vote = cast(votes, connection, entry_id)
        votes.record_failure(connection, vote.id, 1, "busy", 5)
        rows = {row.id: row.not_before for row in list_due(connection, clock() + timedelta(days=1))}
    assert rows[f"{vote.id}.2"] == clock() + timedelta(seconds=5)
