from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from jacana.model.tie import Tie, TieKind

AT = datetime(2026, 11, 22, tzinfo=UTC)


def test_stored_names_never_change() -> None:
    assert [kind.value for kind in TieKind] == [
        "device",
        "payment",
        "recovery_email",
        "recovery_phone",
        "content",
        "invitation",
        "network",
    ]


def test_a_tie_vouches_for_nothing_unless_told_and_cannot_be_changed() -> None:
    tie = Tie(TieKind.DEVICE, "key", "anna", AT, AT)
    assert (tie.sessions, tie.attested) == (1, False)
    with pytest.raises(FrozenInstanceError):
        tie.sessions = 2
