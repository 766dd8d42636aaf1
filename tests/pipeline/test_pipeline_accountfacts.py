"""What is read of an account before it is decided about."""

import pytest
from account_steps import AccountSteps

from jacana.model.account import Account, AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.model.action import ActionKind, TargetKind
from jacana.model.decision import Effect, EffectKind, Evaluation, FiredRule, Moment
from jacana.model.errors import ThingNotFoundError
from jacana.model.upload import Visibility
from jacana.model.verdict import AccountVerdict, Verdict
from jacana.pipeline import accountfacts


def suspected(steps: AccountSteps, account_id: str) -> bool:
    stages = steps.stages
    return steps.read(
        lambda c: accountfacts.is_under_suspicion(stages, c, accountfacts.load_account(stages, c, account_id))
    )


def test_of_an_account_nobody_told_of_only_the_id_is_known(steps: AccountSteps) -> None:
    assert steps.read(lambda c: accountfacts.load_account(steps.stages, c, "anna")) == Account("anna")


def test_where_an_unknown_account_stands_the_ledger_remembers(steps: AccountSteps) -> None:
    steps.find("anna", "1")
    steps.judge("anna")
    last = steps.read(lambda c: steps.stages.enforcement.last_instruction(c, TargetKind.ACCOUNT, "anna"))
    assert last.kind is ActionKind.SUSPEND_ACCOUNT
    assert steps.state("anna") is AccountState.SUSPENDED


def test_a_known_account_comes_with_its_confirmed_files(flow, steps: AccountSteps) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.drain()
    account = steps.read(lambda c: accountfacts.load_account(steps.stages, c, "bertram"))
    assert (account.screen_name, account.upload_count, account.confirmed_count) == ("bertram", 1, 1)
    assert account.state is AccountState.BANNED


def test_a_decision_of_another_account_is_not_found(steps: AccountSteps) -> None:
    steps.find("anna", "1")
    steps.judge("anna")
    with pytest.raises(ThingNotFoundError):
        steps.read(lambda c: accountfacts.load_account_decision(c, "bert", "dec_1"))


def test_a_reason_to_suspend_is_waited_out_until_it_is_judged_or_withdrawn(steps: AccountSteps) -> None:
    assert not suspected(steps, "anna")
    steps.find("anna", "1")
    steps.judge("anna")
    assert suspected(steps, "anna")
    steps.settle("anna", AccountVerdict.SHARED)
    assert not suspected(steps, "anna")


def test_nobody_is_reinstated_while_another_reason_to_suspend_waits(steps: AccountSteps) -> None:
    steps.find("anna", "1")
    steps.judge("anna")
    review = steps.decide("anna", AccountVerdict.CLEARED)
    steps.find("anna", "2")
    steps.judge("anna")
    steps.apply(review)
    assert steps.state("anna") is AccountState.SUSPENDED
    assert len(steps.queue()) == 1
    steps.settle("anna", AccountVerdict.CLEARED)
    assert steps.state("anna") is AccountState.ACTIVE


def test_a_cleared_file_does_not_open_an_account_that_something_else_was_found_about(flow, steps) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    steps.find("bertram", "1")
    steps.judge("bertram")
    with steps.stages.db.read() as connection:
        case_id = next(row.case_id for row in steps.stages.desk.list_queue(connection) if not row.account_count)
    flow.decide(case_id, upload_id, Verdict.CLEARED)
    flow.drain()
    # suspended for the file first, so no second suspension was ordered: the finding still keeps the account shut
    assert flow.account_state("bertram") is AccountState.SUSPENDED


def test_an_answer_covers_all_findings_or_none(steps: AccountSteps) -> None:
    stages = steps.stages
    finding = steps.find("anna", "1", AccountFindingKind.LINKED_ACCOUNT)
    steps.judge("anna")
    steps.settle("anna", AccountVerdict.VICTIM)

    def answer(*finding_ids: str) -> str | None:
        return steps.read(lambda c: accountfacts.find_answer(stages, c, Account("anna"), finding_ids))

    assert answer(finding.id) is None  # a victim is no answer: what comes next is asked about
    later = steps.find("anna", "2", AccountFindingKind.LINKED_ACCOUNT)
    steps.judge("anna")
    steps.settle("anna", AccountVerdict.SHARED)
    assert "shared" in answer(finding.id, later.id)
    assert answer(finding.id, "find_new") is None
    assert answer() is None


def test_grounds_are_the_findings_of_the_rules_that_asked() -> None:
    effects = (Effect(EffectKind.SUSPEND_ACCOUNT, "evades", "back"), Effect(EffectKind.OPEN_CASE, "linked", "tied"))
    fired = tuple(FiredRule(rule, {}, found) for rule, found in (("evades", "f1"), ("evades", None), ("linked", "f2")))
    evaluation = Evaluation("test@1", Moment.ACCOUNT, fired, effects, ())
    assert accountfacts.list_grounds(evaluation, EffectKind.SUSPEND_ACCOUNT) == {"f1"}
    assert accountfacts.list_grounds(evaluation, EffectKind.BAN_ACCOUNT) == set()
