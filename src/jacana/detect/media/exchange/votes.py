"""Votes on entries of an exchange: cast by a person on a review decision, sent by the outbox, never by a machine.

Nothing is sent here: the pipeline asks whose turn it is, sends, and records the answer in another transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import promise_work
from jacana.detect.media.exchange import store
from jacana.detect.media.exchange.port import VoteMessage
from jacana.detect.media.exchange.store import EntryName, Vote, VoteState
from jacana.model.clock import Clock
from jacana.model.errors import InputInvalidError, PermissionDeniedError, StateConflictError, ThingNotFoundError
from jacana.model.ids import new_id

TOPIC = "send_vote"
RETRY_SECONDS = (30, 300, 1800, 7200, 14_400)
"""Wait after the first, second … attempt without an answer; the last one repeats for ever."""
_PERSONS = ("user:", "cli:")
_ANSWER_LENGTH = 400


class VoteUnknownError(ThingNotFoundError):
    """There is no such vote, or no such entry to vote on."""

    code = "vote.unknown"


class VoteInvalidError(InputInvalidError):
    """The vote lacks something, or is about an entry of no exchange."""

    code = "vote.invalid"


class VoteTakenError(StateConflictError):
    """On this decision that entry was voted on already."""

    code = "vote.taken"


class VoteByMachineError(PermissionDeniedError):
    """Only a person votes."""

    code = "vote.by_machine"


class Votes:
    """Keeps the votes. Every method works in the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def cast(
        self,
        connection: Connection,
        entry_id: str,
        signal: str,
        agrees: bool,
        reasons: Sequence[str],
        review_decision_id: str,
        actor: str,
    ) -> Vote:
        """Record a person's vote on a bank entry and promise its sending.

        `signal` is the exchange's name of a kind of hash; `reasons` are the exchange's ids, needed to disagree and
        meaningless otherwise. The caller has made sure that the decision stands and says the same.
        Raises VoteUnknownError, VoteInvalidError, VoteTakenError, VoteByMachineError.
        """
        if not actor.startswith(_PERSONS):
            raise VoteByMachineError("a vote is a person's: it cannot be cast by the system, the policy or a program")
        if not review_decision_id:
            raise VoteInvalidError("a vote needs a decision", field="decision", remedy="decide the case first")
        if bool(reasons) == agrees:
            raise VoteInvalidError(
                "agreeing has no reason" if agrees else "disagreeing needs a reason",
                field="reasons",
                remedy="leave the reasons out" if agrees else "name one of the exchange's reasons by its id",
            )
        lock_log(connection)
        name = store.find_entry_name(connection, entry_id)
        if name is None:
            raise VoteUnknownError("there is no such bank entry")
        if not name.source_id or store.load_checkpoint(connection, name.bank_id) is None:
            raise VoteInvalidError(
                f"bank {name.bank_name} is not filled by an exchange",
                field="entry",
                remedy="vote on an entry that came from one",
            )
        others = self.list_cast(connection, name, review_decision_id)
        if any(other.signal == signal for other in others):
            raise VoteTakenError("on this decision that hash of the entry was voted on already")
        vote = Vote(
            new_id("vote"),
            name.bank_id,
            entry_id,
            signal,
            agrees,
            tuple(reasons),
            review_decision_id,
            actor,
            VoteState.WAITING,
            0,
            None,
            self._clock(),
        )
        store.insert_vote(connection, vote)
        self._note(connection, "vote.cast", vote, actor)
        self._promise(connection, vote, 1, self._clock())
        return vote

    def list_cast(self, connection: Connection, name: EntryName, review_decision_id: str) -> list[Vote]:
        """Return the votes of a decision on an entry, whichever state of it they were cast on."""
        cast = store.select_votes(connection, cause=review_decision_id)
        names = [store.find_entry_name(connection, vote.entry_id) for vote in cast]
        key = (name.bank_id, name.source_id)
        return [
            vote for vote, other in zip(cast, names, strict=True) if other and (other.bank_id, other.source_id) == key
        ]

    def load(self, connection: Connection, vote_id: str) -> Vote:
        """Return a vote. Raises VoteUnknownError."""
        vote = store.find_vote(connection, vote_id)
        if vote is None:
            raise VoteUnknownError("there is no such vote")
        return vote

    def take_turn(self, connection: Connection, vote_id: str, attempt: int) -> tuple[Vote, VoteMessage] | None:
        """Return what is to be sent in this attempt; None if it was made already. Raises VoteUnknownError."""
        vote = self.load(connection, vote_id)
        name = store.find_entry_name(connection, vote.entry_id)
        if vote.state is not VoteState.WAITING or vote.attempts >= attempt:
            return None
        if name is None or not name.source_id:
            raise VoteUnknownError("there is no such bank entry")
        return vote, VoteMessage(name.source_id, vote.signal, vote.agrees, vote.reasons)

    def record_sent(self, connection: Connection, vote_id: str, attempt: int, answer: str) -> Vote:
        """Record that the exchange has the vote."""
        return self._settle(connection, vote_id, attempt, VoteState.SENT, answer)

    def record_refused(self, connection: Connection, vote_id: str, attempt: int, answer: str) -> Vote:
        """Record that the vote will never be sent, and why."""
        return self._settle(connection, vote_id, attempt, VoteState.REFUSED, answer)

    def record_failure(
        self, connection: Connection, vote_id: str, attempt: int, problem: str, wait_seconds: float | None = None
    ) -> Vote:
        """Record an attempt without an answer and promise the next, after `wait_seconds` if the exchange named them."""
        lock_log(connection)
        vote = self.load(connection, vote_id)
        if vote.state is not VoteState.WAITING or vote.attempts >= attempt:
            return vote
        wait = RETRY_SECONDS[min(attempt, len(RETRY_SECONDS)) - 1] if wait_seconds is None else wait_seconds
        answer = problem[:_ANSWER_LENGTH]
        store.update_vote(connection, vote_id, attempts=attempt, answer=answer)
        self._promise(connection, vote, attempt + 1, self._clock() + timedelta(seconds=wait))
        return replace(vote, attempts=attempt, answer=answer)

    def list(self, connection: Connection, limit: int = 1000) -> tuple[Vote, ...]:
        """Return the votes, newest first."""
        return tuple(store.select_votes(connection, limit=limit))

    def _settle(self, connection: Connection, vote_id: str, attempt: int, state: VoteState, answer: str) -> Vote:
        lock_log(connection)
        vote = self.load(connection, vote_id)
        if vote.state is not VoteState.WAITING:
            return vote
        now = self._clock()
        settled = replace(
            vote,
            state=state,
            attempts=max(vote.attempts, attempt),
            answer=answer[:_ANSWER_LENGTH],
            sent_at=now if state is VoteState.SENT else None,
        )
        changed = {"state": state.value, "attempts": settled.attempts, "answer": settled.answer}
        store.update_vote(connection, vote_id, **changed, sent_at=settled.sent_at)
        self._note(connection, f"vote.{state.value}", settled, "system")
        return settled

    def _promise(self, connection: Connection, vote: Vote, attempt: int, not_before: datetime) -> None:
        payload = {"vote_id": vote.id, "attempt": attempt}
        promise_work(connection, id=f"{vote.id}.{attempt}", topic=TOPIC, payload=payload, not_before=not_before)

    def _note(self, connection: Connection, verb: str, vote: Vote, actor: str) -> None:
        details: dict[str, object] = {
            "bank": vote.bank_id,
            "entry": vote.entry_id,
            "signal": vote.signal,
            "agrees": vote.agrees,
            "decision": vote.cause,
        }
        if vote.attempts:
            details["attempt"] = vote.attempts
        append_entry(connection, AuditEntry(self._clock(), actor, verb, vote.id, details))
