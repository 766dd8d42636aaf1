"""Drives the account side of wired stages as detectors, workers and reviewers would."""

from datetime import datetime
from typing import Any

from jacana.db.outbox import list_due, mark_started
from jacana.detect.findings.store import record_account_findings
from jacana.model.account import AccountState
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TermMatch, TextField
from jacana.model.action import Action, ActionKind
from jacana.model.preservation import Hold, HoldReason
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.accountfacts import load_account
from jacana.pipeline.accountflow import apply_account_review, judge_account
from jacana.pipeline.inline import run_step
from jacana.pipeline.stages import Stages
from jacana.review.accounts.items import AccountForm, AccountReview
from jacana.review.cases import QueueRow


def make_finding(
    account_id: str,
    name: str,
    kind: AccountFindingKind = AccountFindingKind.BAN_EVASION,
    *,
    now: datetime,
    score: float = 0.95,
    **changes: Any,
) -> AccountFinding:
    """Return a finding; one of kind term_hit has a match of the worst severity in a caption."""
    extra: dict[str, object] = {}
    if kind is AccountFindingKind.BAN_EVASION:  # each says in which pattern
        changes["details"] = {"pattern": "same_device", **changes.get("details", {})}
    if kind is AccountFindingKind.TERM_HIT:
        match = TermMatch("term_1", 4, 12, Look.FOLDED, 5, "active")
        extra = {"attempt": Attempt.DISTRIBUTE, "field": TextField.CAPTION, "matches": (match,)}
    return AccountFinding(
        id=f"find_{kind.value}_{name}",
        account_id=account_id,
        kind=kind,
        detector="test",
        detector_version="1",
        score=score,
        reasons=("it was drawn",),
        occurred_at=now,
        **{**extra, **changes},
    )


class AccountSteps:
    """Each method is one thing that somebody does."""

    def __init__(self, stages: Stages) -> None:
        self.stages = stages
        self.causes = 0

    def find(self, account_id: str, name: str, kind=AccountFindingKind.BAN_EVASION, **changes) -> AccountFinding:
        finding = make_finding(account_id, name, kind, now=self.stages.clock(), **changes)
        with self.stages.db.write() as connection:
            record_account_findings(connection, [finding], self.stages.clock())
        return finding

    def judge(self, account_id: str) -> str:
        """Work everything that follows from what was found; return the cause."""
        self.causes += 1
        cause = f"events-{self.causes}"
        judge_account(self.stages, run_step, account_id, cause)
        return cause

    def decide(self, account_id: str, verdict: AccountVerdict) -> AccountReview:
        """Take the only open case of the account and give a verdict on it."""
        with self.stages.db.write() as connection:
            (row,) = [row for row in self.stages.desk.list_queue(connection) if row.account_id == account_id]
            lease = self.stages.desk.lease_case(connection, row.case_id, "user_1")
            (item,) = self.stages.account_desk.list_items(connection, row.case_id)
            form = AccountForm(
                row.case_id,
                account_id,
                verdict,
                "the record is clear",
                item.finding_ids,
                "user_1",
                lease.token,
                lease.version,
            )
            return self.stages.account_desk.decide(connection, form)

    def settle(self, account_id: str, verdict: AccountVerdict) -> AccountReview:
        """Give a verdict and work what follows from it."""
        return self.apply(self.decide(account_id, verdict))

    def apply(self, review: AccountReview) -> AccountReview:
        """Let the undo window pass, and work what follows from the verdict."""
        self.stages.clock.advance(self.stages.settings.undo_seconds)
        apply_account_review(self.stages, run_step, review.id)
        return self.read(lambda c: self.stages.account_desk.load(c, review.id))

    def deliver(self) -> None:
        """Send every instruction that waits."""
        for row in self.read(lambda c: list_due(c, self.stages.clock())):
            if row.topic == "deliver_action":
                with self.stages.db.write() as connection:
                    mark_started(connection, row.id, self.stages.clock())
                self.stages.enforcement.deliver(**row.payload)

    def read(self, question):
        with self.stages.db.read() as connection:
            return question(connection)

    def queue(self) -> list[QueueRow]:
        return self.read(self.stages.desk.list_queue)

    def state(self, account_id: str) -> AccountState:
        return self.read(lambda c: load_account(self.stages, c, account_id)).state

    def actions(self, account_id: str) -> list[Action]:
        return self.read(lambda c: self.stages.enforcement.list_actions(c, account_id=account_id))

    def kinds(self, account_id: str) -> list[ActionKind]:
        """Return what was ordered for the account, leaving out devices."""
        return [action.kind for action in self.actions(account_id) if "device" not in action.kind.value]

    def holds(self, decision_id: str) -> list[Hold]:
        """Return the holds on the record of a decision, released ones too."""
        return self.read(lambda c: self.stages.vault.list_holds_for(c, HoldReason.SCREENING, decision_id))
