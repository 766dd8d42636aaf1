"""From findings about an account to a case, a verdict, and what follows; each step may run twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from account_steps import AccountSteps
from event_floor import say, tell

from jacana.audit import list_entries, verify_log
from jacana.db.columns import metadata
from jacana.db.outbox import list_due
from jacana.decide.store import find_account_decision, list_account_decisions
from jacana.detect.accounts.door.patterns import SessionCheck
from jacana.detect.findings.store import withdraw_account_findings
from jacana.model.account import Account, AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.model.action import ActionKind
from jacana.model.check import Answer
from jacana.model.decision import EffectKind, Lane, Moment
from jacana.model.upload import Visibility
from jacana.model.verdict import AccountVerdict
from jacana.pipeline import accountwork
from jacana.pipeline.accountfacts import load_account
from jacana.pipeline.accountflow import apply_account_review, judge_account
from jacana.pipeline.inline import run_step
from jacana.review.cases import CaseState

VAULT = AccountFindingKind.VAULT_ACCOUNT
TERM = AccountFindingKind.TERM_HIT


def evaluation_of(steps: AccountSteps, account_id: str, cause: str, moment: Moment = Moment.ACCOUNT):
    return steps.read(lambda c: find_account_decision(c, account_id, moment, cause))[1]


def promised(steps: AccountSteps, topic: str) -> list:
    later = steps.stages.clock() + timedelta(days=1)
    return [row for row in steps.read(lambda c: list_due(c, later)) if row.topic == topic]


def count_rows(steps: AccountSteps) -> dict[str, int]:
    def count(connection) -> dict[str, int]:
        query = sa.select(sa.func.count())
        return {table.name: connection.scalar(query.select_from(table)) for table in metadata.sorted_tables}

    return steps.read(count)


# When something was found


def test_a_finding_becomes_a_case_a_suspension_and_a_sealed_record(steps: AccountSteps) -> None:
    finding = steps.find("bertram", "1")
    steps.judge("bertram")
    (row,) = steps.queue()
    assert (row.account_id, row.lane, row.account_count, row.view_needed) == ("bertram", Lane.ACCOUNTS, 1, False)
    (item,) = steps.read(lambda c: steps.stages.account_desk.list_items(c, row.case_id))
    assert item.finding_ids == (finding.id,)
    assert steps.kinds("bertram") == [ActionKind.SUSPEND_ACCOUNT]
    assert steps.state("bertram") is AccountState.SUSPENDED
    with steps.stages.db.read() as connection:
        assert verify_log(connection).green


def test_a_replay_of_every_step_changes_nothing(steps: AccountSteps) -> None:
    steps.find("bertram", "1")
    steps.find("bertram", "2", VAULT)
    judge_account(steps.stages, run_step, "bertram", "events-1")
    before = count_rows(steps)
    judge_account(steps.stages, run_step, "bertram", "events-1")
    assert count_rows(steps) == before
    review = steps.settle("bertram", AccountVerdict.TRADING)
    before = count_rows(steps)
    apply_account_review(steps.stages, run_step, review.id)
    judge_account(steps.stages, run_step, "bertram", "events-1")
    assert count_rows(steps) == before
    assert steps.queue() == []


def test_an_account_known_from_events_alone_is_made_up_nowhere(steps: AccountSteps) -> None:
    steps.find("bertram", "1")
    assert steps.read(lambda c: load_account(steps.stages, c, "bertram")) == Account("bertram")
    steps.judge("bertram")
    steps.settle("bertram", AccountVerdict.TRADING)
    known = steps.read(lambda c: load_account(steps.stages, c, "bertram"))
    assert known == Account("bertram", state=AccountState.BANNED, first_seen_at=known.first_seen_at)


def test_an_account_known_from_events_alone_stays_banned_when_more_is_told_of_it(steps: AccountSteps, clock) -> None:
    tell(steps.stages, say("hello", "bertram"))
    first = clock()
    clock.advance(60)
    steps.find("bertram", "1")
    steps.judge("bertram")
    steps.settle("bertram", AccountVerdict.TRADING)
    tell(steps.stages, {"type": "account_updated", "account_id": "bertram", "screen_name": "bert"})
    known = steps.read(lambda c: load_account(steps.stages, c, "bertram"))
    assert (known.state, known.screen_name, known.first_seen_at) == (AccountState.BANNED, "bert", first)
    steps.read(steps.stages.door.refresh)
    answer = steps.stages.door.check(SessionCheck("log_in", clock(), "bertram"))
    assert answer.answer is Answer.REFUSE


def test_old_withdrawn_and_shadow_findings_do_not_count(steps: AccountSteps) -> None:
    steps.find("bertram", "old")
    steps.find("carl", "withdrawn")
    with steps.stages.db.write() as connection:
        withdraw_account_findings(connection, ["find_ban_evasion_withdrawn"], "act_1", steps.stages.clock())
    steps.stages.clock.advance(31 * 86_400)
    steps.find("doris", "shadow", TERM, details={"shadow": True})
    for account_id in ("bertram", "carl", "doris"):
        cause = steps.judge(account_id)
        assert evaluation_of(steps, account_id, cause).fired == ()
    assert steps.queue() == []


def test_a_lasting_finding_counts_at_any_age(steps: AccountSteps) -> None:
    steps.find("bertram", "1", AccountFindingKind.LINKED_ACCOUNT, details={"linked_to_confirmed": True})
    steps.stages.clock.advance(90 * 86_400)
    steps.judge("bertram")
    assert len(steps.queue()) == 1


@pytest.mark.parametrize("verdict", [AccountVerdict.CLEARED, AccountVerdict.SHARED])
def test_what_a_person_judged_innocent_asks_nothing_new_until_something_new_is_found(
    steps: AccountSteps, verdict: AccountVerdict
) -> None:
    steps.find("bertram", "1")
    steps.judge("bertram")
    review = steps.settle("bertram", verdict)
    assert steps.state("bertram") is AccountState.ACTIVE
    again = evaluation_of(steps, "bertram", steps.judge("bertram"))
    assert again.effects == ()
    assert {entry.because for entry in again.withheld} == {f"a person has judged all of it: {verdict} ({review.id})"}
    assert steps.queue() == []
    steps.find("bertram", "2")
    steps.judge("bertram")
    assert len(steps.queue()) == 1
    assert steps.state("bertram") is AccountState.SUSPENDED


def test_what_was_judged_innocent_does_not_act_again_beside_something_new(steps: AccountSteps) -> None:
    evasion = steps.find("bertram", "1")
    steps.judge("bertram")
    steps.settle("bertram", AccountVerdict.CLEARED)
    assert steps.state("bertram") is AccountState.ACTIVE
    steps.find("bertram", "trifle", AccountFindingKind.LOGIN_HANDOVER, score=0.2)
    steps.judge("bertram")
    assert steps.queue() == []
    new = steps.find("bertram", "2", TERM)
    steps.judge("bertram")
    assert steps.state("bertram") is AccountState.ACTIVE
    (row,) = steps.queue()
    (item,) = steps.read(lambda c: steps.stages.account_desk.list_items(c, row.case_id))
    assert {evasion.id, new.id} < set(item.finding_ids)  # whoever looks sees all of it


def test_a_banned_account_asks_nobody(steps: AccountSteps) -> None:
    steps.find("bertram", "1")
    steps.judge("bertram")
    steps.settle("bertram", AccountVerdict.TRADING)
    steps.find("bertram", "2")
    again = evaluation_of(steps, "bertram", steps.judge("bertram"))
    assert {entry.because for entry in again.withheld} == {"the account is banned"}
    assert steps.queue() == []


def test_a_verdict_between_decision_and_case_is_not_asked_again(steps: AccountSteps) -> None:
    stages = steps.stages
    steps.find("bertram", "1")
    decision_id = accountwork.decide_account(stages, "bertram", "first")
    steps.judge("bertram")
    steps.settle("bertram", AccountVerdict.CLEARED)
    before = count_rows(steps)
    accountwork.hold_account(stages, "bertram", decision_id)
    assert accountwork.open_account_case(stages, "bertram", decision_id) is None
    assert count_rows(steps) == before
    assert steps.state("bertram") is AccountState.ACTIVE


# When a person has given a verdict


def test_a_trading_account_is_banned_by_the_person_with_a_receipt(steps: AccountSteps) -> None:
    steps.find("bertram", "1", TERM)
    steps.judge("bertram")
    assert steps.kinds("bertram") == []
    review = steps.settle("bertram", AccountVerdict.TRADING)
    (ban,) = [action for action in steps.actions("bertram") if action.kind is ActionKind.BAN_ACCOUNT]
    assert (ban.decided_by, ban.upload_id) == ("user:user_1", None)
    (hold,) = steps.holds(ban.cause)
    assert (ban.receipt_hold_id, hold.released_at) == (hold.id, None)
    assert evaluation_of(steps, "bertram", review.id, Moment.ACCOUNT_VERDICT).effects
    (row,) = promised(steps, "link_accounts")
    assert row.payload == {"account_id": "bertram", "cause": review.id}
    assert len(row.id) <= 64


def test_innocence_releases_the_record_and_gives_the_account_back(steps: AccountSteps) -> None:
    steps.find("bertram", "1")
    steps.judge("bertram")
    ((decision_id, _, _),) = steps.read(lambda c: list_account_decisions(c, "bertram"))
    assert [hold.released_at for hold in steps.holds(decision_id)] == [None]
    steps.settle("bertram", AccountVerdict.SHARED)
    assert all(hold.released_at for hold in steps.holds(decision_id))
    assert steps.kinds("bertram") == [ActionKind.SUSPEND_ACCOUNT, ActionKind.REINSTATE_ACCOUNT]
    assert promised(steps, "link_accounts") == []


def test_the_taken_over_are_secured_and_given_back(steps: AccountSteps) -> None:
    steps.find("bertram", "1")
    steps.judge("bertram")
    steps.settle("bertram", AccountVerdict.VICTIM)
    assert set(steps.kinds("bertram")) == {
        ActionKind.SUSPEND_ACCOUNT,
        ActionKind.REINSTATE_ACCOUNT,
        ActionKind.FORCE_REAUTH,
    }
    assert steps.state("bertram") is AccountState.ACTIVE


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        pytest.param(AccountVerdict.TRADING, [True], id="trading"),
        pytest.param(AccountVerdict.CLEARED, [False], id="cleared"),
        pytest.param(AccountVerdict.SHARED, [False], id="shared"),
        pytest.param(AccountVerdict.VICTIM, [None], id="victim"),
    ],
)
def test_the_lexicon_learns_what_its_hits_were_worth(steps: AccountSteps, monkeypatch, verdict, outcome) -> None:
    told = []
    monkeypatch.setattr(
        type(steps.stages.lexicon), "record_outcome", lambda _self, _c, ids, confirmed: told.append((ids, confirmed))
    )
    hit = steps.find("bertram", "1", TERM)
    steps.find("bertram", "2")
    steps.judge("bertram")
    review = steps.settle("bertram", verdict)
    assert told == [([hit.id], confirmed) for confirmed in outcome]
    accountwork.overturn_account(steps.stages, review.id, "user_lea", "a mistake")
    accountwork.learn_from_verdict(steps.stages, review.id)
    assert told[1:] == [([hit.id], None)]


# Overturning


def test_an_overturned_ban_is_lifted_and_the_account_waits_again(steps: AccountSteps) -> None:
    steps.find("bertram", "1")
    steps.judge("bertram")
    review = steps.settle("bertram", AccountVerdict.TRADING)
    accountwork.overturn_account(steps.stages, review.id, "user_lea", "a mistake")
    assert steps.kinds("bertram")[-1] is not ActionKind.BAN_ACCOUNT
    assert steps.state("bertram") is not AccountState.BANNED
    (row,) = steps.queue()
    assert row.undecided_count == 1
    steps.settle("bertram", AccountVerdict.CLEARED)
    assert steps.state("bertram") is AccountState.ACTIVE
    assert steps.queue() == []


@pytest.mark.parametrize("after", ["settle", "decide", "preserve"])
@pytest.mark.parametrize("verdict", [AccountVerdict.TRADING, AccountVerdict.CLEARED])
def test_a_verdict_overturned_while_it_is_applied_does_nothing_more(steps: AccountSteps, after: str, verdict) -> None:
    steps.find("bertram", "1")
    cause = steps.judge("bertram")
    review = steps.decide("bertram", verdict)
    steps.stages.clock.advance(steps.stages.settings.undo_seconds)

    def step(name, body, *arguments):
        answer = body(*arguments)
        if name == after:
            accountwork.overturn_account(steps.stages, review.id, "user_lea", "a mistake")
        return answer

    apply_account_review(steps.stages, step, review.id)
    assert steps.kinds("bertram") == [ActionKind.SUSPEND_ACCOUNT]
    assert promised(steps, "link_accounts") == []
    decision_id = steps.read(lambda c: find_account_decision(c, "bertram", Moment.ACCOUNT, cause))[0]
    assert any(hold.released_at is None for hold in steps.holds(decision_id))
    apply_account_review(steps.stages, run_step, review.id)  # a retry ends, too
    assert steps.state("bertram") is AccountState.SUSPENDED


def test_an_overturned_innocence_suspends_and_holds_the_record_again(steps: AccountSteps) -> None:
    steps.find("bertram", "1")
    steps.judge("bertram")
    review = steps.settle("bertram", AccountVerdict.CLEARED)
    ((decision_id, _, _), _) = steps.read(lambda c: list_account_decisions(c, "bertram"))
    accountwork.overturn_account(steps.stages, review.id, "user_lea", "a mistake")
    assert steps.state("bertram") is AccountState.SUSPENDED
    assert [hold.released_at for hold in steps.holds(decision_id)] == [None]
    case = steps.read(lambda c: steps.stages.desk.get_case(c, review.case_id))
    assert case.head.state is CaseState.OPEN


# Private uploads


def test_only_what_only_the_owner_sees_is_looked_at_again(flow, steps: AccountSteps) -> None:
    private = flow.upload("innocent", "bertram", Visibility.ONLY_ME)
    flow.upload("disguised", "bertram", Visibility.PUBLIC)
    steps.find("bertram", "1", VAULT, details={"independent_clusters": 9, "only_me_uploads": 1})
    cause = steps.judge("bertram")
    effects = {effect.kind for effect in evaluation_of(steps, "bertram", cause).effects}
    assert effects >= {EffectKind.SCREEN_PRIVATE, EffectKind.FORCE_REAUTH}
    (row,) = promised(steps, "screen_private")
    assert row.payload["upload_id"] == private
    assert len(row.id) <= 64
    assert EffectKind.SUSPEND_ACCOUNT not in effects


def test_linking_needs_the_surface_of_accounts(steps: AccountSteps) -> None:
    off = replace(steps.stages.settings, accounts_legal_basis="")
    silent = type("Off", (), {"settings": off, "clock": steps.stages.clock})()
    with steps.stages.db.write() as connection:
        accountwork.promise_linking(silent, connection, "bertram", "arev_1")
        accountwork.promise_linking(steps.stages, connection, "bertram", "arev_1")
        accountwork.promise_linking(steps.stages, connection, "bertram", "arev_1")
    assert len(promised(steps, "link_accounts")) == 1


def test_details_of_the_audit_log_hold_no_words(steps: AccountSteps) -> None:
    steps.find("bertram", "1", TERM)
    steps.judge("bertram")
    steps.settle("bertram", AccountVerdict.TRADING)
    with steps.stages.db.read() as connection:
        told = repr([entry for _, entry in list_entries(connection, limit=10_000)])
    assert "the record is clear" not in told
    assert "it was drawn" not in told
