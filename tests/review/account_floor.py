"""A desk for accounts beside the review desk, and everything a test does around it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jacana.audit import list_entries
from jacana.db.engine import Connection, Database
from jacana.db.outbox import mark_started
from jacana.db.tables.detect_accounts import detect_account_findings
from jacana.model.clock import Clock
from jacana.model.decision import Lane
from jacana.model.verdict import AccountVerdict
from jacana.review.accounts.desk import AccountDesk
from jacana.review.accounts.items import AccountForm, AccountItem, AccountReview
from jacana.review.cases import Lease
from jacana.review.desk import ReviewDesk


@dataclass
class AccountFloor:
    """Each method is one transaction."""

    database: Database
    clock: Clock
    desk: ReviewDesk
    accounts: AccountDesk

    def do(self, work: Callable[[Connection], Any]) -> Any:
        with self.database.write() as connection:
            return work(connection)

    def find(self, account_id: str, *finding_ids: str) -> None:
        """Record findings, as a detector would; those that are there already stay."""
        with self.database.write() as connection:
            table = detect_account_findings
            known = set(connection.scalars(table.select().with_only_columns(table.c.id)))
            rows = [_row(account_id, finding_id, self.clock()) for finding_id in finding_ids if finding_id not in known]
            if rows:
                connection.execute(table.insert(), rows)

    def open(self, account_id: str, *finding_ids: str, lane: Lane = Lane.ACCOUNTS) -> str:
        """Record the findings and open a case on them."""
        self.find(account_id, *finding_ids)
        return self.do(lambda c: self.accounts.open_case(c, account_id, lane, finding_ids))

    def lease(self, case_id: str, user_id: str = "anna") -> Lease:
        return self.do(lambda c: self.desk.lease_case(c, case_id, user_id))

    def item(self, case_id: str) -> AccountItem:
        (item,) = self.do(lambda c: self.accounts.list_items(c, case_id))
        return item

    def form(self, case_id: str, user_id: str = "anna", **changes: object) -> AccountForm:
        """Take the case and fill the form as the console would."""
        lease, item = self.lease(case_id, user_id), self.item(case_id)
        fields: dict[str, object] = {
            "case_id": case_id,
            "account_id": item.account_id,
            "verdict": AccountVerdict.SHARED,
            "reason": "a family on one tablet",
            "finding_ids": item.finding_ids,
            "user_id": user_id,
            "lease_token": lease.token,
            "version": lease.version,
        }
        return AccountForm(**{**fields, **changes})

    def decide(self, case_id: str, user_id: str = "anna", **changes: object) -> AccountReview:
        form = self.form(case_id, user_id, **changes)
        return self.do(lambda c: self.accounts.decide(c, form))

    def apply(self, review_id: str) -> AccountReview:
        """Apply a verdict as the pipeline does: its outbox row starts, then the account is settled."""

        def work(connection: Connection) -> AccountReview:
            mark_started(connection, review_id, self.clock())
            return self.accounts.mark_applied(connection, review_id)

        return self.do(work)

    def settle(self, case_id: str, verdict: AccountVerdict = AccountVerdict.SHARED) -> AccountReview:
        return self.apply(self.decide(case_id, verdict=verdict).id)

    def verbs(self, case_id: str) -> list[str]:
        with self.database.read() as connection:
            return [entry.verb for _, entry in list_entries(connection, subject=case_id)]


def _row(account_id: str, finding_id: str, now: object) -> dict[str, object]:
    return {
        "id": finding_id,
        "account_id": account_id,
        "kind": "vault_account",
        "detector": "accounts.vault",
        "detector_version": "1",
        "score": 0.9,
        "reasons": [],
        "matches": [],
        "details": {},
        "occurred_at": now,
        "found_at": now,
    }
