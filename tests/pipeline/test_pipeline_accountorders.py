"""Orders that follow decisions about accounts: once, in step with the account, nothing lasting without a receipt."""

import dataclasses

import pytest
from account_steps import AccountSteps

from jacana.act.order import PreservationMissingError
from jacana.audit import list_entries
from jacana.decide.store import find_account_decision, record_account_decision
from jacana.model.account_finding import AccountFindingKind
from jacana.model.action import ActionKind
from jacana.model.decision import Effect, EffectKind, Evaluation, FiredRule, Moment
from jacana.model.verdict import AccountVerdict
from jacana.pipeline import accountorders, reversal

VAULT = AccountFindingKind.VAULT_ACCOUNT


def record(steps: AccountSteps, *kinds: EffectKind, cause: str = "c", grounds: str | None = None) -> str:
    """Record a decision with these effects, as a policy of an operator's own might ask for them."""
    effects = tuple(Effect(kind, "rule", "because") for kind in kinds)
    fired = (FiredRule("rule", {}, grounds),)
    evaluation = Evaluation("own@1", Moment.ACCOUNT, fired, effects, ())
    with steps.stages.db.write() as connection:
        return record_account_decision(connection, "anna", evaluation, cause, steps.stages.clock())


def test_holding_orders_what_is_gentle_and_nothing_else(steps: AccountSteps) -> None:
    decision_id = record(
        steps, EffectKind.SUSPEND_ACCOUNT, EffectKind.BAN_ACCOUNT, EffectKind.FORCE_REAUTH, EffectKind.OPEN_CASE
    )
    accountorders.hold_account(steps.stages, "anna", decision_id)
    assert steps.kinds("anna") == [ActionKind.SUSPEND_ACCOUNT, ActionKind.FORCE_REAUTH]
    assert {action.decided_by for action in steps.actions("anna")} == {"policy:own@1"}


def test_nothing_lasting_is_ordered_without_the_sealed_record(steps: AccountSteps) -> None:
    decision_id = record(steps, EffectKind.BAN_ACCOUNT)
    with pytest.raises(PreservationMissingError):
        accountorders.act_on_account(steps.stages, "anna", decision_id)
    assert steps.actions("anna") == []


def test_a_suspended_account_is_not_suspended_again(steps: AccountSteps) -> None:
    for cause in ("a", "b"):
        accountorders.hold_account(steps.stages, "anna", record(steps, EffectKind.SUSPEND_ACCOUNT, cause=cause))
    assert steps.kinds("anna") == [ActionKind.SUSPEND_ACCOUNT]


@pytest.mark.parametrize(
    ("days", "found", "score", "asked"),
    [
        pytest.param(6, None, 0.0, 1, id="within a week"),
        pytest.param(7, None, 0.0, 2, id="after a week"),
        pytest.param(1, VAULT, 0.65, 1, id="as before"),
        pytest.param(1, VAULT, 0.9, 2, id="shared more"),
        pytest.param(1, AccountFindingKind.TERM_HIT, 0.9, 1, id="other finding"),
    ],
)
def test_proof_is_asked_for_once_a_week_unless_the_account_is_shared_more(steps, days, found, score, asked) -> None:
    steps.find("anna", "before", VAULT, score=0.62)
    accountorders.hold_account(steps.stages, "anna", record(steps, EffectKind.FORCE_REAUTH, cause="a"))
    steps.stages.clock.advance(days * 86_400)
    if found:
        steps.find("anna", "since", found, score=score)
    accountorders.hold_account(steps.stages, "anna", record(steps, EffectKind.FORCE_REAUTH, cause="b"))
    assert steps.kinds("anna") == [ActionKind.FORCE_REAUTH] * asked


def test_once_lifted_proof_may_be_asked_for_again(steps: AccountSteps) -> None:
    accountorders.hold_account(steps.stages, "anna", record(steps, EffectKind.FORCE_REAUTH, cause="a"))
    (reauth,) = steps.actions("anna")
    reversal.reverse_action(steps.stages, reauth.id, "user:lea", "a mistake")
    accountorders.hold_account(steps.stages, "anna", record(steps, EffectKind.FORCE_REAUTH, cause="b"))
    assert steps.kinds("anna").count(ActionKind.FORCE_REAUTH) == 2


def test_what_a_person_has_judged_meanwhile_is_not_acted_upon(steps: AccountSteps) -> None:
    finding = steps.find("anna", "1", AccountFindingKind.LINKED_ACCOUNT)
    steps.judge("anna")
    late = record(steps, EffectKind.SUSPEND_ACCOUNT, grounds=finding.id)
    steps.settle("anna", AccountVerdict.SHARED)
    accountorders.act_on_account(steps.stages, "anna", late)
    assert steps.kinds("anna") == []


def test_a_lifted_ban_can_be_put_back_on_the_record_s_receipt(steps: AccountSteps) -> None:
    steps.find("anna", "1")
    steps.judge("anna")
    steps.settle("anna", AccountVerdict.TRADING)
    (ban,) = [action for action in steps.actions("anna") if action.kind is ActionKind.BAN_ACCOUNT]
    steps.deliver()
    lifted = reversal.reverse_action(steps.stages, ban.id, "user:lea", "a mistake")
    steps.deliver()
    again = reversal.reverse_action(steps.stages, lifted.id, "user:lea", "no mistake")
    assert (again.kind, again.receipt_hold_id is None) == (ActionKind.BAN_ACCOUNT, False)


def test_a_verdict_is_reversed_only_where_it_still_stands(steps: AccountSteps) -> None:
    steps.find("anna", "1")
    steps.judge("anna")
    review = steps.settle("anna", AccountVerdict.CLEARED)
    steps.find("anna", "2")
    steps.judge("anna")  # suspended anew: the reinstatement no longer stands
    before = steps.kinds("anna")
    with steps.stages.db.write() as connection:
        accountorders.reverse_verdict(steps.stages, connection, review, "user:lea", "a mistake")
    assert steps.kinds("anna") == before


def test_a_verdict_that_was_not_decided_upon_yet_reverses_nothing(steps: AccountSteps) -> None:
    steps.find("anna", "1")
    steps.judge("anna")
    review = dataclasses.replace(steps.decide("anna", AccountVerdict.CLEARED), id="arev_other")
    with steps.stages.db.write() as connection:
        accountorders.reverse_verdict(steps.stages, connection, review, "user:lea", "a mistake")
        assert find_account_decision(connection, "anna", Moment.ACCOUNT_VERDICT, review.id) is None
        assert "action.reversed" not in {entry.verb for _, entry in list_entries(connection, limit=1000)}
