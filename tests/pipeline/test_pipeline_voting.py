"""What goes back to an exchange is a person's word on a standing decision, over the real sandbox on loopback."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from jacana.audit.store import list_entries
from jacana.db.outbox import list_due, mark_finished
from jacana.detect.media.exchange.connect import ExchangeOffError
from jacana.detect.media.exchange.ncmec_http import NcmecHashApi
from jacana.detect.media.exchange.port import ExchangeAccessDeniedError, ExchangeUnreachableError, HashExchange
from jacana.detect.media.exchange.sandbox.answers import REASONS
from jacana.detect.media.exchange.sandbox.controls import add_file
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox
from jacana.detect.media.exchange.sandbox.shared_list import Account
from jacana.detect.media.exchange.store import VoteState
from jacana.detect.media.exchange.sync import ExchangeMismatchError
from jacana.detect.media.exchange.votes import VoteInvalidError, Votes, VoteTakenError, VoteUnknownError
from jacana.detect.media.store import insert_findings
from jacana.ingest.schema import UploadMetadata
from jacana.model.bank import BankEntry, BankOrigin
from jacana.model.decision import Lane
from jacana.model.finding import BankMatch, Finding, FindingKind
from jacana.model.verdict import Verdict
from jacana.pipeline import voting
from jacana.pipeline.exchange import sync_bank
from jacana.pipeline.flow import HANDLERS
from jacana.pipeline.stages import Stages
from jacana.review.cases import DecisionForm

MEMBERS = [Account("them", "hidden", 2, "Them"), Account("us", "secret", 1, "Us", may_write=True)]
DATA = b"stands for a drawn clip"
GUID = next(iter(REASONS))


@pytest.fixture
def server(clock) -> Iterator[HashSharingSandbox]:
    with HashSharingSandbox(MEMBERS, clock=clock) as running:
        yield running


@pytest.fixture
def settings_environment(settings_environment: dict[str, str], server: HashSharingSandbox) -> dict[str, str]:
    return {
        **settings_environment,
        "JACANA_NCMEC_HASH_ENVIRONMENT": "sandbox",
        "JACANA_NCMEC_HASH_SANDBOX_URL": server.url,
        "JACANA_NCMEC_HASH_USERNAME": "us",
        "JACANA_NCMEC_HASH_PASSWORD": "secret",
    }


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client ask again without waiting; adapters are made by the settings, so the default is changed."""
    monkeypatch.setattr(NcmecHashApi.__init__, "__kwdefaults__", {"timeout_seconds": 5.0, "wait": lambda _s: None})


class Matched:
    """An upload that matched the list's entry, as screening would leave it, and the people around it."""

    def __init__(self, stages: Stages, clock) -> None:
        self.stages, self.clock = stages, clock
        file = stages.intake.begin()
        file.write(DATA)
        metadata = UploadMetadata.model_validate(
            {
                "network_id": "n1",
                "account": {"id": "ada"},
                "visibility": "public",
                "uploaded_at": "2026-11-20T10:00:00Z",
            }
        )
        self.upload = stages.intake.accept(metadata, file, key_id="key_test").upload
        with stages.db.write() as connection:
            stages.banks.create(connection, "shared", "drawn", origin=BankOrigin.NCMEC, actor="test")
        sync_bank(stages, "shared", "test")
        with stages.db.write() as connection:
            content = stages.banks.show(connection, "shared")
            (entry,) = content.entries
            bank, sha256 = content.bank, self.upload.digests.sha256
            match = BankMatch(bank.id, bank.name, "s", None, ("hold",), entry.id, entry.label, 1.0, 1.0, 0, True)
            kind = FindingKind.BANK_MATCH
            finding = Finding("finding_1", self.upload.id, sha256, kind, "media.bank_match", "1", 1.0, (), match)
            insert_findings(connection, [finding], clock())
            self.case_id = stages.desk.open_case(connection, "ada", Lane.APPARENT_CSAM, self.upload.id, sha256)

    def decide(self, verdict: Verdict, *, apply: bool = True) -> str:
        stages = self.stages
        with stages.db.write() as connection:
            lease = stages.desk.lease_case(connection, self.case_id, "user_1")
            form = DecisionForm(
                case_id=self.case_id,
                sha256=self.upload.digests.sha256,
                verdict=verdict,
                classification=None,
                reason="the record is clear",
                user_id="user_1",
                lease_token=lease.token,
                version=stages.desk.get_case(connection, self.case_id).head.version,
            )
            decision = stages.desk.decide(connection, form)
        self.clock.advance(60)
        if apply:
            self.apply(decision.id)
        return decision.id

    def apply(self, decision_id: str) -> None:
        """End the undo window, as the flow does."""
        with self.stages.db.write() as connection:
            self.stages.desk.settle(connection, decision_id)

    def deliver(self, later_seconds: int = 60) -> int:
        """Let time pass and send the votes that are due; return how many were."""
        self.clock.advance(later_seconds)
        with self.stages.db.read() as connection:
            due = [row for row in list_due(connection, self.clock()) if row.topic == "send_vote"]
        for row in due:
            HANDLERS[row.topic](self.stages, lambda _name, body, *arguments: body(*arguments), **row.payload)
            with self.stages.db.write() as connection:
                mark_finished(connection, row.id, self.clock())
        return len(due)


@pytest.fixture
def matched(stages: Stages, server: HashSharingSandbox, clock) -> Matched:
    add_file(server.shared, "clip", DATA, None)
    clock.advance(5)
    return Matched(stages, clock)


def decide(matched: Matched, verdict: Verdict) -> str:
    return matched.decide(verdict)


def proposals(matched: Matched) -> list[voting.Proposal]:
    with matched.stages.db.read() as connection:
        return voting.list_proposals(matched.stages, connection)


def cast(matched: Matched, agrees: bool, reasons=(), **more):
    with matched.stages.db.write() as connection:
        return voting.cast_vote(matched.stages, connection, "finding_1", agrees, reasons, "user:user_1", **more)


def load(matched: Matched, vote):
    with matched.stages.db.read() as connection:
        return Votes(matched.clock).load(connection, vote.id)


def ballots(server: HashSharingSandbox) -> list[tuple[int, str, bool]]:
    return [
        (one.member, one.signal, not one.reasons) for entry in server.shared.list_entries() for one in entry.ballots
    ]


def test_nothing_is_proposed_before_a_person_decided(matched) -> None:
    assert proposals(matched) == []
    decision_id = matched.decide(Verdict.CONFIRMED, apply=False)
    assert proposals(matched) == [], "the undo window is open"
    matched.apply(decision_id)
    (proposal,) = proposals(matched)
    assert (proposal.agrees, proposal.bank_name, proposal.signal) == (True, "shared", "MD5")
    assert proposal.signals == ("MD5", "SHA1")


def test_a_decision_sends_nothing_by_itself(matched, server) -> None:
    decide(matched, Verdict.CONFIRMED)
    assert matched.deliver(86_400) == 0
    assert ballots(server) == []


def test_a_cast_vote_arrives_once_and_the_proposal_is_gone(matched, server) -> None:
    decide(matched, Verdict.CONFIRMED)
    finding_id = proposals(matched)[0].finding_id
    vote = cast(matched, True)
    assert proposals(matched) == []
    matched.deliver()
    assert ballots(server) == [(1, "MD5", True)]
    sent = load(matched, vote)
    assert (sent.state, sent.answer, sent.attempts) == (VoteState.SENT, "HTTP 200", 1)
    voting.send_vote(matched.stages, vote.id, 1)
    voting.send_vote(matched.stages, vote.id, 2)
    assert len([call for call in server.shared.list_calls() if call.method == "PUT"]) == 1
    with matched.stages.db.write() as connection:
        with pytest.raises(VoteTakenError):
            voting.cast_vote(matched.stages, connection, finding_id, True, (), "user:user_2")
        assert [entry.verb for _, entry in list_entries(connection, subject=vote.id)] == ["vote.cast", "vote.sent"]


def test_a_cleared_file_proposes_to_disagree_with_a_reason(matched, server) -> None:
    decide(matched, Verdict.CLEARED)
    assert [reason.id for reason in voting.list_reasons(matched.stages, "shared", "MD5")] == list(REASONS)
    with pytest.raises(voting.VoteUndecidedError):
        cast(matched, True)
    with pytest.raises(VoteInvalidError):
        cast(matched, False)
    with pytest.raises(VoteInvalidError):
        cast(matched, False, (GUID,), signal="PDQ")
    cast(matched, False, (GUID,), signal="SHA1")
    matched.deliver()
    assert ballots(server) == [(1, "SHA1", False)]


def test_a_violating_file_says_nothing_of_the_list(matched) -> None:
    decide(matched, Verdict.VIOLATING)
    assert proposals(matched) == []


def test_a_vote_follows_its_entry_through_changes_of_it(matched, server, clock) -> None:
    decide(matched, Verdict.CONFIRMED)
    server.shared.put(2, "clip", "video", server.shared.list_entries()[0].fingerprints, classification="B1")
    clock.advance(60)
    assert sync_bank(matched.stages, "shared", "test").replaced == 1
    cast(matched, True)
    server.shared.put(2, "clip", "video", server.shared.list_entries()[0].fingerprints, classification="B2")
    clock.advance(60)
    sync_bank(matched.stages, "shared", "test")
    assert proposals(matched) == [], "the same decision votes once, whatever became of the entry"
    matched.deliver()
    assert ballots(server) == [(1, "MD5", True)]


def test_an_outage_is_tried_again_later(matched, server, impatient) -> None:
    decide(matched, Verdict.CONFIRMED)
    server.switches.arm("http_429", endpoint="feedback", seconds=100)
    vote = cast(matched, True)
    matched.deliver(1)
    waiting = load(matched, vote)
    assert (waiting.state, waiting.attempts) == (VoteState.WAITING, 1)
    assert "429" in waiting.answer
    matched.deliver(90)
    assert load(matched, vote).attempts == 1
    matched.deliver(11)
    assert (load(matched, vote).state, ballots(server)) == (VoteState.SENT, [(1, "MD5", True)])


def test_a_refusal_is_final(matched, server) -> None:
    decide(matched, Verdict.CONFIRMED)
    vote = cast(matched, True)
    server.shared.delete(2, "clip")
    matched.deliver()
    assert (load(matched, vote).state, load(matched, vote).answer) == (
        VoteState.REFUSED,
        "the exchange refused it (HTTP 404)",
    )


def test_a_vote_whose_decision_fell_is_not_sent(matched, server) -> None:
    decide(matched, Verdict.CONFIRMED)
    vote = cast(matched, True)
    with matched.stages.db.write() as connection:
        matched.stages.desk.overturn(connection, vote.cause, "user_2", "a mistake")
    matched.deliver()
    assert (load(matched, vote).state, load(matched, vote).answer) == (VoteState.REFUSED, voting.UNDONE)
    assert ballots(server) == []


def test_a_vote_waits_while_the_settings_name_another_list(matched, server) -> None:
    decide(matched, Verdict.CONFIRMED)
    vote = cast(matched, True)
    elsewhere = replace(
        matched.stages, settings=replace(matched.stages.settings, ncmec_hash_environment="ncmec-industry-test")
    )
    with pytest.raises(ExchangeMismatchError):
        voting.send_vote(elsewhere, vote.id, 1)
    off = replace(matched.stages, settings=replace(matched.stages.settings, ncmec_hash_environment="off"))
    with pytest.raises(ExchangeOffError):
        voting.send_vote(off, vote.id, 1)
    assert load(matched, vote).state is VoteState.WAITING


def test_an_unknown_finding_is_said(matched) -> None:
    with matched.stages.db.write() as connection, pytest.raises(VoteUnknownError):
        voting.cast_vote(matched.stages, connection, "finding_none", True, (), "user:user_1")


@pytest.fixture
def own_entry(matched: Matched) -> BankEntry:
    """A confirmed file in a bank of one's own, as `ownbank.add_confirmed` leaves it."""
    decision_id = decide(matched, Verdict.CONFIRMED)
    digests = matched.upload.digests
    entry = BankEntry(decision_id, md5=digests.md5, media_kind="video", source_id=decision_id, classification="A1")
    with matched.stages.db.write() as connection:
        matched.stages.banks.create(connection, "ours", "us", origin=BankOrigin.OWN, actor="test")
        matched.stages.banks.add_entries(connection, "ours", [entry], "test")
        return matched.stages.banks.show(connection, "ours").entries[0]


def test_an_own_entry_is_shared_by_a_persons_word(matched, server, own_entry: BankEntry) -> None:
    stages = matched.stages
    for _ in range(2):
        assert voting.share_entry(stages, "ours", own_entry.id, "sandbox", "cli:test") == f"1-{own_entry.id}"
    shared = [entry for entry in server.shared.list_entries() if entry.member == 1]
    assert [(entry.id, entry.fingerprints["md5"], entry.classification) for entry in shared] == [
        (own_entry.id, own_entry.md5, "A1")
    ]
    with stages.db.read() as connection:
        bank = stages.banks.find(connection, "ours")
        verbs = [entry.verb for _, entry in list_entries(connection, subject=bank.id)]
    assert verbs[-4:] == ["bank.share_ordered", "bank.shared"] * 2


def test_production_is_refused_unless_it_is_allowed_and_meant(matched, own_entry: BankEntry) -> None:
    with pytest.raises(voting.ContributionOffError) as refused:
        voting.share_entry(matched.stages, "ours", own_entry.id, "ncmec-industry", "cli:test")
    assert "exchange_may_contribute" in str(refused.value.remedy)
    allowed = replace(matched.stages, settings=replace(matched.stages.settings, exchange_may_contribute=True))
    with pytest.raises(ExchangeMismatchError):
        voting.share_entry(allowed, "ours", own_entry.id, "ncmec-industry", "cli:test")


def test_only_what_a_standing_decision_confirms_is_shared(matched, server, own_entry: BankEntry) -> None:
    stages = matched.stages
    with stages.db.write() as connection:
        stages.banks.create(connection, "typed", "somebody", origin=BankOrigin.OWN, actor="test")
        stages.banks.add_entries(connection, "typed", [BankEntry("x", md5="0" * 32, media_kind="video")], "test")
        typed = stages.banks.show(connection, "typed").entries[0].id
        foreign = stages.banks.show(connection, "shared").entries[0].id
    for name, entry_id in (("typed", typed), ("shared", foreign), ("ours", "entry_none")):
        with pytest.raises(voting.ContributionInvalidError):
            voting.share_entry(stages, name, entry_id, "sandbox", "cli:test")
    with stages.db.write() as connection:
        stages.desk.overturn(connection, own_entry.source_id, "user_2", "a mistake")
    with pytest.raises(voting.ContributionInvalidError):
        voting.share_entry(stages, "ours", own_entry.id, "sandbox", "cli:test")
    assert [entry.member for entry in server.shared.list_entries()] == [2]


def test_a_share_that_failed_is_audited_as_such(matched, server, own_entry: BankEntry) -> None:
    server.shared.accounts[1] = replace(server.shared.accounts[1], may_write=False)
    with pytest.raises(ExchangeAccessDeniedError):
        voting.share_entry(matched.stages, "ours", own_entry.id, "sandbox", "cli:test")
    with matched.stages.db.read() as connection:
        bank = matched.stages.banks.find(connection, "ours")
        verbs = [entry.verb for _, entry in list_entries(connection, subject=bank.id)]
    assert verbs[-2:] == ["bank.share_ordered", "bank.share_failed"]


def test_an_exchange_is_closed_even_when_it_fails(matched) -> None:
    closed: list[bool] = []

    class Failing:
        environment = "sandbox"

        def list_reasons(self, _signal: str) -> None:
            raise ExchangeUnreachableError("away")

        def close(self) -> None:
            closed.append(True)

    exchange: HashExchange = Failing()
    with pytest.raises(ExchangeUnreachableError):
        voting.list_reasons(matched.stages, "shared", "MD5", connect=lambda _origin: exchange)
    assert closed == [True]
