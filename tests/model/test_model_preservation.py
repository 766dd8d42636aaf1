"""Preservation: stored names stay; a receipt is complete or does not exist; neither it nor a hold can be changed."""

from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime

import pytest

from jacana.model.preservation import Hold, HoldReason, PreservationReceipt

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
RECEIPT = PreservationReceipt("0" * 64, 1, MOMENT, "hold_1")
HOLD = Hold("hold_1", "0" * 64, HoldReason.SCREENING, "upload_1", MOMENT, None)


def test_stored_names_never_change():
    assert [reason.value for reason in HoldReason] == ["screening", "report", "context"]


@pytest.mark.parametrize("left_out", [item.name for item in fields(PreservationReceipt)])
def test_a_receipt_is_complete_or_does_not_exist(left_out):
    values = {item.name: getattr(RECEIPT, item.name) for item in fields(RECEIPT) if item.name != left_out}
    with pytest.raises(TypeError, match=left_out):
        PreservationReceipt(**values)


@pytest.mark.parametrize("thing", [RECEIPT, HOLD])
def test_nothing_is_changed_in_place(thing):
    with pytest.raises(FrozenInstanceError):
        setattr(thing, fields(thing)[0].name, "other")
    assert not hasattr(thing, "__dict__")


def test_a_hold_without_an_end_is_in_force_until_released():
    assert (HOLD.ends_at, HOLD.released_at) == (None, None)
