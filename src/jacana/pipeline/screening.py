"""Detect, decide and preserve for one upload. Every function may run again after a crash and changes nothing twice."""

from pathlib import Path

import structlog

from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.decide.evaluate import PolicyInput, evaluate_policy
from jacana.decide.store import list_decisions, record_decision
from jacana.detect.media.decoding.plan import Span
from jacana.model.account import Account
from jacana.model.decision import Decision, EffectKind, Moment
from jacana.model.errors import ServiceUnavailableError, ThingNotFoundError
from jacana.model.fault import fault
from jacana.model.finding import Finding, FindingKind
from jacana.model.media import MediaFacts
from jacana.model.preservation import HoldReason
from jacana.model.upload import Upload
from jacana.model.verdict import Verdict
from jacana.pipeline import accountfacts
from jacana.pipeline.stages import Stages
from jacana.review.cases import ReviewDecision

log = structlog.get_logger("jacana.pipeline")

PIPELINE_VERSION = "1"

PASSING_PROBLEMS = frozenset({"time_limit", "cpu_limit", "out_of_memory", "decoder_crashed"})
"""Problems of an analysis that another try on the same bytes may not meet."""


class SpoolMissingError(ThingNotFoundError):
    """The bytes of an accepted upload are neither in the spool nor in the vault."""

    code = "pipeline.spool_missing"


def detect_media(stages: Stages, upload_id: str) -> None:
    """Analyse the bytes (once per SHA-256), match them against the banks, record the findings."""
    with stages.db.read() as connection:
        upload = stages.intake.load_upload(connection, upload_id)
        known = stages.screener.load_analysis(connection, upload.digests.sha256)
        path = stages.intake.spool_path(connection, upload_id)
    if known and path and known.problem in PASSING_PROBLEMS:
        known = None  # the machine may have been short of something then; these bytes get another chance
    if known is None and path is None:
        raise SpoolMissingError(f"the bytes of {upload_id} are gone from the spool")
    facts = known or _look(stages, path, upload.digests.sha256)  # type: ignore[arg-type]  # checked above
    fault("detect.after_analyse")
    if known is None:
        # Before the banks are read: an entry that is added after that reading must find these hashes here.
        stages.catalogue.append(facts)
    with stages.db.read() as connection:
        found = stages.screener.find(connection, upload, facts)
    with stages.db.write() as connection:
        if known is None:
            stages.screener.record_analysis(connection, facts)
        stages.screener.record_findings(connection, found, stages.clock())
    fault("detect.after_commit")


def _look(stages: Stages, path: Path, sha256: str) -> MediaFacts:
    """Analyse bytes, and look again where they come near known media. Holds no transaction while it decodes."""

    def find_leads(facts: MediaFacts) -> tuple[Span, ...]:
        with stages.db.read() as connection:
            return stages.screener.find_leads(connection, facts)

    return stages.screener.analyse(path, sha256, leads=find_leads)


class ScreeningFailedError(ServiceUnavailableError):
    """Screening did not work; the upload is held, and screened again later."""

    code = "pipeline.screening_failed"


def detect_or_record_failure(stages: Stages, upload_id: str) -> bool:
    """Detect, or record that it failed; return whether it worked."""
    try:
        detect_media(stages, upload_id)
    except Exception as problem:  # whatever it is, the upload must not wait unseen
        log.error("screening failed", upload=upload_id, kind=type(problem).__name__)
        record_failed_screening(stages, upload_id)
        return False
    return True


def record_failed_screening(stages: Stages, upload_id: str) -> None:
    """Record that screening itself failed, so that the policy's fail-closed answer holds (design rule 6)."""
    with stages.db.write() as connection:
        upload = stages.intake.load_upload(connection, upload_id)
        finding = _pipeline_finding(
            upload,
            FindingKind.SCREENING_FAILED,
            "Screening this upload failed repeatedly; it stays hidden until a person has looked at it.",
        )
        stages.screener.record_findings(connection, [finding], stages.clock())


def decide_upload(stages: Stages, upload_id: str, cause: str | None = None) -> str:
    """Ask the policy and record its answer; return the decision's id. `cause` is why it is asked again, if it is.

    Bytes on which a person's verdict stands are decided by that verdict: nobody is asked to look twice.
    """
    with stages.db.write() as connection:
        lock_log(connection)  # before any reading: what is read here must still hold when the decision is written
        upload = stages.intake.load_upload(connection, upload_id)
        standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
        if standing and standing.verdict is Verdict.CONFIRMED:
            reason = f"Identical, byte for byte, to a file that was confirmed in decision {standing.id}."
            copy = _pipeline_finding(upload, FindingKind.CONFIRMED_COPY, reason)
            stages.screener.record_findings(connection, [copy], stages.clock())
        decision_id = _evaluate(stages, connection, upload, standing, cause)
    fault("decide.after_commit")
    return decision_id


def decide_verdict(stages: Stages, upload_id: str, review_decision_id: str) -> str:
    """Ask the policy what a person's verdict means for this upload; return the decision's id."""
    with stages.db.write() as connection:
        lock_log(connection)
        upload = stages.intake.load_upload(connection, upload_id)
        review = stages.desk.load_decision(connection, review_decision_id)
        return _evaluate(stages, connection, upload, review)


def preserve_upload(stages: Stages, upload_id: str, decision_id: str) -> None:
    """Seal the bytes in the vault under a hold, unless all that was decided is to show them."""
    with stages.db.read() as connection:
        upload = stages.intake.load_upload(connection, upload_id)
        decision = load_decision(connection, upload, decision_id)
        receipt = stages.vault.find_receipt(connection, upload.digests.sha256)
        path = stages.intake.spool_path(connection, upload_id)
        media = stages.screener.load_facts(connection, upload.digests.sha256)
    if all(effect.kind in SHOWING for effect in decision.evaluation.effects):
        with stages.db.write() as connection:
            end_screening_hold(stages, connection, upload_id, upload.digests.sha256)
        return
    sha256, actor = upload.digests.sha256, f"policy:{decision.evaluation.policy_version}"
    if path is None and receipt is not None:
        with stages.db.write() as connection:
            stages.vault.place_hold(connection, sha256, HoldReason.SCREENING, upload_id, stages.clock(), None, actor)
        return
    if path is None:
        raise SpoolMissingError(f"the bytes of {upload_id} are gone from the spool")
    media_type = media_type_of(media.container if media and media.readable else None)
    stages.vault.preserve(path, sha256, upload.size_bytes, media_type, HoldReason.SCREENING, upload_id, actor)


def end_screening_hold(stages: Stages, connection: Connection, upload_id: str, sha256: str) -> None:
    """Release the hold that screening placed for this upload: a person has cleared it, or a report now holds it."""
    for hold in stages.vault.list_holds(connection, sha256):
        if hold.reason is HoldReason.SCREENING and hold.subject == upload_id and hold.released_at is None:
            stages.vault.release_hold(connection, hold.id, "system")


def let_go_of_spool(stages: Stages, upload_id: str) -> None:
    """Delete the plain bytes: they are sealed in the vault, or may be shown and are the network's again."""
    stages.intake.drop_spool(upload_id)


SHOWING = frozenset({EffectKind.RELEASE, EffectKind.REINSTATE_ACCOUNT})
"""Effects that need no evidence to be kept."""


def load_decision(connection: Connection, upload: Upload, decision_id: str) -> Decision:
    """Return one recorded decision of this upload."""
    for found_id, evaluation, _ in list_decisions(connection, upload.id):
        if found_id == decision_id:
            return Decision(found_id, upload.id, upload.account_id, evaluation)
    raise ThingNotFoundError(f"no decision {decision_id} on {upload.id}")


def load_account(stages: Stages, connection: Connection, account_id: str) -> Account:
    """Return the account with the number of its files that a person confirmed."""
    return accountfacts.load_account(stages, connection, account_id)


def media_type_of(container: str | None) -> str:
    """Return the media type the bytes turned out to have, never the one the uploader claimed."""
    if container is None:
        return "application/octet-stream"
    for name, media_type in _MEDIA_TYPES.items():
        if name in container.split(","):
            return media_type
    return "application/octet-stream"


_MEDIA_TYPES = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "jpeg_pipe": "image/jpeg",
    "png_pipe": "image/png",
    "webp_pipe": "image/webp",
    "gif": "image/gif",
}


def _evaluate(
    stages: Stages, connection: Connection, upload: Upload, review: ReviewDecision | None, cause: str | None = None
) -> str:
    facts = PolicyInput(
        upload=upload,
        account=load_account(stages, connection, upload.account_id),
        media=stages.screener.load_facts(connection, upload.digests.sha256),
        findings=stages.outside.leave_out_answered(
            connection, upload.id, stages.screener.list_findings(connection, upload.id)
        ),
        verdict=review.verdict if review else None,
        classification=review.classification if review else None,
    )
    evaluation = evaluate_policy(stages.policy, Moment.VERDICT if review else Moment.UPLOAD, facts)
    cause = review.id if review else cause or _name_cause(facts)
    return record_decision(connection, upload.id, evaluation, cause, stages.clock())


def _name_cause(facts: PolicyInput) -> str:
    """Return what a screening decision rests on: the upload, and whether a failed screening was made up for since."""
    failed = any(finding.kind is FindingKind.SCREENING_FAILED for finding in facts.findings)
    return f"{facts.upload.id}+{len(facts.findings)}" if failed else facts.upload.id


def _pipeline_finding(upload: Upload, kind: FindingKind, reason: str) -> Finding:
    return Finding(
        id=f"find_{kind}_{upload.id.removeprefix('upl_')}",
        upload_id=upload.id,
        sha256=upload.digests.sha256,
        kind=kind,
        detector=f"pipeline.{kind}",
        detector_version=PIPELINE_VERSION,
        score=1.0,
        reasons=(reason,),
    )
