"""Findings: stored names stay, statements cannot be changed, and two never share their details."""

from dataclasses import FrozenInstanceError, fields

import pytest

from jacana.model.finding import BankMatch, Finding, FindingKind, FrameMatch

FRAME = FrameMatch(1.5, 90, 1.4, 12)
MATCH = BankMatch("bank_1", "list", "a hotline", None, ("hold",), "entry_1", "clip", 3.0, 0.5, 12, False, (FRAME,))


def make_finding() -> Finding:
    return Finding("find_1", "upload_1", "0" * 64, FindingKind.BANK_MATCH, "media", "1", 1.0, ("a reason",), MATCH)


def test_stored_names_never_change():
    assert [kind.value for kind in FindingKind] == [
        "bank_match",
        "media_unreadable",
        "confirmed_copy",
        "screening_failed",
        "benign_match",
        "lookup_match",
        "lookup_silent",
        "classifier_score",
        "classifier_silent",
    ]


@pytest.mark.parametrize("thing", [FRAME, MATCH, make_finding()])
def test_nothing_is_changed_in_place(thing):
    with pytest.raises(FrozenInstanceError):
        setattr(thing, fields(thing)[0].name, "other")
    assert not hasattr(thing, "__dict__")


def test_findings_do_not_share_their_details():
    one, other = make_finding(), make_finding()
    one.details["note"] = "x"
    assert other.details == {}
    assert one != other
