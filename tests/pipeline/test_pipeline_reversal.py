"""Lifting a ban lifts everything it caused: devices, findings that rest on it, and what those did to others."""

import pytest
from account_steps import AccountSteps
from door_world import DoorWorld

from jacana.act.order import ActionAlreadyReversedError, Order
from jacana.audit import verify_log
from jacana.detect.findings.store import list_account_findings, list_withdrawn
from jacana.model.account import AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.model.action import Action, ActionKind, TargetKind
from jacana.model.ban import BanState
from jacana.model.upload import Visibility
from jacana.model.verdict import AccountVerdict, Verdict
from jacana.pipeline import accountwork, casework, reversal
from jacana.review.accounts.items import AccountForm, AccountReview

TERM = AccountFindingKind.TERM_HIT


@pytest.fixture
def world(stages, clock) -> DoorWorld:
    return DoorWorld(stages, clock)


def ban(steps: AccountSteps, world: DoorWorld, account_id: str, device: str = "phone") -> Action:
    """Confirm that an account trades, on words of its own; return the ban."""
    world.tie(account_id, device)
    steps.find(account_id, f"own_{account_id}", TERM)
    steps.judge(account_id)
    steps.settle(account_id, AccountVerdict.TRADING)
    return one(steps, account_id, ActionKind.BAN_ACCOUNT)


def one(steps: AccountSteps, account_id: str, kind: ActionKind) -> Action:
    (found,) = [action for action in steps.actions(account_id) if action.kind is kind]
    return found


def decide_account(steps: AccountSteps, account_id: str) -> AccountReview:
    """Give the verdict that an account trades, in whichever of its cases asks about the account."""
    with steps.stages.db.write() as connection:
        desk = steps.stages.desk
        (row,) = [row for row in desk.list_queue(connection) if row.account_id == account_id and row.account_count]
        lease = desk.lease_case(connection, row.case_id, "user_1")
        (item,) = steps.stages.account_desk.list_items(connection, row.case_id)
        said = (AccountVerdict.TRADING, "the record is clear", item.finding_ids)
        form = AccountForm(row.case_id, account_id, *said, "user_1", lease.token, lease.version)
        return steps.stages.account_desk.decide(connection, form)


def evade(steps: AccountSteps, account_id: str, cause: str) -> str:
    """Let an account be suspended because it seems to evade the ban that a decision led to."""
    details = {"linked_to": "anna", "caused_by": cause, "pattern": "same_device"}
    finding = steps.find(account_id, f"evades_{account_id}", details=details)
    steps.judge(account_id)
    assert steps.state(account_id) is AccountState.SUSPENDED
    return finding.id


def told_of_device(steps: AccountSteps, world: DoorWorld, device: str = "phone") -> list[str]:
    given = steps.read(lambda c: steps.stages.enforcement.list_actions(c))
    return [action.kind.value for action in given if action.target_id == world.key(device)]


def test_a_banned_account_takes_its_devices_along_in_their_tier(steps: AccountSteps, world: DoorWorld) -> None:
    action = ban(steps, world, "anna")
    device = one(steps, "anna", ActionKind.BAN_DEVICE)
    assert (device.target_kind, device.target_id, device.tier) == (TargetKind.DEVICE, world.key("phone"), 1)
    assert (device.receipt_hold_id, device.cause, device.decided_by) == (
        action.receipt_hold_id,
        action.cause,
        "user:user_1",
    )


@pytest.mark.parametrize("whole", [pytest.param(True, id="verdict"), pytest.param(False, id="action")])
def test_lifting_a_ban_lifts_everything_it_caused(steps: AccountSteps, world: DoorWorld, whole: bool) -> None:
    action = ban(steps, world, "anna")
    finding_id = evade(steps, "evader", action.cause)
    steps.deliver()
    if whole:
        (review,) = steps.read(lambda c: steps.stages.account_desk.list_reviews(c, account_id="anna"))
        accountwork.overturn_account(steps.stages, review.id, "user_lea", "a mistake")
    else:
        reversal.reverse_action(steps.stages, action.id, "user:user_lea", "a mistake")
    assert steps.state("anna") is AccountState.ACTIVE
    assert told_of_device(steps, world)[-1] == "unban_device"
    assert steps.read(lambda c: steps.stages.bans.list_bans(c, state=BanState.STANDING)) == []
    assert [found.id for found in steps.read(lambda c: list_withdrawn(c, action.cause))] == [finding_id]
    assert steps.read(lambda c: list_account_findings(c, "evader")) == []
    assert steps.state("evader") is AccountState.ACTIVE
    with steps.stages.db.read() as connection:
        assert verify_log(connection).green


def test_an_account_with_a_reason_of_its_own_stays_suspended(steps: AccountSteps, world: DoorWorld) -> None:
    action = ban(steps, world, "anna")
    details = {"linked_to": "bert", "caused_by": "dec_other"}
    steps.find("evader", "of another ban", details=details)
    evade(steps, "evader", action.cause)  # one decision, on both findings
    reversal.reverse_action(steps.stages, action.id, "user:user_lea", "a mistake")
    assert steps.state("evader") is AccountState.SUSPENDED


def test_a_device_that_another_ban_holds_is_not_freed(steps: AccountSteps, world: DoorWorld) -> None:
    first = ban(steps, world, "anna")
    ban(steps, world, "berta")
    steps.deliver()
    reversal.reverse_action(steps.stages, first.id, "user:user_lea", "a mistake")
    standing = steps.read(lambda c: steps.stages.bans.list_bans(c, state=BanState.STANDING))
    assert [found.account_id for found in standing] == ["berta"]
    assert told_of_device(steps, world)[-1] == "ban_device"


def test_one_device_can_be_freed_alone_and_only_once(steps: AccountSteps, world: DoorWorld) -> None:
    ban(steps, world, "anna")
    steps.deliver()
    device = one(steps, "anna", ActionKind.BAN_DEVICE)
    told = reversal.reverse_action(steps.stages, device.id, "user:user_lea", "sold on")
    assert (told.kind, told.target_id) == (ActionKind.UNBAN_DEVICE, world.key("phone"))
    assert steps.state("anna") is AccountState.BANNED
    with pytest.raises(ActionAlreadyReversedError):
        reversal.reverse_action(steps.stages, device.id, "user:user_lea", "sold on")


def test_proof_that_the_same_decision_asked_for_is_lifted_with_the_ban(steps: AccountSteps, world: DoorWorld) -> None:
    action = ban(steps, world, "anna")
    with steps.stages.db.write() as connection:
        order = {"target_kind": TargetKind.ACCOUNT, "target_id": "anna", "account_id": "anna", "upload_id": None}
        steps.stages.enforcement.order(
            connection,
            [
                Order(
                    kind=ActionKind.FORCE_REAUTH,
                    **order,
                    cause=action.cause,
                    reason="trades",
                    rule="own",
                    decided_by="user:user_1",
                )
            ],
        )
    steps.deliver()
    reversal.reverse_action(steps.stages, action.id, "user:user_lea", "a mistake")
    assert steps.kinds("anna")[-1] is ActionKind.LIFT_REAUTH


@pytest.mark.parametrize("first", [pytest.param("account", id="account"), pytest.param("file", id="file")])
def test_an_account_that_another_verdict_bans_too_stays_banned(flow, steps: AccountSteps, world, first: str) -> None:
    steps.find("bertram", "own", TERM)
    steps.judge("bertram")
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    world.tie("bertram", "phone")
    (file_case,) = [row.case_id for row in steps.queue() if not row.account_count]
    if first == "account":
        review = decide_account(steps, "bertram")
        flow.drain()
        decision = flow.decide(file_case, upload_id, Verdict.CONFIRMED)
    else:
        decision = flow.decide(file_case, upload_id, Verdict.CONFIRMED)
        flow.drain()
        review = decide_account(steps, "bertram")
    flow.drain()
    steps.find("clara", "tied", AccountFindingKind.LINKED_ACCOUNT, details={"linked_to": "bertram"})
    if first == "account":
        accountwork.overturn_account(steps.stages, review.id, "user_lea", "a mistake")
    else:
        casework.overturn_verdict(steps.stages, decision.id, "user_lea", "a mistake")
    assert steps.state("bertram") is AccountState.BANNED
    assert told_of_device(steps, world)[-1] == "ban_device"
    assert len(steps.read(lambda c: list_account_findings(c, "clara"))) == 1
    if first == "account":
        casework.overturn_verdict(steps.stages, decision.id, "user_lea", "a mistake")
    else:
        accountwork.overturn_account(steps.stages, review.id, "user_lea", "a mistake")
    assert steps.state("bertram") is not AccountState.BANNED
    assert steps.read(lambda c: steps.stages.bans.list_bans(c, state=BanState.STANDING)) == []
    assert steps.read(lambda c: list_account_findings(c, "clara")) == []
