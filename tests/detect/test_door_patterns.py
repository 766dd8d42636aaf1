from datetime import UTC, datetime, timedelta

import pytest

from jacana.detect.accounts.door.patterns import (
    MOST_FINDINGS,
    NAME_ALONE,
    NAME_WEIGHT,
    OLDER_MOST,
    Banned,
    Pattern,
    SessionCheck,
    Sign,
    find_patterns,
    weigh_device,
    weigh_time,
)
from jacana.model.ban import DeviceTier

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LONG_AGO = Banned("anna", NOW - timedelta(days=90), "decision_1")
JUST_NOW = Banned("anna", NOW - timedelta(hours=1), "decision_1")
SIGN_UP = SessionCheck("sign_up", NOW, "new")
NAME = (Pattern.SIMILAR_NAME, NAME_WEIGHT, "A name.")
DEVICE = (Pattern.SAME_DEVICE, 0.5, "A device.", DeviceTier.TAG, "ban_1")


def find(check: SessionCheck, parent: Banned, *signs):
    return find_patterns(check, [Sign(parent, *sign) for sign in signs])


@pytest.mark.parametrize(
    ("days", "weight"),
    [pytest.param(-1, 0, id="before"), pytest.param(1, 0.5, id="soon"), pytest.param(20, 0.25, id="a month"),
     pytest.param(31, 0, id="later")],
)  # fmt: skip
def test_time_counts_for_a_month(days: int, weight: float) -> None:
    assert weigh_time(NOW + timedelta(days=days), NOW) == weight


def test_the_device_of_a_later_ban_accuses_no_older_account() -> None:
    older = SessionCheck("log_in", NOW, "mother", created_at=NOW - timedelta(days=400))
    for tier in DeviceTier:
        assert weigh_device(older, tier, NOW) <= OLDER_MOST < 0.8
    assert weigh_device(SIGN_UP, DeviceTier.NO_NEW_ACCOUNT, NOW) >= 0.8
    weights = [weigh_device(SIGN_UP, tier, NOW) for tier in DeviceTier]
    assert weights == sorted(weights)


@pytest.mark.parametrize(
    ("parent", "signs", "patterns", "acts"),
    [
        pytest.param(LONG_AGO, [NAME], "similar_name", False, id="a name alone"),
        pytest.param(LONG_AGO, [DEVICE], "same_device", False, id="a tagged device alone"),
        pytest.param(LONG_AGO, [NAME, DEVICE], "same_device,similar_name", True, id="a name on a device"),
        pytest.param(JUST_NOW, [NAME], "similar_name,new_after_ban", True, id="a name soon after"),
        pytest.param(JUST_NOW, [DEVICE], "same_device,new_after_ban", False, id="a pool soon after"),
        pytest.param(
            LONG_AGO, [NAME, (Pattern.SAME_CONTENT, 0.5, "A file.")], "same_content,similar_name", True,
            id="a name with a file",
        ),
    ],
)  # fmt: skip
def test_signs_count_together(parent: Banned, signs, patterns: str, acts: bool) -> None:
    (finding,) = find(SIGN_UP, parent, *signs)
    assert finding.details["patterns"] == patterns
    assert finding.details["pattern"] == patterns.partition(",")[0]
    assert (finding.score >= 0.8) is acts


def test_a_name_alone_is_capped_even_on_a_known_network() -> None:
    (finding,) = find(SIGN_UP, LONG_AGO, (Pattern.SIMILAR_NAME, 0.7, "A name."))
    assert finding.score == NAME_ALONE


def test_time_counts_beside_another_sign_only_and_not_at_a_log_in() -> None:
    assert find_patterns(SIGN_UP, []) == []
    (finding,) = find(SessionCheck("log_in", NOW, "old"), JUST_NOW, NAME)
    assert finding.details["patterns"] == "similar_name"
    made = SessionCheck("log_in", NOW, "new", created_at=NOW - timedelta(minutes=5))
    (finding,) = find(made, JUST_NOW, NAME)
    assert finding.details["patterns"] == "similar_name,new_after_ban"


def test_of_one_pattern_the_strongest_sign_counts() -> None:
    block = (Pattern.SAME_DEVICE, 0.95, "Blocked.", DeviceTier.BLOCK, "ban_2")
    (finding,) = find(SIGN_UP, LONG_AGO, DEVICE, block)
    assert (finding.score, finding.details["device_tier"], finding.details["ban_id"]) == (0.95, 3, "ban_2")


def test_one_finding_for_each_banned_account_the_surest_first() -> None:
    parents = [Banned(f"b{place}", LONG_AGO.banned_at, "d") for place in range(5)]
    signs = [Sign(parent, Pattern.SAME_CONTENT, 0.1 * place, "A file.") for place, parent in enumerate(parents)]
    found = find_patterns(SIGN_UP, signs)
    assert [finding.details["linked_to"] for finding in found] == ["b4", "b3", "b2"]
    assert len(found) == MOST_FINDINGS


def test_the_same_statement_has_the_same_id() -> None:
    later = SessionCheck("sign_up", NOW + timedelta(days=1), "new", event_id="event_2")
    assert find(SIGN_UP, LONG_AGO, NAME)[0].id == find(later, LONG_AGO, NAME)[0].id
    assert find(SIGN_UP, LONG_AGO, NAME)[0].id != find(SIGN_UP, LONG_AGO, DEVICE)[0].id
    assert len(find(SIGN_UP, LONG_AGO, NAME)[0].id) <= 64
