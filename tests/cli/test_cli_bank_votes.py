"""`jacana bank votes`, `vote`, `reasons`, `share`: what is asked of a person, and what is said when nothing is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jacana.cli import bank
from jacana.detect.media.exchange.sandbox.answers import REASONS
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox
from jacana.detect.media.exchange.sandbox.shared_list import Account
from jacana.detect.media.exchange.votes import VoteUnknownError
from jacana.pipeline import voting
from jacana.pipeline.voting import ContributionInvalidError, ContributionOffError, Proposal


@pytest.fixture
def server() -> Iterator[HashSharingSandbox]:
    with HashSharingSandbox([Account("us", "secret", 1, "Us")]) as running:
        yield running


@pytest.fixture
def followed(prepared_folder: Path, server: HashSharingSandbox, monkeypatch: pytest.MonkeyPatch, run_verb) -> None:
    for name, value in {
        "NCMEC_HASH_ENVIRONMENT": "sandbox",
        "NCMEC_HASH_SANDBOX_URL": server.url,
        "NCMEC_HASH_USERNAME": "us",
        "NCMEC_HASH_PASSWORD": "secret",
    }.items():
        monkeypatch.setenv(f"JACANA_{name}", value)
    run_verb(bank.app, "create", "shared", "--source", "drawn", "--origin", "ncmec")
    assert run_verb(bank.app, "sync").exit_code == 0


def test_nothing_to_vote_on_is_said(followed: None, run_verb) -> None:
    result = run_verb(bank.app, "votes")
    assert "no decision suggests a vote" in result.stdout
    assert "no votes were cast" in result.stdout


def test_what_decisions_suggest_is_listed(followed: None, run_verb, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Proposal("finding_1", "upload_1", "b", "shared", "entry_1", "decision_1", False, "MD5", ("MD5", "PDQ"), False)
    monkeypatch.setattr(voting, "list_proposals", lambda *_arguments: [one])
    result = run_verb(bank.app, "votes")
    assert all(word in result.stdout for word in ("finding_1", "decision_1", "disagree", "MD5, PDQ"))


def test_reasons_are_the_exchanges_own(followed: None, run_verb) -> None:
    result = run_verb(bank.app, "reasons", "shared", "--signal", "PDQ")
    assert all(guid in result.stdout for guid in REASONS)


def test_a_vote_says_which_way(followed: None, run_verb) -> None:
    assert run_verb(bank.app, "vote", "finding_1").exit_code == 2
    assert isinstance(run_verb(bank.app, "vote", "finding_1", "--agree").exception, VoteUnknownError)


def test_sharing_is_for_ones_own_and_not_for_production(followed: None, run_verb) -> None:
    foreign = run_verb(bank.app, "share", "shared", "--entry", "entry_1", "--to", "sandbox")
    assert isinstance(foreign.exception, ContributionInvalidError)
    production = run_verb(bank.app, "share", "shared", "--entry", "entry_1", "--to", "ncmec-industry")
    assert isinstance(production.exception, ContributionOffError)
