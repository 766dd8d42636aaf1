"""What a bank may be: the mildest by default, and never more than its trust carries."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jacana.detect.media.banks.rules import (
    DEFAULT_REASON,
    LEAD_MAY_CAUSE,
    BankInvalidError,
    check_choice,
    default_may_cause,
    explain_thresholds,
    refuse_unusable,
)
from jacana.detect.media.hashing.frames import RECORD, WINDOW_RECORD
from jacana.detect.media.index.address import MAX_ROWS
from jacana.model.bank import Bank, BankEntry, BankRole, RowProblem
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


def test_thresholds_are_explained_by_who_set_them_or_by_the_defaults() -> None:
    bank = Bank("bank_1", "b1", "s", None, ("hold",), 31, 50, 1.0, datetime(2026, 11, 22, tzinfo=UTC))
    assert explain_thresholds(bank) == DEFAULT_REASON
    assert explain_thresholds(replace(bank, max_distance=20)) == ""
    assert explain_thresholds(replace(bank, max_distance=20, threshold_reason="measured")) == "measured"


def test_an_entry_that_the_index_cannot_hold_is_refused_and_the_rest_is_taken() -> None:
    """It would stop every search."""
    most = BankEntry("most", frames=bytes(RECORD.itemsize * MAX_ROWS))
    more = replace(most, label="more", windows=bytes(WINDOW_RECORD.itemsize), source_id="s1")
    torn = BankEntry("torn", frames=b"123")
    earlier = RowProblem(3, "md5", "no digest", "give one")
    kept, problems = refuse_unusable([most, more, torn], [earlier])
    assert kept == [most]
    assert problems[0] == earlier
    assert [(each.field, each.reference) for each in problems[1:]] == [("frames", "s1"), ("frames", "")]
    assert str(MAX_ROWS + 1) in problems[1].message
