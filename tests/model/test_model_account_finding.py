"""Findings about accounts: stored names stay, nothing changes in place, the worst term counts."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TermMatch, TextField

AT = datetime(2026, 11, 22, tzinfo=UTC)


def make(*severities: int) -> AccountFinding:
    matches = tuple(TermMatch(f"term_{n}", 0, 3, Look.FOLDED, n, "active") for n in severities)
    return AccountFinding(
        "find_1", "anna", AccountFindingKind.TERM_HIT, "lexicon", "1", 0.5, ("Because.",), AT, matches=matches
    )


def test_stored_names_never_change() -> None:
    assert [kind.value for kind in AccountFindingKind] == [
        "term_hit",
        "login_handover",
        "vault_account",
        "linked_account",
        "ban_evasion",
        "screening_down",
    ]
    assert [attempt.value for attempt in Attempt] == ["publish", "obtain", "distribute"]
    assert [field.value for field in TextField] == [
        "caption",
        "screen_name",
        "display_name",
        "bio",
        "comment",
        "message",
        "search",
    ]
    assert [look.value for look in Look] == ["folded", "canonical", "sound", "fuzzy", "substring", "segment"]


def test_the_worst_term_says_how_severe_it_is() -> None:
    assert make(2, 5, 1).severity == 5
    assert make().severity is None


def test_a_finding_cannot_be_changed_and_details_are_its_own() -> None:
    finding = make(1)
    with pytest.raises(FrozenInstanceError):
        finding.score = 1.0
    assert finding.details == {}
    assert finding.details is not make(1).details
