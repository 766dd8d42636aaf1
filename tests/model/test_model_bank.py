"""A new bank may do the mildest things only, and all its words are effects a policy knows."""

from jacana.model.bank import DEFAULT_MAY_CAUSE, ImportResult
from jacana.model.decision import EffectKind


def test_by_default_a_bank_may_hold_and_show_to_a_person() -> None:
    assert set(DEFAULT_MAY_CAUSE) == {"hold", "open_case"}
    assert set(DEFAULT_MAY_CAUSE) <= {kind.value for kind in EffectKind}


def test_an_import_that_did_nothing_says_so() -> None:
    assert ImportResult() == ImportResult(added=0, replaced=0, unchanged=0, problems=())
