from dataclasses import replace
from pathlib import Path

import pytest
from decide_cases import make_facts, make_finding, make_match, make_media, make_upload

from jacana.decide.account_paths import ACCOUNT_FACTS
from jacana.decide.fact import NOT_KNOWN
from jacana.decide.paths import FACT_PATHS, read_values, show_value
from jacana.model.account import Account, AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.model.finding import FindingKind
from jacana.model.media import MediaKind
from jacana.model.upload import Visibility
from jacana.model.verdict import Classification, Verdict

DOCS = Path(__file__).parents[2] / "docs" / "policy.md"


def test_reads_every_fact_from_what_was_found() -> None:
    facts = make_facts(
        verdict=Verdict.CONFIRMED,
        classification=Classification.B2,
        upload=make_upload(visibility=Visibility.PUBLIC, media_type="video/mp4", device_key="d"),
        account=Account("a", AccountState.SUSPENDED, declared_age=15, upload_count=3, confirmed_count=2),
        media=make_media(duration_seconds=12.5, problem="truncated"),
    )
    values = read_values(facts, make_match())
    assert all(values[path.name] is None for path in ACCOUNT_FACTS)
    assert {name: value for name, value in values.items() if name not in {path.name for path in ACCOUNT_FACTS}} == {
        "finding.kind": "bank_match",
        "finding.detector": "media.test",
        "finding.score": 1.0,
        "finding.bank": "known",
        "finding.source": "a hotline",
        "finding.classification": "A1",
        "finding.matched_seconds": 9.5,
        "finding.matched_fraction": 0.875,
        "finding.nearest": 4,
        "finding.exact": False,
        "finding.service": None,
        "finding.label": None,
        "finding.given_up": None,
        "upload.visibility": "public",
        "upload.size_bytes": 1000,
        "upload.media_type": "video/mp4",
        "upload.has_device": True,
        "account.state": "suspended",
        "account.upload_count": 3,
        "account.confirmed_count": 2,
        "account.declared_age": 15,
        "account.organisation": False,
        "media.kind": "video",
        "media.readable": True,
        "media.duration_seconds": 12.5,
        "media.problem": "truncated",
        "verdict.kind": "confirmed",
        "verdict.classification": "B2",
    }


def test_what_nobody_told_us_is_unknown() -> None:
    values = read_values(make_facts(media=None), make_finding(FindingKind.SCREENING_FAILED))
    unknown = {name for name, value in values.items() if value is None}
    optional = {name for name, path in FACT_PATHS.items() if path.optional}
    assert unknown == optional | {"verdict.kind", "verdict.account", "session.kind"}


def test_a_match_that_was_set_aside_is_no_match() -> None:
    aside = replace(make_match(), kind=FindingKind.BENIGN_MATCH)
    values = read_values(make_facts(aside), aside)
    assert values["finding.kind"] == "benign_match"
    assert values["finding.bank"] is values["finding.nearest"] is values["finding.exact"] is None


@pytest.mark.parametrize("given_up", [True, False])
def test_says_who_outside_spoke_or_was_silent(given_up: bool) -> None:
    details = {"service": "arachnid", "given_up": "true" if given_up else "false"}
    silence = make_finding(FindingKind.LOOKUP_SILENT, details=details)
    values = read_values(make_facts(silence), silence)
    assert (values["finding.service"], values["finding.given_up"]) == ("arachnid", given_up)
    score = make_finding(FindingKind.CLASSIFIER_SCORE, score=0.7, details={"service": "c", "label": "minor"})
    values = read_values(make_facts(score), score)
    assert (values["finding.label"], values["finding.score"]) == ("minor", 0.7)


def test_without_a_finding_its_facts_are_unknown() -> None:
    values = read_values(make_facts(media=make_media(MediaKind.UNREADABLE)), None)
    assert all(value is None for name, value in values.items() if name.startswith("finding."))
    assert values["media.readable"] is False


def test_every_fact_stands_in_the_docs_with_its_type() -> None:
    text = DOCS.read_text()
    for path in FACT_PATHS.values():
        assert f"| `{path.name}` | {path.describe_type()} | {path.meaning} |" in text


def test_every_kind_of_finding_stands_in_the_docs() -> None:
    text = DOCS.read_text()
    assert all(f"`{kind}`" in text for kind in (*FindingKind, *AccountFindingKind))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, NOT_KNOWN),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (0.87654321, "0.8765"),
        (12345.678, "12345.7"),
        ("a\x1b[2Jb\n", "a?[2Jb?"),
        ("x" * 500, "x" * 200),
    ],
)
def test_shows_values_as_plain_text(value: object, shown: str) -> None:
    assert show_value(value) == shown  # type: ignore[arg-type]
