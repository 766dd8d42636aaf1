"""Accounts for console tests: a ring around a confirmed account, findings, a case about an account, a text."""

from datetime import timedelta

from console_floor import Floor

from jacana.detect.accounts.state.store import add_ties
from jacana.detect.findings.store import name_finding, record_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TermMatch, TextField
from jacana.model.decision import Lane
from jacana.model.tie import Tie, TieKind
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.inline import drain_outbox
from jacana.review.accounts.items import AccountForm

SUSPECT, RINGLEADER, BYSTANDER, CLUB = "acct-suspect", "acct-ringleader", "acct-bystander", "acct-club"
SECRET_DEVICE = "5ec2e7" * 10
TEXT = "Lovely garden, quandrel inside. user: rosegarden password: Tulip-4471x"


def seed_ring(floor: Floor) -> None:
    """The suspect shares a device and a file with the ringleader; a bystander and a club sit on the same network."""
    now = floor.clock()

    def tie(kind: TieKind, entity: str, account: str, days: int, sessions: int = 2, attested: bool = False) -> Tie:
        first = now - timedelta(days=days + 14)
        return Tie(kind, entity, account, first, now - timedelta(days=days), sessions, attested)

    ties = [
        tie(TieKind.DEVICE, SECRET_DEVICE, SUSPECT, 2, 4, True),
        tie(TieKind.DEVICE, SECRET_DEVICE, RINGLEADER, 5, 9, True),
        tie(TieKind.CONTENT, "ab" * 32, SUSPECT, 8),
        tie(TieKind.CONTENT, "ab" * 32, RINGLEADER, 9),
        tie(TieKind.PAYMENT, "card-key", RINGLEADER, 9),
        tie(TieKind.PAYMENT, "card-key", CLUB, 9),
        tie(TieKind.NETWORK, "net-key", SUSPECT, 1),
        tie(TieKind.NETWORK, "net-key", RINGLEADER, 1),
        tie(TieKind.NETWORK, "net-key", BYSTANDER, 1),
    ]
    events = [
        {
            "type": "account_created",
            "id": f"e-{account}",
            "account_id": account,
            "occurred_at": (now - timedelta(days=90)).isoformat(),
            "screen_name": account.removeprefix("acct-"),
            "organisation": account == CLUB,
            "declared_age": 15 if account == BYSTANDER else 30,
        }
        for account in (SUSPECT, RINGLEADER, BYSTANDER, CLUB)
    ]
    events.append(
        {
            "type": "comment_posted",
            "id": "e-comment",
            "account_id": SUSPECT,
            "upload_id": "vid-anna-innocent",
            "occurred_at": (now - timedelta(days=1)).isoformat(),
            "text": TEXT,
        }
    )
    results = floor.stages.events.append(events, "key:test")
    assert [result.status for result in results] == ["accepted"] * 5, results
    with floor.stages.db.write() as connection:
        add_ties(connection, ties)


def confirm_ringleader(floor: Floor) -> None:
    """A person finds that the ringleader trades; nothing of the pipeline runs but the desk."""
    case = open_account_case(floor, RINGLEADER, AccountFindingKind.LOGIN_HANDOVER)
    stages = floor.stages
    user = floor.user_id("ralf")
    with stages.db.write() as connection:
        lease = stages.desk.lease_case(connection, case, user)
    with stages.db.write() as connection:
        item = stages.account_desk.list_items(connection, case)[0]
        form = AccountForm(
            case, RINGLEADER, AccountVerdict.TRADING, "it trades", item.finding_ids, user, lease.token, lease.version
        )
        review = stages.account_desk.decide(connection, form)
        stages.account_desk.mark_applied(connection, review.id)


def make_finding(floor: Floor, account: str, kind: AccountFindingKind, **changes: object) -> AccountFinding:
    values: dict[str, object] = {
        "id": name_finding(kind, account, str(sorted(changes))),
        "account_id": account,
        "kind": kind,
        "detector": "text.test",
        "detector_version": "1",
        "score": 0.83,
        "reasons": ("A comment passes log-in details on.",),
        "occurred_at": floor.clock() - timedelta(days=1),
        **changes,
    }
    return AccountFinding(**values)  # type: ignore[arg-type]


def text_finding(floor: Floor, account: str = SUSPECT) -> AccountFinding:
    """A finding about the comment, with the invented word marked."""
    with floor.stages.db.read() as connection:
        event = next(
            event for event in floor.stages.events.list_events(connection, account) if event.type == "comment_posted"
        )
    start = TEXT.index("quandrel")
    return make_finding(
        floor,
        account,
        AccountFindingKind.TERM_HIT,
        event_id=event.id,
        field=TextField.COMMENT,
        attempt=Attempt.DISTRIBUTE,
        matches=(TermMatch("term_1", start, start + 8, Look.FOLDED, 3, "active"),),
    )


def open_account_case(floor: Floor, account: str, *findings: AccountFinding | AccountFindingKind) -> str:
    """Put the account before a person and return the case."""
    made = [
        finding if isinstance(finding, AccountFinding) else make_finding(floor, account, finding)
        for finding in findings or (AccountFindingKind.VAULT_ACCOUNT,)
    ]
    with floor.stages.db.write() as connection:
        record_account_findings(connection, made, floor.clock())
        return floor.stages.account_desk.open_case(connection, account, Lane.ACCOUNTS, [finding.id for finding in made])


def seed_case(floor: Floor) -> str:
    """The ring, its confirmed leader, and a case about the suspect with a text and a link before the reviewer."""
    seed_ring(floor)
    confirm_ringleader(floor)
    drain_outbox(floor.stages)
    link = make_finding(
        floor,
        SUSPECT,
        AccountFindingKind.LINKED_ACCOUNT,
        score=0.97,
        detector="accounts.links",
        reasons=("Shares a device with account acct-ringleader, which a person confirmed.",),
        details={"linked_to": RINGLEADER, "linked_to_confirmed": True, "path_kinds": "device, content", "hops": 1},
    )
    return open_account_case(floor, SUSPECT, text_finding(floor), link)
