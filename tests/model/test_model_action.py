"""Actions: every one can be undone, and what may destroy evidence is named."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from jacana.model.action import DESTRUCTIVE, INVERSE, Action, ActionKind, ActionState, TargetKind


def test_every_kind_has_an_inverse_and_its_inverse_is_itself():
    assert set(INVERSE) == set(ActionKind)
    for kind, inverse in INVERSE.items():
        assert inverse is not kind
        assert INVERSE[inverse] is kind


def test_an_inverse_is_about_the_same_sort_of_target():
    def target(kind: ActionKind) -> str:
        if kind in (ActionKind.FORCE_REAUTH, ActionKind.LIFT_REAUTH):
            return "account"
        return kind.value.rpartition("_")[2] if "_" in kind.value else "upload"

    for kind, inverse in INVERSE.items():
        assert target(kind) == target(inverse)
        assert TargetKind(target(kind))


def test_undoing_what_is_destructive_is_not_destructive():
    assert set(DESTRUCTIVE) == {ActionKind.REMOVE, ActionKind.BAN_ACCOUNT, ActionKind.BAN_DEVICE}
    assert not {INVERSE[kind] for kind in DESTRUCTIVE} & DESTRUCTIVE


def test_stored_names_never_change():
    assert [kind.value for kind in ActionKind] == [
        "hold",
        "release",
        "remove",
        "restore",
        "suspend_account",
        "reinstate_account",
        "ban_account",
        "unban_account",
        "ban_device",
        "unban_device",
        "force_reauth",
        "lift_reauth",
    ]
    assert [state.value for state in ActionState] == ["pending", "delivered", "dead", "cancelled"]
    assert [kind.value for kind in TargetKind] == ["upload", "account", "device"]


def test_an_action_cannot_be_changed():
    action = Action(
        "act_1",
        ActionKind.HOLD,
        TargetKind.UPLOAD,
        "clip-1",
        "anna",
        None,
        "known material",
        None,
        "policy:x",
        ActionState.PENDING,
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(FrozenInstanceError):
        action.state = ActionState.DELIVERED
    assert not hasattr(action, "__dict__")
    assert (action.attempts, action.receipt_hold_id, action.superseded_by) == (0, None, None)
