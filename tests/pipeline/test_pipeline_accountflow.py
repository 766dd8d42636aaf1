"""The second half of what the press described, from the first event to the door: on wired stages, drained inline."""

from datetime import timedelta

import pytest
from event_floor import TERM, add_term, say, tell, tell_vault, work_all

from jacana.audit import verify_log
from jacana.detect.findings.store import list_account_findings
from jacana.ingest.personal import DeviceKeys
from jacana.model.account import AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.model.action import ActionKind
from jacana.model.check import Answer
from jacana.model.decision import Lane
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.accountwork import overturn_account
from jacana.pipeline.banning import expire_bans
from jacana.pipeline.door import SessionCheck
from jacana.pipeline.textlook import begin_term_look_back
from jacana.review.accounts.items import AccountForm


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: what differs between the databases is proven on the stores."""
    return sqlite_url


def queue(stages) -> dict[str, tuple[Lane, str]]:
    with stages.db.read() as connection:
        return {row.account_id: (row.lane, row.case_id) for row in stages.desk.list_queue(connection)}


def actions(stages, account_id: str) -> list[ActionKind]:
    with stages.db.read() as connection:
        return [action.kind for action in stages.enforcement.list_actions(connection, account_id=account_id)]


def state_of(stages, account_id: str) -> AccountState:
    with stages.db.read() as connection:
        return stages.intake.load_account(connection, account_id).state


def kinds(stages, account_id: str) -> set[AccountFindingKind]:
    with stages.db.read() as connection:
        return {finding.kind for finding in list_account_findings(connection, account_id)}


def decide(stages, clock, account_id: str, verdict: AccountVerdict) -> str:
    """Take the case, give the verdict, let the undo window pass, work what it promises; return the review's id."""
    case_id = queue(stages)[account_id][1]
    with stages.db.write() as connection:
        lease = stages.desk.lease_case(connection, case_id, "user_1")
        (item,) = stages.account_desk.list_items(connection, case_id)
        form = AccountForm(
            case_id,
            account_id,
            verdict,
            "The record is clear about this account.",
            item.finding_ids,
            "user_1",
            lease.token,
            stages.desk.get_case(connection, case_id).version,
        )
        review = stages.account_desk.decide(connection, form)
    clock.advance(60)
    work_all(stages)
    return review.id


def knock(stages, clock, kind: str, device: str, account_id: str = "new", name: str = "nobody special") -> Answer:
    keys = DeviceKeys(stages.sealer, stages.settings.device_epoch_days)
    with stages.db.read() as connection:
        stages.door.refresh(connection)
    check = SessionCheck(
        kind,
        clock(),
        account_id,
        (keys.blind(device, clock()), keys.blind_before(device, clock())),
        names=(name,),
    )
    return stages.door.check(check).answer


def test_a_vault_is_found_met_step_by_step_and_its_evader_is_met_at_the_door(stages, clock, network) -> None:
    add_term(stages)
    tell_vault(stages)
    tell(stages, say(f"who wants {TERM.upper()[:4]}.{TERM[4:]} knows", "mira"))
    work_all(stages)
    assert kinds(stages, "mira") == {AccountFindingKind.VAULT_ACCOUNT, AccountFindingKind.TERM_HIT}
    assert queue(stages)["mira"][0] is Lane.ACCOUNTS
    assert actions(stages, "mira") == [ActionKind.FORCE_REAUTH]  # nobody is suspended or banned by a machine
    assert knock(stages, clock, "sign_up", "mira-own") is Answer.ALLOW

    review_id = decide(stages, clock, "mira", AccountVerdict.TRADING)
    assert state_of(stages, "mira") is AccountState.BANNED
    assert {ActionKind.BAN_ACCOUNT, ActionKind.BAN_DEVICE} <= set(actions(stages, "mira"))
    assert queue(stages).get("mira") is None
    assert knock(stages, clock, "log_in", "elsewhere", "mira") is Answer.REFUSE
    assert knock(stages, clock, "sign_up", "mira-own") is Answer.REFUSE
    assert knock(stages, clock, "sign_up", "elsewhere") is Answer.ALLOW

    clock.advance(600)
    tell(stages, {"type": "account_created", "account_id": "mira2", "screen_name": "mira_2", "device_id": "mira-own"})
    work_all(stages)
    assert AccountFindingKind.BAN_EVASION in kinds(stages, "mira2")
    assert queue(stages)["mira2"][0] is Lane.ACCOUNTS

    overturn_account(stages, review_id, "user_2", "It was somebody else after all.")
    work_all(stages)
    assert state_of(stages, "mira") is not AccountState.BANNED
    assert knock(stages, clock, "sign_up", "mira-own") is Answer.ALLOW
    assert AccountFindingKind.BAN_EVASION not in kinds(stages, "mira2")
    with stages.db.read() as connection:
        assert verify_log(connection).green


@pytest.mark.parametrize("verdict", [AccountVerdict.SHARED, AccountVerdict.CLEARED, AccountVerdict.VICTIM])
def test_whoever_is_innocent_keeps_the_account_and_is_not_asked_about_again(stages, clock, verdict) -> None:
    add_term(stages)
    tell_vault(stages)
    work_all(stages)
    decide(stages, clock, "mira", verdict)
    assert state_of(stages, "mira") is AccountState.ACTIVE
    assert ActionKind.BAN_ACCOUNT not in actions(stages, "mira")
    assert queue(stages) == {}
    for _ in range(3):  # it is scored again every day, and says the same
        clock.advance(86_400)
        tell(stages, {"type": "session_started", "account_id": "mira", "device_id": "mira-3", "ip": "198.51.100.3"})
        work_all(stages)
    assert queue(stages) == {}
    tell(stages, say(f"a teaser: {TERM}", "mira"))  # something new is asked about
    work_all(stages)
    assert list(queue(stages)) == ["mira"]


def test_those_tied_to_a_confirmed_account_are_looked_at_and_need_a_violation_of_their_own(stages, clock) -> None:
    tell_vault(stages)
    for friend in ("otis", "runa"):
        shared = {"account_id": friend, "device_id": f"{friend}-own", "ip": f"203.0.113.{len(friend)}"}
        tell(stages, {"type": "account_created", **shared})
        tell(stages, {"type": "instrument_added", **shared, "kind": "payment", "instrument": f"card of {friend[:1]}"})
    tell(stages, {"type": "session_started", "account_id": "otis", "device_id": "mira-own", "ip": "192.0.2.1"})
    tell(stages, {"type": "session_started", "account_id": "otis", "device_id": "mira-own", "ip": "192.0.2.1"})
    work_all(stages)
    decide(stages, clock, "mira", AccountVerdict.TRADING)
    assert AccountFindingKind.LINKED_ACCOUNT in kinds(stages, "otis")
    assert kinds(stages, "runa") == set()
    assert state_of(stages, "otis") is AccountState.ACTIVE
    assert actions(stages, "otis") == []
    assert queue(stages)["otis"][0] is Lane.ACCOUNTS


def test_a_new_term_looks_back_over_what_was_written_before(stages, clock) -> None:
    tell(stages, say(f"an old text with {TERM} in it", "anna"), say("nothing at all", "bert"))
    work_all(stages)
    assert kinds(stages, "anna") == set()
    add_term(stages)
    with stages.db.read() as connection:
        stages.live.refresh(connection)
    assert begin_term_look_back(stages) is not None
    for _ in range(5):
        clock.advance(30)
        work_all(stages)
    assert kinds(stages, "anna") == {AccountFindingKind.TERM_HIT}
    assert kinds(stages, "bert") == set()
    assert queue(stages)["anna"][0] is Lane.ACCOUNTS


def test_a_family_on_one_tablet_and_a_watched_public_account_are_left_alone(stages, clock) -> None:
    start = clock() - timedelta(days=24)
    tell(stages, {"type": "account_created", "account_id": "smith", "device_id": "tablet", "ip": "192.0.2.9"}, at=start)
    upload = {"type": "upload_registered", "account_id": "smith", "upload_id": "cake", "visibility": "only_me"}
    tell(stages, upload, at=start)
    for day in range(20):
        home = {"account_id": "smith", "device_id": ("tablet", "phone", "laptop")[day % 3], "ip": "192.0.2.9"}
        at = start + timedelta(days=day + 1)
        tell(
            stages,
            {"type": "session_started", **home, "session_id": f"s{day}"},
            {"type": "video_viewed", **home, "upload_id": "cake"},
            at=at,
        )
    work_all(stages)
    assert kinds(stages, "smith") == set()
    assert actions(stages, "smith") == []


def test_a_ban_holds_for_an_account_that_only_its_sessions_told_of(stages, clock) -> None:
    tell_vault(stages, created=False)
    work_all(stages)
    decide(stages, clock, "mira", AccountVerdict.TRADING)
    assert state_of(stages, "mira") is AccountState.BANNED
    assert knock(stages, clock, "log_in", "elsewhere", "mira") is Answer.REFUSE


def test_a_ban_of_a_device_ends_and_the_network_is_told(stages, clock) -> None:
    tell_vault(stages)
    work_all(stages)
    decide(stages, clock, "mira", AccountVerdict.TRADING)
    assert knock(stages, clock, "sign_up", "mira-own") is Answer.REFUSE
    clock.advance(stages.settings.device_ban_days * 86_400 + 60)
    with stages.db.write() as connection:
        assert expire_bans(stages, connection) > 0
    work_all(stages)
    assert ActionKind.UNBAN_DEVICE in actions(stages, "mira")
    assert knock(stages, clock, "sign_up", "mira-own") is Answer.ALLOW
    assert state_of(stages, "mira") is AccountState.BANNED
