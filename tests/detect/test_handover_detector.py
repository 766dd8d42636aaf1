"""A hand-over becomes a finding without the password, with the user name only as a keyed hash."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jacana.db.sealing import FieldSealer
from jacana.detect.text.handover.detector import OTHER_THING_SCORE, HandoverDetector, find_context
from jacana.detect.text.item import TextItem
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, TextField

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ITEM = TextItem("event_1:comment", "user: moonfan22 pass: sunny123", TextField.COMMENT, None, "anna", "event_1")


@pytest.fixture
def detector() -> HandoverDetector:
    return HandoverDetector(FieldSealer(b"k" * 32))


def detect(detector: HandoverDetector, text: str, **changed: object) -> AccountFinding | None:
    return detector.detect(replace(ITEM, text=text, **changed), NOW)


def test_a_pair_is_an_attempt_to_distribute(detector) -> None:
    finding = detect(detector, ITEM.text)
    assert (finding.kind, finding.attempt) == (AccountFindingKind.LOGIN_HANDOVER, Attempt.DISTRIBUTE)
    assert (finding.account_id, finding.event_id, finding.field) == ("anna", "event_1", TextField.COMMENT)
    assert finding.score == 0.9
    assert finding.reasons == ("A comment hands over a user name and a password at characters 1 to 30.",)
    assert ITEM.text[finding.details["secret_start"] : finding.details["secret_end"]] == "sunny123"


def test_neither_password_nor_user_name_is_in_it(detector) -> None:
    said = repr(detect(detector, ITEM.text))
    assert "sunny123" not in said and "moonfan22" not in said


def test_the_same_name_has_the_same_key_however_it_is_written(detector) -> None:
    keys = {
        detect(detector, text).details["handle_key"]
        for text in (
            "user: MoonFan22 pass: sunny123",
            "pw: Other!99 for @moonfan22",
            "log in with ｍoonfan22 / Sunny!12",
        )
    }
    assert len(keys) == 1
    assert detector.key_of("moonfan22") in keys
    assert HandoverDetector(FieldSealer(b"x" * 32)).key_of("moonfan22") not in keys


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("moon@mail.example:Sunny99", 0.8),
        ("log in with moonfan22 / Sunny!12", 0.7),
        ("pw: Sunny123 for @moonfan22", 0.6),
        ("pw: Sunny123", 0.5),
        ("new acc moonfan22 | Sunny!12x", 0.5),
    ],
    ids=["combined", "phrase", "named", "alone", "bare"],
)
def test_the_score_says_how_sure_it_is(detector, text: str, score: float) -> None:
    assert detect(detector, text).score == score


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("Free WiFi at the café! password: Coffee123", "wireless"),
        ("WLAN Passwort: Kaffee123", "wireless"),
        ("zoom meeting id: 81234567 passcode: 447123", "meeting"),
        ("room id: 44512 password: 1234", "room"),
    ],
    ids=["wifi", "wlan", "zoom", "room"],
)
def test_what_many_share_innocently_counts_for_little(detector, text: str, context: str) -> None:
    finding = detect(detector, text)
    assert (finding.score, finding.details["context"]) == (OTHER_THING_SCORE, context)
    assert "handle_key" not in finding.details, "the same network's password again is no repetition"
    assert find_context("a day out") is None


def test_a_search_hands_nothing_over(detector) -> None:
    assert detect(detector, ITEM.text, field=TextField.SEARCH) is None


def test_innocent_texts_are_no_findings(detector) -> None:
    assert detect(detector, "I forgot my password") is None


def test_a_new_password_is_a_new_statement_and_a_repeated_bio_is_not(detector) -> None:
    first = detect(detector, ITEM.text, field=TextField.BIO)
    assert detect(detector, ITEM.text, field=TextField.BIO, event_id="event_2").id == first.id
    assert detect(detector, "user: moonfan22 pass: sunny124", field=TextField.BIO, event_id="event_2").id != first.id
    assert detect(detector, ITEM.text, event_id="event_2").id != detect(detector, ITEM.text).id
