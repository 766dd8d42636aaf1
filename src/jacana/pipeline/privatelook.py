"""The strongest look at an upload that only its owner may see: every frame, if its bytes are here.

Hides nothing by itself: a match is decided about like any other. Where the bytes were let go, the hashes that were
kept are compared again with every bank as it is now; nobody is asked for the bytes, since sharing alone is no strike.
"""

from pathlib import Path

from jacana.audit import AuditEntry, append_entry
from jacana.db.outbox import promise_work
from jacana.decide.store import list_decisions
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.model.media import MediaFacts
from jacana.model.upload import Upload, UploadState
from jacana.pipeline import rescreen
from jacana.pipeline.outside import ScreeningUnderWayError
from jacana.pipeline.stages import Stages


def look_at_private(stages: Stages, upload_id: str, cause: str) -> bool:
    """Look at one upload again, as closely as can be; return whether anything is new. `cause` is a decision's id.

    What is new is recorded together with the promise to decide anew. Raises ScreeningUnderWayError while the upload has
    not been decided for the first time, and what screening raises.
    """
    with stages.db.read() as connection:
        upload = stages.intake.load_upload(connection, upload_id)
        path = stages.intake.spool_path(connection, upload_id)
        sealed = stages.vault.size_of(connection, upload.digests.sha256) is not None
    if upload.state is UploadState.RECEIVED:
        raise ScreeningUnderWayError(f"{upload_id} has not been decided for the first time yet")
    if path is None and not sealed:
        return rescreen.detect_again(stages, upload_id, cause)
    facts = _look_closely(stages, upload, path)
    if facts.problem:
        return rescreen.detect_again(stages, upload_id, cause)
    return _record_new(stages, upload, facts, cause)


def _look_closely(stages: Stages, upload: Upload, path: Path | None) -> MediaFacts:
    """Hash every frame. Bytes that are in the vault only lie in the spool for as long as that takes."""
    plan = SamplingPlan("thorough", windows="upload" if stages.settings.media_windows else "none")
    sha256 = upload.digests.sha256
    if path is not None:
        return stages.screener.look(path, sha256, plan)
    with stages.intake.begin() as file:
        for piece in stages.vault.read(sha256, "system", "screen_private"):
            file.write(piece)
        file.keep()
        try:
            return stages.screener.look(file.path, sha256, plan)
        finally:
            file.discard()


def _record_new(stages: Stages, upload: Upload, facts: MediaFacts, cause: str) -> bool:
    with stages.db.read() as connection:
        decided_at = max((at for _, _, at in list_decisions(connection, upload.id)), default=None)
        decided = stages.screener.list_finding_ids(connection, upload.id, decided_at) if decided_at else set()
        found = stages.screener.find(connection, upload, facts)
    new = [finding for finding in found if finding.id not in decided]
    with stages.db.write() as connection:
        stages.screener.record_findings(connection, new, stages.clock())
        details = {"cause": cause, "new_findings": len(new), "frames": facts.frame_count}
        append_entry(connection, AuditEntry(stages.clock(), "system", "upload.rescreened", upload.id, details))
        if new:
            promise_work(
                connection,
                id=f"decide-{upload.id[-26:]}-{cause[-26:]}",
                topic="decide_again",
                payload={"upload_id": upload.id, "cause": cause},
                not_before=stages.clock(),
            )
    return bool(new)
