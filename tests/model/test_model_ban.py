from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from jacana.model.ban import Appeal, AppealState, BanState, DeviceBan, DeviceTier

AT = datetime(2026, 11, 22, tzinfo=UTC)


def test_tiers_run_from_a_tag_to_a_block() -> None:
    assert [(tier.name, tier.value) for tier in DeviceTier] == [
        ("TAG", 0),
        ("NO_NEW_ACCOUNT", 1),
        ("REVERIFY", 2),
        ("BLOCK", 3),
    ]
    assert DeviceTier.TAG < DeviceTier.BLOCK


def test_stored_names_never_change() -> None:
    assert [state.value for state in BanState] == ["standing", "lifted", "expired"]
    assert [state.value for state in AppealState] == ["open", "granted", "denied"]


def test_a_ban_and_an_appeal_begin_standing_and_open_and_cannot_be_changed() -> None:
    ban = DeviceBan("ban_1", "key", DeviceTier.TAG, "anna", "dec_1", "because", AT, AT)
    appeal = Appeal("appeal_1", "anna", None, False, AppealState.OPEN, AT)
    assert (ban.state, ban.ended_at, appeal.decided_at) == (BanState.STANDING, None, None)
    for thing, name in ((ban, "tier"), (appeal, "state")):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, name, None)
