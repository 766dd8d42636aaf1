"""Puts uploads before people, and carries one person's decision to every copy of the identical bytes."""

from jacana.audit import lock_log
from jacana.model.decision import EffectKind, Lane, Moment
from jacana.model.fault import fault
from jacana.model.verdict import Verdict
from jacana.pipeline import enforce, reporting, screening
from jacana.pipeline.stages import Stages


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
    fault("review.after_decide")
    return list(uploads)


def apply_verdict(stages: Stages, upload_id: str, review_decision_id: str) -> None:
    """Do at once for one upload what `flow.apply_review` does for all."""
    outcome_id = screening.decide_verdict(stages, upload_id, review_decision_id)
    screening.preserve_upload(stages, upload_id, outcome_id)
    enforce.act_on_decision(stages, upload_id, outcome_id)
    reporting.draft_report(stages, upload_id, outcome_id)
