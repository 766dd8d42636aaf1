"""The same log-in handed over again is known, whoever hands it over and however often the batch is replayed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jacana.db.sealing import FieldSealer
from jacana.detect.text.handover.detector import HandoverDetector
from jacana.detect.text.handover.store import REPEATED_SCORE, forget_handovers, note_handovers
from jacana.detect.text.item import TextItem
from jacana.model.account_finding import AccountFinding, AccountFindingKind, TextField

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DETECTOR = HandoverDetector(FieldSealer(b"k" * 32))


def make_finding(number: int, handle: str = "moonfan22", account_id: str = "anna") -> AccountFinding:
    text = f"user: {handle} pass: sunny123"
    item = TextItem(f"{number}", text, TextField.COMMENT, None, account_id, f"event_{number}")
    return DETECTOR.detect(item, NOW)


def test_the_second_hand_over_is_a_repetition(database) -> None:
    with database.write() as connection:
        (first,) = note_handovers(connection, [make_finding(1)], NOW)
        (second,) = note_handovers(connection, [make_finding(2, account_id="berta")], NOW)
        (third,) = note_handovers(connection, [make_finding(3, "MOONFAN22")], NOW)
        (other,) = note_handovers(connection, [make_finding(4, "starfan9")], NOW)
    assert (first.details["repeated"], first.score) == (False, 0.9)
    assert (second.details["repeated"], second.score) == (True, REPEATED_SCORE)
    assert second.reasons[-1] == "The same log-in was handed over once before."
    assert third.reasons[-1] == "The same log-in was handed over 2 times before."
    assert third.details["handed_over_before"] == 2
    assert other.details["repeated"] is False


def test_a_replay_remembers_nothing_twice(database) -> None:
    findings = [make_finding(1), make_finding(2)]
    with database.write() as connection:
        first = note_handovers(connection, findings, NOW)
        assert [finding.details["repeated"] for finding in first] == [False, True]
        again = note_handovers(connection, findings, NOW)
        assert [finding.details.get("repeated") for finding in again] == [None, None], "they are recorded already"
        (third,) = note_handovers(connection, [make_finding(3)], NOW)
    assert third.details["handed_over_before"] == 2


def test_other_findings_pass_through_in_order(database) -> None:
    hit = replace(make_finding(1), id="find_term_hit_1", kind=AccountFindingKind.TERM_HIT)
    wireless = DETECTOR.detect(TextItem("9", "wifi password: Coffee123", TextField.BIO), NOW)
    with database.write() as connection:
        assert note_handovers(connection, [hit, wireless], NOW) == [hit, wireless]
        assert note_handovers(connection, [], NOW) == []
        noted = note_handovers(connection, [hit, make_finding(2), wireless], NOW)
    assert [finding.id for finding in noted] == [hit.id, make_finding(2).id, wireless.id]
    assert noted[1].details["repeated"] is False


def test_many_at_once(database) -> None:
    with database.write() as connection:
        noted = note_handovers(connection, [make_finding(number, f"fan{number % 600}") for number in range(1200)], NOW)
    assert sum(bool(finding.details["repeated"]) for finding in noted) == 600


@pytest.mark.parametrize(("days", "gone"), [(0, 0), (1, 1)], ids=["young", "old"])
def test_what_is_old_is_forgotten(database, days: int, gone: int) -> None:
    with database.write() as connection:
        note_handovers(connection, [make_finding(1)], NOW - timedelta(hours=1))
        assert forget_handovers(connection, NOW - timedelta(days=1) + timedelta(days=days)) == gone
        (again,) = note_handovers(connection, [make_finding(2)], NOW)
    assert again.details["repeated"] is not bool(gone)
