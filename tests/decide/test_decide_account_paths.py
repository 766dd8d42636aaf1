from datetime import UTC, datetime

from jacana.decide.account_paths import ACCOUNT_FACTS
from jacana.decide.fact import OF_FILES, AccountInput
from jacana.decide.paths import FACT_PATHS, read_values
from jacana.model.account import Account
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TermMatch, TextField
from jacana.model.verdict import AccountVerdict

FINDING = AccountFinding(
    "find_1",
    "anna",
    AccountFindingKind.TERM_HIT,
    "text.lexicon",
    "1",
    0.7,
    ("Because.",),
    datetime(2026, 11, 22, tzinfo=UTC),
    Attempt.OBTAIN,
    field=TextField.SEARCH,
    matches=(TermMatch("term_1", 0, 3, Look.FOLDED, 2, "active"), TermMatch("term_2", 5, 9, Look.SOUND, 4, "shadow")),
    details={
        "term_state": "active",
        "independent_clusters": 6,
        "only_me_uploads": 12,
        "device_tier": 2,
        "pattern": "same_device",
        "linked_to_confirmed": True,
        "repeated": False,
    },
)


def test_reads_what_was_found_about_an_account() -> None:
    facts = AccountInput(Account("anna", organisation=True), (FINDING,), AccountVerdict.SHARED, "sign_up")
    values = read_values(facts, FINDING)
    assert {path.name: values[path.name] for path in ACCOUNT_FACTS} == {
        "verdict.account": "shared",
        "session.kind": "sign_up",
        "finding.severity": 4,
        "finding.field": "search",
        "finding.attempt": "obtain",
        "finding.term_state": "active",
        "finding.independent_clusters": 6,
        "finding.only_me_uploads": 12,
        "finding.device_tier": 2,
        "finding.pattern": "same_device",
        "finding.linked_to_confirmed": True,
        "finding.repeated": False,
    }
    assert (values["finding.kind"], values["finding.score"]) == ("term_hit", 0.7)
    assert values["account.organisation"] is True
    assert values["verdict.kind"] is values["upload.visibility"] is values["media.kind"] is None


def test_none_of_them_is_there_when_a_file_is_decided() -> None:
    assert all(not path.moments & OF_FILES for path in ACCOUNT_FACTS)
    assert all(FACT_PATHS[path.name] is path for path in ACCOUNT_FACTS)
