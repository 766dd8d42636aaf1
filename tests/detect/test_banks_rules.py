"""What a bank may be: the mildest by default, and never more than its trust carries."""

import pytest

from jacana.detect.media.banks.rules import LEAD_MAY_CAUSE, BankInvalidError, check_choice, default_may_cause
from jacana.model.bank import BankRole
from jacana.model.decision import EffectKind


def test_defaults_never_last() -> None:
    assert default_may_cause(BankRole.KNOWN) == ("hold", "open_case")
    assert default_may_cause(BankRole.BENIGN) == ()
    assert {EffectKind(effect) for effect in LEAD_MAY_CAUSE} == {EffectKind.HOLD, EffectKind.OPEN_CASE}


def test_a_choice_that_is_none_gets_a_hint() -> None:
    check_choice("a", ["a"], "f")
    with pytest.raises(BankInvalidError) as caught:
        check_choice("holld", ["hold", "release"], "may_cause")
    assert (caught.value.field, caught.value.remedy) == ("may_cause", "did you mean hold?")
    with pytest.raises(BankInvalidError) as caught:
        check_choice("xyz", ["hold", "release"], "may_cause")
    assert caught.value.remedy == "use one of hold, release"
