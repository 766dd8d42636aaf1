"""Screens an upload again that was screened before: a bank has grown, and looking back found it.

Its bytes may have been let go since. Then the upload is hidden at once, put before a person, and the network is asked
to send it again; nothing that may destroy evidence happens before the bytes have come and are sealed.
"""

from jacana.audit import AuditEntry, append_entry
from jacana.db.outbox import promise_work
from jacana.decide.store import list_decisions
from jacana.model.errors import ServiceUnavailableError
from jacana.model.fault import fault
from jacana.model.upload import UploadState
from jacana.pipeline.outside import ScreeningUnderWayError
from jacana.pipeline.screening import SHOWING, load_decision
from jacana.pipeline.stages import Stages


class AnalysisMissingError(ServiceUnavailableError):
    """The hashes of an upload are in the catalogue and its analysis is not in the database (yet)."""

    code = "pipeline.analysis_missing"


def detect_again(stages: Stages, upload_id: str, cause: str) -> bool:
    """Compare the stored hashes of an upload with the banks as they are now; return whether anything is new.

    What is new is recorded together with the promise to decide anew: no crash may leave a match that nobody acts on.
    Raises AnalysisMissingError, and ScreeningUnderWayError while the first decision is still being carried out, whose
    release would otherwise come after this one's hold.
    """
    with stages.db.read() as connection:
        upload = stages.intake.load_upload(connection, upload_id)
        facts = stages.screener.load_facts(connection, upload.digests.sha256)
        if facts is None:
            raise AnalysisMissingError(f"no analysis of {upload_id} is recorded")
        if upload.state is UploadState.RECEIVED:
            raise ScreeningUnderWayError(f"{upload_id} has not been decided for the first time yet")
        # Screening that was tried again may have recorded a match after its decision, which stands: that is new too.
        decided_at = max((at for _, _, at in list_decisions(connection, upload_id)), default=None)
        decided = stages.screener.list_finding_ids(connection, upload_id, decided_at) if decided_at else set()
        found = stages.screener.find(connection, upload, facts)
    new = [finding for finding in found if finding.id not in decided]
    with stages.db.write() as connection:
        stages.screener.record_findings(connection, new, stages.clock())
        details = {"cause": cause, "new_findings": len(new)}
        append_entry(connection, AuditEntry(stages.clock(), "system", "upload.rescreened", upload_id, details))
        if new:
            promise_work(
                connection,
                id=f"decide-{upload_id[-26:]}-{cause[-26:]}",
                topic="decide_again",
                payload={"upload_id": upload_id, "cause": cause},
                not_before=stages.clock(),
            )
    fault("detect.after_commit")
    return bool(new)


def ask_for_bytes(stages: Stages, upload_id: str, decision_id: str) -> bool:
    """Record that the decision waits for the bytes, unless they are here or not needed; return whether it waits."""
    with stages.db.write() as connection:
        upload = stages.intake.load_upload(connection, upload_id)
        decision = load_decision(connection, upload, decision_id)
        if all(effect.kind in SHOWING for effect in decision.evaluation.effects):
            return False
        if stages.intake.spool_path(connection, upload_id) is not None:
            return False
        if stages.vault.find_receipt(connection, upload.digests.sha256) is not None:
            return False
        stages.intake.ask_for_bytes(connection, upload_id, decision_id)
    return True
