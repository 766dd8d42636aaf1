"""Decisions: stored names stay, every enforcing effect has its action, lanes run from worst to least."""

from dataclasses import FrozenInstanceError, fields

import pytest

from jacana.model.action import ActionKind
from jacana.model.decision import (
    Decision,
    Effect,
    EffectKind,
    Evaluation,
    FiredRule,
    Lane,
    Moment,
    WithheldEffect,
)

EFFECT = Effect(EffectKind.HOLD, "known-material", "known material")
FIRED = FiredRule("known-material", {"finding.score": "1.0"}, "find_1")
EVALUATION = Evaluation("default@0", Moment.UPLOAD, (FIRED,), (EFFECT,), ())


def test_stored_names_never_change():
    assert [kind.value for kind in EffectKind] == [
        "hold",
        "release",
        "remove",
        "suspend_account",
        "reinstate_account",
        "ban_account",
        "ban_device",
        "open_case",
        "draft_report",
        "force_reauth",
        "screen_private",
        "allow",
        "deter",
        "challenge",
        "refuse",
    ]
    assert [moment.value for moment in Moment] == [
        "upload",
        "verdict",
        "account",
        "account_verdict",
        "text",
        "session",
    ]


def test_lanes_run_from_worst_to_least():
    assert [lane.value for lane in Lane] == ["apparent_csam", "imminent_harm", "review", "accounts", "unreadable"]


def test_every_effect_on_the_network_is_named_like_its_action():
    inward = {EffectKind.OPEN_CASE, EffectKind.DRAFT_REPORT, EffectKind.SCREEN_PRIVATE}
    answers = {EffectKind.ALLOW, EffectKind.DETER, EffectKind.CHALLENGE, EffectKind.REFUSE}
    for effect in set(EffectKind) - inward - answers:
        assert ActionKind(effect.value)


@pytest.mark.parametrize(
    "thing",
    [
        EFFECT,
        FIRED,
        EVALUATION,
        WithheldEffect(EFFECT, "the bank may not cause it"),
        Decision("dec_1", "upload_1", "anna", EVALUATION),
    ],
)
def test_nothing_is_changed_in_place(thing):
    with pytest.raises(FrozenInstanceError):
        setattr(thing, fields(thing)[0].name, "other")
    assert not hasattr(thing, "__dict__")
