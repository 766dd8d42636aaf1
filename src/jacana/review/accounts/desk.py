"""The desk for accounts: puts an account before a person, takes the verdict, lets it be undone, applied, overturned.

Cases, leases and the queue are the review desk's. Works inside the caller's transaction; executes nothing itself.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import cancel_work, promise_work
from jacana.model.clock import Clock
from jacana.model.decision import Lane
from jacana.model.ids import new_id
from jacana.model.verdict import AccountVerdict
from jacana.review import lanes, states
from jacana.review import store as cases
from jacana.review.accounts import store
from jacana.review.accounts.items import AccountForm, AccountItem, AccountReview
from jacana.review.errors import (
    DecisionFormInvalidError,
    DecisionStandsError,
    DecisionUndoneError,
    ItemMissingError,
    TooEarlyToOverturnError,
    TooLateToUndoError,
)

APPLY_TOPIC = "apply_account_review"


class AccountDesk:
    """The part of the review stage that knows no file."""

    def __init__(self, clock: Clock, undo_seconds: int) -> None:
        self._clock = clock
        self._undo_seconds = undo_seconds

    # Items

    def open_case(
        self, connection: Connection, account_id: str, lane: Lane, finding_ids: Iterable[str], actor: str = "system"
    ) -> str:
        """Put the account before a person, with these findings, and return the case id.

        Joins the open case of the account in that lane, or opens one and starts its clock. Findings that are before a
        person there already change nothing. One that is new lets an account that has its verdict wait again. Findings
        that all rest under standing verdicts ask nobody a second time: then the case of the last one is returned.
        """
        lock_log(connection)
        now = self._clock()
        wanted = list(dict.fromkeys(finding_ids))
        judged = self.list_judged(connection, account_id)
        if wanted and all(finding_id in judged for finding_id in wanted):
            return judged[wanted[-1]].case_id
        head, opened = cases.open_or_join(connection, account_id, lane, now, lanes.due_at(lane, now))
        item = store.find_item(connection, head.id, account_id)
        new = _leave_out(wanted, item.finding_ids) if item else wanted
        if item is not None and not new:
            return head.id
        if item is None:
            store.insert_item(connection, head.id, account_id, wanted, now)
        else:
            self._add_findings(connection, item, new)
        if not opened:
            cases.bump_version(connection, head.id)
        details = {"account_id": account_id, "lane": lane.value, "findings": len(new)}
        append_entry(connection, AuditEntry(now, actor, "case.opened" if opened else "case.joined", head.id, details))
        return head.id

    def list_items(self, connection: Connection, case_id: str) -> tuple[AccountItem, ...]:
        """Return the accounts of a case, each with its live verdict."""
        return tuple(store.list_items(connection, case_id))

    def list_reviews(
        self, connection: Connection, *, account_id: str | None = None, case_id: str | None = None
    ) -> tuple[AccountReview, ...]:
        """Return verdicts on an account or of a case, oldest first; those that were taken back too."""
        return tuple(store.list_reviews(connection, account_id=account_id, case_id=case_id))

    # Verdicts

    def decide(self, connection: Connection, form: AccountForm) -> AccountReview:
        """Record a verdict on an account and promise its effects for the end of the undo window.

        Raises DecisionFormInvalidError (names the field), CaseMissingError, ItemMissingError, and the conflicts
        CaseClosedError, LeaseLostError, CaseStaleError, DecisionStandsError.
        """
        states.check_reason(form.reason)
        lock_log(connection)
        now = self._clock()
        head = cases.load_head(connection, form.case_id, lock=True)
        states.check_lease(head, form.user_id, form.lease_token, now)
        states.check_version(head, form.version)
        item = store.find_item(connection, form.case_id, form.account_id)
        if item is None:
            raise ItemMissingError("the case does not ask about this account")
        if item.live is not None:
            raise DecisionStandsError(f"the account already has the verdict {item.live.verdict} ({item.live.id})")
        review = AccountReview(
            id=new_id("arev"),
            case_id=form.case_id,
            account_id=form.account_id,
            verdict=form.verdict,
            reason=form.reason.strip(),
            finding_ids=self._read_findings(form, item),
            user_id=form.user_id,
            decided_at=now,
            applies_at=now + timedelta(seconds=self._undo_seconds),
        )
        store.insert_review(connection, review, item.id)
        cases.bump_version(connection, form.case_id)
        self._note(connection, review, "case.decided", form.user_id)
        promise_work(
            connection,
            id=review.id,
            topic=APPLY_TOPIC,
            payload={"review_id": review.id},
            not_before=review.applies_at,
        )
        return review

    def undo(self, connection: Connection, review_id: str, user_id: str) -> None:
        """Take a verdict back before its work has started; the account waits again.

        Raises DecisionMissingError, TooLateToUndoError, DecisionUndoneError.
        """
        now = self._clock()
        review = self._lock(connection, review_id)
        if review.applied_at is not None or not cancel_work(connection, review_id, now):
            raise TooLateToUndoError("the undo window is over: the verdict is being applied")
        store.update_review(connection, review_id, undone_at=now, undone_by=user_id, live_key=None)
        cases.bump_version(connection, review.case_id)
        self._note(connection, review, "case.undone", user_id)

    def mark_applied(self, connection: Connection, review_id: str) -> AccountReview:
        """Apply a verdict: the account has it, and its case closes if nothing waits there any more.

        Findings that came after the page was shown wait for a verdict of their own, unless the account is found to
        trade. Replaying changes nothing. Raises DecisionMissingError, DecisionUndoneError.
        """
        review = self._lock(connection, review_id)
        if review.applied_at is not None:
            return review
        now = self._clock()
        store.update_review(connection, review_id, applied_at=now)
        item = store.find_item(connection, review.case_id, review.account_id)
        if item is None or item.live is None or item.live.id != review_id:
            raise ItemMissingError("the case no longer asks about this account")
        store.settle_item(connection, item.id, review)
        self._note(connection, review, "case.applied", review.user_id)
        if review.verdict is not AccountVerdict.TRADING and set(item.finding_ids) - set(review.finding_ids):
            store.reopen_item(connection, item.id, item.case_id)
        cases.bump_version(connection, review.case_id)
        if cases.close_if_done(connection, review.case_id, now):
            self._note(connection, review, "case.closed", review.user_id)
        return self.load(connection, review_id)

    def overturn(self, connection: Connection, review_id: str, user_id: str, reason: str) -> AccountReview:
        """Take an applied verdict back; the account waits for another, in an open case of that lane.

        What it did at the network is the pipeline's to reverse. Raises DecisionFormInvalidError, DecisionMissingError,
        DecisionUndoneError, TooEarlyToOverturnError.
        """
        states.check_reason(reason)
        review = self._lock(connection, review_id)
        if review.applied_at is None:
            raise TooEarlyToOverturnError("the verdict is not applied yet; undo it instead")
        now = self._clock()
        store.update_review(
            connection,
            review_id,
            overturned_at=now,
            overturned_by=user_id,
            overturned_reason=reason.strip(),
            live_key=None,
        )
        self._note(connection, review, "case.overturned", user_id)
        item = store.find_settled(connection, review_id)
        if item is not None:
            self._wait_again(connection, item)
        return self.load(connection, review_id)

    def load(self, connection: Connection, review_id: str) -> AccountReview:
        """Return a verdict. Raises DecisionMissingError."""
        return store.load_review(connection, review_id)

    def standing(self, connection: Connection, account_id: str) -> AccountReview | None:
        """Return the last verdict on the account that was applied and not taken back."""
        given = [review for review in store.list_reviews(connection, account_id=account_id) if review.stands]
        return given[-1] if given else None

    def list_judged(self, connection: Connection, account_id: str) -> dict[str, AccountReview]:
        """Return, for each finding that was on the page of a standing verdict on the account, the last such verdict."""
        given = [review for review in store.list_reviews(connection, account_id=account_id) if review.stands]
        return {finding_id: review for review in given for finding_id in review.finding_ids}

    def _add_findings(self, connection: Connection, item: AccountItem, new: list[str]) -> None:
        store.save_findings(connection, item.id, [*item.finding_ids, *new])
        if item.verdict is not None:
            store.reopen_item(connection, item.id, item.case_id)

    def _wait_again(self, connection: Connection, item: AccountItem) -> None:
        """Let an account whose verdict was taken back wait, in the open case of its lane or in its own, opened again.

        An account that waits in that open case already, on newer findings, gets the old ones as well.
        """
        home = cases.reopen_case(connection, item.case_id, self._clock(), lanes.due_at)
        other = store.find_item(connection, home, item.account_id) if home != item.case_id else None
        if other is None:
            store.reopen_item(connection, item.id, home)
            return
        store.delete_item(connection, item.id)
        self._add_findings(connection, other, _leave_out(item.finding_ids, other.finding_ids))

    def _read_findings(self, form: AccountForm, item: AccountItem) -> tuple[str, ...]:
        """Return what was on the page: what the item holds in the version that was shown; nothing else is judged."""
        if not form.finding_ids or not set(form.finding_ids) <= set(item.finding_ids):
            raise DecisionFormInvalidError(
                "a verdict rests on findings that are before a person in this case",
                field="finding_ids",
                remedy="send the ids of the findings that were on the page",
            )
        return item.finding_ids

    def _lock(self, connection: Connection, review_id: str) -> AccountReview:
        """Return the verdict as it stands once no other transaction can change it."""
        lock_log(connection)
        review = store.load_review(connection, review_id)
        if review.taken_back:
            raise DecisionUndoneError("the verdict was taken back")
        return review

    def _note(self, connection: Connection, review: AccountReview, verb: str, user_id: str) -> None:
        details = {
            "account_id": review.account_id,
            "decision_id": review.id,
            "findings": len(review.finding_ids),
            "verdict": review.verdict.value,
        }
        append_entry(connection, AuditEntry(self._clock(), f"user:{user_id}", verb, review.case_id, details))


def _leave_out(finding_ids: Iterable[str], known: Collection[str]) -> list[str]:
    return [finding_id for finding_id in finding_ids if finding_id not in known]
