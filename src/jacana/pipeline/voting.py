"""What goes back to an exchange: votes and entries of one's own. Always a person's word, never a machine's.

A decision on an upload that matched an exchange's entry makes a proposal; a person sends it, and the outbox carries it.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection
from jacana.detect.media.banks import store as bank_store
from jacana.detect.media.exchange import store
from jacana.detect.media.exchange.connect import Connect, connect_with
from jacana.detect.media.exchange.environments import is_production
from jacana.detect.media.exchange.ncmec import list_signals
from jacana.detect.media.exchange.port import ExchangeRefusedError, ExchangeUnreachableError, HashExchange, VoteReason
from jacana.detect.media.exchange.store import MatchedEntry, Vote
from jacana.detect.media.exchange.sync import ExchangeMismatchError, check_bound
from jacana.detect.media.exchange.votes import VoteInvalidError, Votes, VoteUnknownError
from jacana.model.bank import Bank, BankEntry, BankOrigin
from jacana.model.errors import (
    InputInvalidError,
    JacanaError,
    ServiceUnavailableError,
    SetupInvalidError,
    StateConflictError,
)
from jacana.model.verdict import Verdict
from jacana.pipeline.stages import Stages
from jacana.review.cases import ReviewDecision

_LOOKED_AT = 1000
"""Newest findings that are looked through for proposals."""
UNDONE = "the decision no longer stands"


class ContributionOffError(SetupInvalidError):
    """Nothing may be shared with an exchange in production."""

    code = "exchange.contribution_off"


class ContributionInvalidError(InputInvalidError):
    """The entry is not one's own, or not one that a person confirmed."""

    code = "exchange.contribution_invalid"


class VoteUndecidedError(StateConflictError):
    """No applied decision says what the vote says."""

    code = "vote.undecided"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A vote that a decision suggests and nobody has cast yet."""

    finding_id: str
    upload_id: str
    bank_id: str
    bank_name: str
    entry_id: str
    decision_id: str
    agrees: bool
    signal: str
    """The kind of hash that matched, in the exchange's words."""
    signals: tuple[str, ...]
    """Every kind of hash of the entry that can be voted on."""
    voted: bool


def list_proposals(stages: Stages, connection: Connection) -> list[Proposal]:
    """Return the votes that decisions suggest, the newest finding first."""
    found = [_propose(stages, connection, match) for match in store.select_exchange_matches(connection, _LOOKED_AT)]
    unique = {(one.entry_id, one.decision_id): one for one in reversed(found) if one is not None and not one.voted}
    return list(reversed(unique.values()))


def cast_vote(
    stages: Stages,
    connection: Connection,
    finding_id: str,
    agrees: bool,
    reasons: Sequence[str],
    actor: str,
    signal: str | None = None,
) -> Vote:
    """Cast a person's vote on the entry of a finding. It leaves by the outbox once this transaction commits.

    Raises VoteUnknownError, VoteUndecidedError unless the standing decision says the same, VoteInvalidError, and what
    `Votes.cast` raises.
    """
    match = next(iter(store.select_exchange_matches(connection, 1, finding_id=finding_id)), None)
    proposal = None if match is None else _propose(stages, connection, match)
    if match is None:
        raise VoteUnknownError("there is no such finding of an exchange's entry")
    if proposal is None or proposal.agrees is not agrees:
        raise VoteUndecidedError(
            "agreeing needs an applied verdict of confirmed" if agrees else "disagreeing needs one of cleared"
        )
    chosen = signal or proposal.signal
    if chosen not in proposal.signals:
        raise VoteInvalidError(
            "the entry has no such hash", field="signal", remedy=f"use one of {', '.join(proposal.signals)}"
        )
    return Votes(stages.clock).cast(connection, proposal.entry_id, chosen, agrees, reasons, proposal.decision_id, actor)


def send_vote(stages: Stages, vote_id: str, attempt: int, connect: Connect | None = None) -> None:
    """Send one vote; what comes of it is recorded, and an attempt without an answer promises the next.

    Raises SetupInvalidError while the settings name another exchange than the vote's, or none.
    """
    votes = Votes(stages.clock)
    with stages.db.read() as connection:
        turn = votes.take_turn(connection, vote_id, attempt)
        if turn is None:
            return
        vote, message = turn
        stands = stages.desk.load_decision(connection, vote.cause).undone_at is None
        bank = _find_bank(connection, vote.bank_id)
    if not stands:
        with stages.db.write() as connection:
            votes.record_refused(connection, vote_id, attempt, UNDONE)
        return
    try:
        with closing(_open(stages, bank, connect)) as exchange:
            answer = exchange.vote(message)
    except ExchangeRefusedError as problem:
        with stages.db.write() as connection:
            votes.record_refused(connection, vote_id, attempt, problem.message)
    except ServiceUnavailableError as problem:
        wait = problem.retry_after_seconds if isinstance(problem, ExchangeUnreachableError) else None
        with stages.db.write() as connection:
            votes.record_failure(connection, vote_id, attempt, problem.message, wait)
    else:
        with stages.db.write() as connection:
            votes.record_sent(connection, vote_id, attempt, answer)


def list_reasons(stages: Stages, name: str, signal: str, connect: Connect | None = None) -> tuple[VoteReason, ...]:
    """Ask a bank's exchange for the reasons of a negative vote. Raises as `HashExchange.list_reasons`."""
    with stages.db.read() as connection:
        bank = stages.banks.find(connection, name)
    check_bound(bank)
    with closing(_open(stages, bank, connect)) as exchange:
        return exchange.list_reasons(signal)


def share_entry(
    stages: Stages, name: str, entry_id: str, environment: str, actor: str, connect: Connect | None = None
) -> str:
    """Share an entry of one's own with NCMEC's list `environment`, by a person's word; return its id there.

    The entry keeps its id, so sharing it again changes nothing. Raises ContributionOffError, ContributionInvalidError,
    ExchangeMismatchError, and what `HashExchange.share` raises.
    """
    if is_production(environment) and not stages.settings.exchange_may_contribute:
        raise ContributionOffError(
            f"entries are not shared with {environment}", remedy="set exchange_may_contribute to true if you may share"
        )
    with stages.db.write() as connection:
        bank = stages.banks.find(connection, name)
        entry = _find_confirmed(stages, connection, bank, entry_id)
        _note(stages, connection, "bank.share_ordered", bank, entry_id, environment, actor)
    exchange = (connect or connect_with(stages.settings, stages.clock))(BankOrigin.NCMEC)
    with closing(exchange):
        if exchange.environment != environment:
            raise ExchangeMismatchError(
                f"the settings name {exchange.environment}, not {environment}",
                remedy=f"set ncmec_hash_environment to {environment} with its account",
            )
        try:
            source_id = exchange.share(entry)
        except JacanaError:
            with stages.db.write() as connection:
                _note(stages, connection, "bank.share_failed", bank, entry_id, environment, actor)
            raise
    with stages.db.write() as connection:
        _note(stages, connection, "bank.shared", bank, entry_id, environment, actor)
    return source_id


def _propose(stages: Stages, connection: Connection, match: MatchedEntry) -> Proposal | None:
    decision = stages.desk.standing_verdict(connection, match.sha256)
    if decision is None or decision.applied_at is None or decision.verdict is Verdict.VIOLATING:
        return None
    bank = _find_bank(connection, match.bank_id)
    name = store.find_entry_name(connection, match.entry_id)
    if name is None or name.source_id is None or bank.origin is not BankOrigin.NCMEC or bank.removed_at is not None:
        return None
    entry = stages.banks.find_source(connection, bank.name, name.source_id)  # its state may have changed since
    signals = list_signals(entry) if entry is not None else ()
    if entry is None or not signals:
        return None
    return Proposal(
        match.finding_id,
        match.upload_id,
        bank.id,
        bank.name,
        entry.id,
        decision.id,
        decision.verdict is Verdict.CONFIRMED,
        signals[0] if match.exact else signals[-1],
        signals,
        bool(Votes(stages.clock).list_cast(connection, name, decision.id)),
    )


def _find_confirmed(stages: Stages, connection: Connection, bank: Bank, entry_id: str) -> BankEntry:
    entry = _find_entry(connection, bank, entry_id)
    if bank.origin is not BankOrigin.OWN or entry is None:
        raise ContributionInvalidError(
            "only entries of a bank of one's own can be shared", field="entry", remedy="see `jacana bank show NAME`"
        )
    decision = _find_decision(stages, connection, entry.source_id)
    if decision is None or decision.verdict is not Verdict.CONFIRMED or decision.undone_at is not None:
        raise ContributionInvalidError(
            "no standing decision of a person confirms this entry",
            field="entry",
            remedy="share one that `jacana bank add-confirmed` put there",
        )
    return entry


def _find_decision(stages: Stages, connection: Connection, decision_id: str | None) -> ReviewDecision | None:
    try:
        return stages.desk.load_decision(connection, decision_id or "")
    except JacanaError:
        return None


def _find_entry(connection: Connection, bank: Bank, entry_id: str) -> BankEntry | None:
    return next(iter(bank_store.select_named(connection, bank.id, "id", [entry_id])), None)


def _find_bank(connection: Connection, bank_id: str) -> Bank:
    return next(bank for bank in bank_store.select_banks(connection, removed=True) if bank.id == bank_id)


def _open(stages: Stages, bank: Bank, connect: Connect | None) -> HashExchange:
    """Open the bank's own list. Raises ExchangeMismatchError if the settings name another."""
    exchange = (connect or connect_with(stages.settings, stages.clock))(bank.origin)
    with stages.db.read() as connection:
        checkpoint = store.load_checkpoint(connection, bank.id)
    if checkpoint is None or checkpoint.environment != exchange.environment:
        exchange.close()
        raise ExchangeMismatchError(
            f"bank {bank.name} does not belong to {exchange.environment}",
            remedy="set the exchange to the list that the bank follows",
        )
    return exchange


def _note(
    stages: Stages, connection: Connection, verb: str, bank: Bank, entry_id: str, environment: str, actor: str
) -> None:
    details = {"name": bank.name, "entry": entry_id, "environment": environment}
    append_entry(connection, AuditEntry(stages.clock(), actor, verb, bank.id, details))
