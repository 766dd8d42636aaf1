from dataclasses import replace

import pytest
from act_orders import make_order

from jacana.act.order import PreservationMissingError, find_standing, list_rivals, require_preservation
from jacana.model.action import DESTRUCTIVE, INVERSE, Action, ActionKind, ActionState, TargetKind
from jacana.model.clock import utc_now


def make_action(id: str, kind=ActionKind.HOLD, state=ActionState.DELIVERED, reverses=None) -> Action:
    return Action(
        id, kind, TargetKind.UPLOAD, "clip-1", "anna", None, "", None, "system", state, utc_now(), reverses=reverses
    )


def test_same_kind_target_and_cause_make_the_same_key():
    order = make_order(ActionKind.HOLD)
    assert order.dedupe_key() == make_order(ActionKind.HOLD, reason="other words").dedupe_key()
    assert order.dedupe_key() != replace(order, kind=ActionKind.RELEASE).dedupe_key()
    assert order.dedupe_key() != replace(order, cause="dec_2").dedupe_key()
    assert order.dedupe_key() != replace(order, target_id="clip-2").dedupe_key()
    assert order.dedupe_key() != replace(order, target_kind=TargetKind.ACCOUNT).dedupe_key()


@pytest.mark.parametrize("kind", list(ActionKind))
def test_an_action_and_its_inverse_rival_each_other_and_only_their_own(kind):
    rivals = list_rivals(kind)
    assert {kind, INVERSE[kind]} <= rivals
    assert all(list_rivals(other) == rivals for other in rivals)
    assert (ActionKind.FORCE_REAUTH in rivals) == (kind in (ActionKind.FORCE_REAUTH, ActionKind.LIFT_REAUTH))


def test_key_fits_its_column_for_the_longest_ids():
    order = make_order(ActionKind.REINSTATE_ACCOUNT, target="t" * 200, cause="c" * 64)
    assert len(order.dedupe_key()) <= 200


@pytest.mark.parametrize("kind", list(ActionKind))
def test_exactly_the_destructive_kinds_need_a_receipt(kind):
    require_preservation(kind, "hold_1")
    if kind not in DESTRUCTIVE:
        require_preservation(kind, None)
        return
    for missing in (None, ""):
        with pytest.raises(PreservationMissingError):
            require_preservation(kind, missing)


def test_reversed_pairs_and_cancelled_actions_do_not_stand():
    remove = make_action("act_2", ActionKind.REMOVE)
    restore = make_action("act_3", INVERSE[ActionKind.REMOVE], reverses="act_2")
    again = make_action("act_4", ActionKind.REMOVE, reverses="act_3")
    back = make_action("act_5", ActionKind.RESTORE, reverses="act_4")
    assert find_standing([]) is None
    assert find_standing([remove]) == remove
    assert find_standing([remove, restore]) is None
    assert find_standing([remove, restore, again]) == again
    assert find_standing([remove, restore, again, back]) is None
    assert find_standing([make_action("act_6", state=ActionState.CANCELLED)]) is None
    assert find_standing([remove, make_action("act_7", state=ActionState.CANCELLED, reverses="act_2")]) == remove
