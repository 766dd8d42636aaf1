from datetime import UTC, datetime

import pytest
from decide_cases import make_facts, make_match

from jacana.decide.fact import (
    ALWAYS,
    AccountInput,
    FactPath,
    detail_of,
    names_of,
    of_any,
    of_finding,
    of_upload,
    of_words,
)
from jacana.model.account import Account
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.decision import Moment

ABOUT_ACCOUNT = AccountFinding(
    "find_1",
    "anna",
    AccountFindingKind.VAULT_ACCOUNT,
    "accounts.vault",
    "1",
    0.7,
    ("Because.",),
    datetime(2026, 11, 22, tzinfo=UTC),
    details={"independent_clusters": 5, "pattern": 7, "repeated": True},
)
FACTS = AccountInput(Account("anna"), (ABOUT_ACCOUNT,))


def test_a_reader_of_uploads_knows_nothing_of_accounts_and_the_other_way_round() -> None:
    assert of_any(lambda f: f.score)(FACTS, ABOUT_ACCOUNT) == 0.7
    assert of_any(lambda f: f.score)(FACTS, None) is None
    assert of_finding(lambda f: f.sha256)(FACTS, ABOUT_ACCOUNT) is None
    assert of_upload(lambda u: u.id)(FACTS, ABOUT_ACCOUNT) is None
    assert of_words(lambda f: f.account_id)(make_facts(make_match()), make_match()) is None


def test_a_detail_of_another_type_than_promised_is_not_known() -> None:
    assert detail_of("independent_clusters", int)(FACTS, ABOUT_ACCOUNT) == 5
    assert detail_of("pattern", str)(FACTS, ABOUT_ACCOUNT) is None
    assert detail_of("repeated", int)(FACTS, ABOUT_ACCOUNT) is None  # True is no number
    assert detail_of("missing", str)(FACTS, ABOUT_ACCOUNT) is None


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (FactPath("a.b", "flag", "", lambda *_: None), "true or false"),
        (FactPath("a.b", "number", "", lambda *_: None, high=1), "number, 0 to 1"),
        (FactPath("a.b", "number", "", lambda *_: None, low=1, high=5, whole=True), "whole number, 1 to 5"),
        (FactPath("a.b", "text", "", lambda *_: None, optional=True), "text, may be unknown"),
        (FactPath("a.b", "choice", "", lambda *_: None, choices=("x", "y")), 'one of "x", "y"'),
    ],
    ids=["flag", "number", "whole", "text", "choice"],
)
def test_says_its_type_in_words(fact: FactPath, words: str) -> None:
    assert (fact.describe_type(), fact.root) == (words, "a")


def test_names_are_the_stored_values() -> None:
    assert names_of(Moment) == tuple(moment.value for moment in Moment)
    assert frozenset(Moment) == ALWAYS
