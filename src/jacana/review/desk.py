"""The review desk: opens cases, lends them out, takes verdicts, settles them, logs views.

Every method works inside the caller's transaction. Role checks are the web's; the desk trusts `user_id`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import cancel_work, promise_work
from jacana.model.clock import Clock, format_time
from jacana.model.decision import Lane
from jacana.model.ids import new_id
from jacana.model.verdict import Verdict
from jacana.review import lanes, settling, states, store, views
from jacana.review.accounts import store as account_store
from jacana.review.cases import (
    CaseFile,
    CaseHead,
    DecisionForm,
    Lease,
    QueueRow,
    ReviewDecision,
    View,
    ViewPurpose,
)
from jacana.review.errors import (
    CaseLeasedError,
    DecisionStandsError,
    ItemMissingError,
    TooLateToUndoError,
)
from jacana.review.viewlog import store as viewlog

APPLY_TOPIC = "apply_review"


class ReviewDesk:
    """The review stage."""

    def __init__(self, clock: Clock, lease_seconds: int, undo_seconds: int) -> None:
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._undo_seconds = undo_seconds

    # Cases

    def lock_file(self, connection: Connection, sha256: str) -> None:
        """Wait until no other transaction opens, decides or settles these bytes, and keep others out until commit.

        For callers that look before they write: what they saw still holds then. The audit log's lock serves for every
        file, because each of those steps appends to the log, and one lock cannot be taken in the wrong order.
        """
        lock_log(connection)

    def open_case(
        self, connection: Connection, account_id: str, lane: Lane, upload_id: str, sha256: str, actor: str = "system"
    ) -> str:
        """Put the upload before a person and return the case id.

        Joins the open case of the account in that lane, or opens one and starts its clock. An upload that is already
        an item stays where it is, whatever became of its case.
        """
        lock_log(connection)
        known = store.find_item(connection, upload_id)
        if known is not None:
            return known.case_id
        now = self._clock()
        head, opened = store.open_or_join(connection, account_id, lane, now, lanes.due_at(lane, now))
        store.insert_item(connection, head.id, upload_id, sha256, now)
        if not opened:
            store.bump_version(connection, head.id)
        details = {"account_id": account_id, "lane": lane.value, "upload_id": upload_id}
        append_entry(connection, AuditEntry(now, actor, "case.opened" if opened else "case.joined", head.id, details))
        return head.id

    def list_queue(self, connection: Connection) -> list[QueueRow]:
        """Return the open cases: worst lane first, then what is due first."""
        heads, items = store.list_open_heads(connection), store.list_open_items(connection)
        return states.order_queue(heads, items, self._clock(), account_store.list_open_items(connection))

    def list_closed(self, connection: Connection, account_id: str | None, limit: int) -> list[CaseHead]:
        """Return closed cases, of one account or of all, the last closed first."""
        return store.list_closed_heads(connection, account_id, limit)

    def list_cases(self, connection: Connection, account_id: str) -> list[CaseHead]:
        """Return every case of the account, newest first."""
        return store.list_account_heads(connection, account_id)

    def find_case(self, connection: Connection, upload_id: str) -> str | None:
        """Return the case that holds the upload."""
        item = store.find_item(connection, upload_id)
        return item.case_id if item else None

    def get_case(self, connection: Connection, case_id: str) -> CaseFile:
        """Return the case with items and verdicts. Raises CaseMissingError."""
        head = store.load_head(connection, case_id)
        items = store.list_items(connection, case_id)
        copies = store.list_copies(connection, case_id)
        return states.build_file(head, items, copies, store.list_case_decisions(connection, case_id), self._clock())

    # Leases

    def lease_case(self, connection: Connection, case_id: str, user_id: str) -> Lease:
        """Lend the case to a person, or renew that person's live lease under the same token.

        Raises CaseMissingError, CaseClosedError, CaseLeasedError.
        """
        lock_log(connection)
        now = self._clock()
        head = store.load_head(connection, case_id, lock=True)
        lease = states.grant_lease(head, user_id, now, self._lease_seconds)
        store.save_lease(connection, lease)
        if lease.token != head.lease_token:
            details = {"token": lease.token, "until": format_time(lease.until)}
            append_entry(connection, AuditEntry(now, f"user:{user_id}", "case.leased", case_id, details))
        return lease

    def find_lease(self, connection: Connection, case_id: str, user_id: str) -> Lease | None:
        """Return the person's live lease on the case, if there is one. Raises CaseMissingError."""
        head = store.load_head(connection, case_id)
        if head.leased_by != user_id or head.lease_until is None or not head.leased_at(self._clock()):
            return None
        return Lease(case_id, user_id, head.lease_token, head.lease_until, head.version)

    def release_lease(self, connection: Connection, case_id: str, user_id: str) -> bool:
        """Give the case back before the lease runs out. Return False if the person no longer held it.

        Raises CaseMissingError.
        """
        lock_log(connection)
        now = self._clock()
        head = store.load_head(connection, case_id, lock=True)
        if head.leased_by != user_id or not head.leased_at(now):
            return False
        store.clear_lease(connection, case_id)
        details = {"token": head.lease_token}
        append_entry(connection, AuditEntry(now, f"user:{user_id}", "case.released", case_id, details))
        return True

    # Verdicts

    def decide(self, connection: Connection, form: DecisionForm) -> ReviewDecision:
        """Record a verdict on one file and promise its effects for the end of the undo window.

        Raises DecisionFormInvalidError (names the field), CaseMissingError, ItemMissingError, and the conflicts
        CaseClosedError, LeaseLostError, CaseStaleError, DecisionStandsError.
        """
        states.check_form(form)
        lock_log(connection)
        now = self._clock()
        head = store.load_head(connection, form.case_id, lock=True)
        states.check_lease(head, form.user_id, form.lease_token, now)
        states.check_version(head, form.version)
        self._require_item(connection, form.case_id, form.sha256)
        standing = store.find_live_decision(connection, form.sha256)
        if standing is not None:
            raise DecisionStandsError(f"the file already has the verdict {standing.verdict} ({standing.id})")
        viewed_whole = viewlog.has_viewed_whole(connection, form.sha256, form.user_id)
        states.check_classified(form, viewed_whole)
        decision = ReviewDecision(
            id=new_id("rdec"),
            case_id=form.case_id,
            sha256=form.sha256,
            verdict=form.verdict,
            classification=form.classification,
            reason=form.reason.strip(),
            user_id=form.user_id,
            viewed_whole=viewed_whole,
            decided_at=now,
            applies_at=now + timedelta(seconds=self._undo_seconds),
        )
        store.insert_decision(connection, decision)
        store.bump_version(connection, form.case_id)
        details = {
            "classification": form.classification.value if form.classification else None,
            "decision_id": decision.id,
            "sha256": form.sha256,
            "verdict": form.verdict.value,
            "viewed_whole": decision.viewed_whole,
        }
        append_entry(connection, AuditEntry(now, f"user:{form.user_id}", "case.decided", form.case_id, details))
        promise_work(
            connection,
            id=decision.id,
            topic=APPLY_TOPIC,
            payload={"decision_id": decision.id},
            not_before=decision.applies_at,
        )
        return decision

    def undo(self, connection: Connection, decision_id: str, user_id: str) -> None:
        """Take a verdict back before its work has started; the files wait again.

        Raises DecisionMissingError, TooLateToUndoError, DecisionUndoneError.
        """
        now = self._clock()
        decision = settling.lock_decision(connection, decision_id)
        if decision.applied_at is not None or not cancel_work(connection, decision_id, now):
            raise TooLateToUndoError("the undo window is over: the verdict is being applied")
        store.mark_undone(connection, decision_id, now, by=user_id)
        store.bump_version(connection, decision.case_id)
        details = {"decision_id": decision_id, "sha256": decision.sha256}
        append_entry(connection, AuditEntry(now, f"user:{user_id}", "case.undone", decision.case_id, details))

    def overturn(self, connection: Connection, decision_id: str, user_id: str, reason: str) -> list[str]:
        """Take an applied verdict back; its files wait for another. Return the uploads it had settled.

        Raises DecisionMissingError, DecisionUndoneError, TooEarlyToOverturnError.
        """
        return settling.overturn_file(connection, decision_id, user_id, reason, self._clock())

    def load_decision(self, connection: Connection, decision_id: str) -> ReviewDecision:
        """Return a verdict. Raises DecisionMissingError."""
        return store.load_decision(connection, decision_id)

    def standing_verdict(self, connection: Connection, sha256: str) -> ReviewDecision | None:
        """Return the applied verdict on these bytes; one in its undo window does not stand yet."""
        decision = store.find_live_decision(connection, sha256)
        return decision if decision and decision.applied_at else None

    def settle(self, connection: Connection, decision_id: str) -> list[str]:
        """Apply a verdict to every waiting copy of the file in every open case; return the upload ids it settles.

        Cases with nothing left to decide close. Replaying returns the same uploads and changes nothing.
        Raises DecisionMissingError, DecisionUndoneError.
        """
        return settling.settle_file(connection, decision_id, self._clock())

    def settle_upload(self, connection: Connection, upload_id: str, decision_id: str) -> None:
        """Apply a standing verdict to one copy that came late; the upload must be an item (open its case first).

        Replaying changes nothing. Raises ItemMissingError, DecisionMissingError, DecisionUndoneError,
        VerdictMismatchError.
        """
        settling.settle_late_copy(connection, upload_id, decision_id, self._clock())

    def count_confirmed(self, connection: Connection, account_id: str) -> int:
        """Return how many distinct files of the account a person has confirmed."""
        return store.count_verdicts(connection, account_id, Verdict.CONFIRMED)

    # Views

    def start_view(
        self,
        connection: Connection,
        user_id: str,
        case_id: str,
        sha256: str,
        purpose: ViewPurpose = ViewPurpose.DECIDE,
    ) -> View:
        """Log that a person is about to look at a file; bytes may be shown only after this has committed.

        Needs the person's live lease on the case. A person looks at one thing at a time: earlier views end here.
        Raises CaseMissingError, ItemMissingError, CaseLeasedError, LeaseLostError.
        """
        lock_log(connection)
        now = self._clock()
        head = store.load_head(connection, case_id, lock=True)
        if head.leased_at(now) and head.leased_by != user_id:
            raise CaseLeasedError("somebody else holds the case")
        states.check_lease(head, user_id, head.lease_token, now)
        self._require_item(connection, case_id, sha256)
        viewlog.end_views(connection, user_id, now)
        view = View(new_id("view"), user_id, case_id, sha256, ViewPurpose(purpose), now, None, (), 0.0, 0, False)
        viewlog.insert_view(connection, view)
        details = {"case_id": case_id, "purpose": view.purpose.value, "view_id": view.id}
        append_entry(connection, AuditEntry(now, f"user:{user_id}", "media.viewed", sha256, details))
        return view

    def record_served(self, connection: Connection, view_id: str, user_id: str, start: int, end: int) -> None:
        """Note that bytes start..end (end-exclusive) of the file really were sent to the person for this view.

        Raises ViewMissingError.
        """
        view = viewlog.load_view(connection, view_id, user_id)
        served = views.add_served(view.served, start, end)
        if served is not None:
            viewlog.save_served(connection, view_id, served)

    def record_progress(
        self,
        connection: Connection,
        view_id: str,
        user_id: str,
        ranges: Iterable[tuple[float, float]],
        revealed_ms: int,
        *,
        duration_seconds: float | None,
        size_bytes: int | None,
        readable: bool,
    ) -> View:
        """Add what was revealed so far: `ranges` in seconds of the file, `revealed_ms` wall time since the view began.

        Both are totals of this view, so sending one twice changes nothing. `duration_seconds` (None or 0 for a
        picture), `size_bytes` and `readable` come from our own records, never from the browser: a file that cannot be
        decoded in full is never seen whole. When the person has come to see the whole file, the audit log says so in
        this transaction. Raises ViewMissingError (also for another person's view), ViewClaimInvalidError.
        """
        lock_log(connection)
        now = self._clock()
        view = viewlog.load_view(connection, view_id, user_id)
        merged = views.merge_ranges([*view.ranges, *views.clip_ranges(ranges, duration_seconds)])
        revealed = revealed_ms if revealed_ms < 0 else max(view.revealed_ms, revealed_ms)
        look = replace(view, ranges=merged, seen_seconds=views.count_seconds(merged), revealed_ms=revealed)
        others = [other for other in viewlog.list_looks(connection, user_id, view.sha256) if other.id != view.id]
        sight = views.sum_looks([*others, look], now)
        views.check_claim(look, sight, now)
        viewlog.save_progress(connection, look)
        if not readable or not views.seen_whole(sight, duration_seconds, size_bytes):
            return look
        if viewlog.has_viewed_whole(connection, view.sha256, user_id):
            return look
        details = {"case_id": view.case_id, "seconds": int(views.count_seconds(sight.ranges)), "view_id": view.id}
        entry = AuditEntry(now, f"user:{user_id}", viewlog.SEEN_WHOLE, view.sha256, details)
        return viewlog.save_whole(connection, look, append_entry(connection, entry))

    def end_view(self, connection: Connection, view_id: str, user_id: str) -> None:
        """Say that the look is over. Progress sent later still counts, up to this moment. Raises ViewMissingError."""
        viewlog.load_view(connection, view_id, user_id)
        viewlog.end_views(connection, user_id, self._clock(), view_id)

    def list_views(self, connection: Connection, case_id: str) -> list[View]:
        """Return who looked at the case's files, oldest first."""
        return viewlog.list_views(connection, case_id)

    def viewed_whole(self, connection: Connection, sha256: str, user_id: str | None = None) -> bool:
        """Return whether a person (this person, if named) has seen the whole file; true only if the audit log says so.

        Raises AuditEntryBrokenError.
        """
        return viewlog.has_viewed_whole(connection, sha256, user_id)

    def exposure(self, connection: Connection, user_id: str, since: datetime) -> int:
        """Return for how many milliseconds the person had material revealed in views begun since then."""
        return viewlog.sum_exposure(connection, user_id, since)

    def _require_item(self, connection: Connection, case_id: str, sha256: str) -> None:
        if not store.has_item(connection, case_id, sha256):
            raise ItemMissingError("the case has no such file")
