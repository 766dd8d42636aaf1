"""Puts uploads before people, and carries one person's decision to every copy of the identical bytes."""

from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.model.decision import EffectKind, Lane, Moment
from jacana.model.errors import StateConflictError
from jacana.model.fault import fault
from jacana.model.preservation import HoldReason
from jacana.model.verdict import Verdict
from jacana.pipeline import enforce, ownbank, reporting, reversal, screening
from jacana.pipeline.accountwork import promise_linking
from jacana.pipeline.stages import Stages
from jacana.report.states import ReportState


def open_case(stages: Stages, upload_id: str, decision_id: str) -> None:
    """Open or join the case a decision asks for; if a verdict already stands on these bytes, settle it at once."""
    with stages.db.write() as connection:
        upload = stages.intake.load_upload(connection, upload_id)
        evaluation = screening.load_decision(connection, upload, decision_id).evaluation
        wanted = [effect for effect in evaluation.effects if effect.kind in NEEDING_A_CASE]
        if not wanted:
            return
        lane = next((effect.lane for effect in wanted if effect.lane), Lane.APPARENT_CSAM)
        stages.desk.open_case(connection, upload.account_id, lane, upload_id, upload.digests.sha256)
        standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
        if standing:
            stages.desk.settle_upload(connection, upload_id, standing.id)
            if standing.verdict is Verdict.CONFIRMED:
                promise_linking(stages, connection, upload.account_id, standing.id)
    fault("review.after_open")
    if standing and evaluation.moment is Moment.UPLOAD:
        # The verdict came between this upload's decision and its case: it must not wait for a second person.
        apply_verdict(stages, upload_id, standing.id)


NEEDING_A_CASE = frozenset({EffectKind.OPEN_CASE, EffectKind.DRAFT_REPORT})
"""A report needs a case too: a person must approve it somewhere."""


def settle_copies(stages: Stages, review_decision_id: str) -> list[str]:
    """Settle every upload of the decided bytes; return them.

    A verdict that they must not be shown reaches copies that no case holds yet, too: those that were shown before the
    bank grew, and those that are being screened at this moment.
    """
    with stages.db.write() as connection:
        lock_log(connection)
        decision = stages.desk.load_decision(connection, review_decision_id)
        if decision.verdict is not Verdict.CLEARED:
            lane = stages.desk.get_case(connection, decision.case_id).head.lane
            for copy in stages.intake.list_uploads_by_sha256(connection, decision.sha256):
                stages.desk.open_case(connection, copy.account_id, lane, copy.id, copy.digests.sha256)
        uploads = stages.desk.settle(connection, review_decision_id)
        if decision.verdict is Verdict.CONFIRMED:
            for upload_id in uploads:
                owner = stages.intake.load_upload(connection, upload_id).account_id
                promise_linking(stages, connection, owner, review_decision_id)
        ownbank.promise_keeping(stages, connection, decision)
    fault("review.after_decide")
    return list(uploads)


def apply_verdict(stages: Stages, upload_id: str, review_decision_id: str) -> None:
    """Do at once for one upload what `flow.apply_review` does for all."""
    outcome_id = screening.decide_verdict(stages, upload_id, review_decision_id)
    screening.preserve_upload(stages, upload_id, outcome_id)
    enforce.act_on_decision(stages, upload_id, outcome_id)
    reporting.draft_report(stages, upload_id, outcome_id)


class ReportUnderWayError(StateConflictError):
    """A report that rests on the verdict is being filed."""

    code = "casework.report_under_way"


class EvidenceGoneError(StateConflictError):
    """The bytes were let go after the verdict; nobody could look at them again."""

    code = "casework.evidence_gone"


def overturn_verdict(stages: Stages, review_decision_id: str, user_id: str, reason: str) -> None:
    """Take an applied verdict back: reverse what it did, hide its files again, and let them wait for another verdict.

    A report that was filed cannot be called back and stays as it is; one under way must be retracted first. Raises
    ReportUnderWayError, EvidenceGoneError, and what `ReviewDesk.overturn` raises.
    """
    with stages.db.write() as connection:
        lock_log(connection)
        uploads = stages.desk.overturn(connection, review_decision_id, user_id, reason)
        ownbank.retire_overturned(stages, connection, review_decision_id, f"user:{user_id}")
        sha256 = stages.desk.load_decision(connection, review_decision_id).sha256
        if stages.vault.size_of(connection, sha256) is None:
            raise EvidenceGoneError("the file was let go after this verdict; have it uploaded again")
        for upload_id in uploads:
            _refuse_report_under_way(stages, connection, upload_id)
            stages.vault.place_hold(
                connection, sha256, HoldReason.SCREENING, upload_id, stages.clock(), None, f"user:{user_id}"
            )
            reversal.reverse_outcome(stages, connection, upload_id, review_decision_id, f"user:{user_id}", reason)


def _refuse_report_under_way(stages: Stages, connection: Connection, upload_id: str) -> None:
    case_id = stages.desk.find_case(connection, upload_id)
    at_rest = {ReportState.DRAFT, ReportState.FILED, ReportState.RETRACTED}
    for report in stages.reports.list_reports(connection, case_id=case_id):
        if report.state not in at_rest and any(file.upload_id == upload_id for file in report.files):
            raise ReportUnderWayError(f"{report.id} rests on this verdict; retract it first: jacana report retract")
