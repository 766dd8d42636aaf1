"""Puts what a person confirmed into a bank of this network's own, and takes it out when the verdict falls.

The entry carries more than a shared list can: every frame and the extended signature, made from the bytes themselves.
Plain bytes leave the vault only into a file without a name.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import promise_work
from jacana.detect.media.banks.source import describe_file
from jacana.model.bank import Bank, BankEntry, BankOrigin, Trust
from jacana.model.errors import SetupInvalidError, StateConflictError
from jacana.model.media import MediaFacts
from jacana.model.upload import Digests
from jacana.model.verdict import Verdict
from jacana.pipeline.stages import Stages
from jacana.review.cases import ReviewDecision

TOPIC = "keep_confirmed"


class OwnBankInvalidError(SetupInvalidError):
    """The bank for confirmed material is one that somebody else's hashes are in."""

    code = "bank.own_invalid"


class NotConfirmedError(StateConflictError):
    """No applied verdict says that the file is apparent child sexual abuse material."""

    code = "bank.not_confirmed"


def promise_keeping(stages: Stages, connection: Connection, decision: ReviewDecision) -> None:
    """Promise, where the setting own_bank names a bank, that a confirmed file will be added to it."""
    if stages.settings.own_bank and decision.verdict is Verdict.CONFIRMED:
        payload = {"decision_id": decision.id}
        promise_work(connection, id=f"{decision.id}-bank", topic=TOPIC, payload=payload, not_before=stages.clock())


def keep_confirmed(stages: Stages, decision_id: str) -> None:
    """Add the file of a confirming verdict to the bank that own_bank names; nothing if that was turned off since."""
    if stages.settings.own_bank:
        add_confirmed(stages, stages.settings.own_bank, decision_id, "system")


def add_confirmed(stages: Stages, name: str, decision_id: str, actor: str) -> bool:
    """Add the file of a confirming verdict to a bank of one's own, made on first use; return whether it was new.

    The entry is known by the verdict's id, so doing it again changes nothing. Slow: the file is decoded. Raises
    OwnBankInvalidError, DecisionMissingError, and what reading the vault raises.
    """
    with stages.db.read() as connection:
        decision = stages.desk.load_decision(connection, decision_id)
        if not _stands(decision) or _holds(stages, connection, name, decision_id):
            return False
        digests = stages.intake.list_uploads_by_sha256(connection, decision.sha256)[0].digests
    entry = _describe_confirmed(stages, decision, digests)
    with stages.db.write() as connection:
        lock_log(connection)
        if not _stands(stages.desk.load_decision(connection, decision_id)):
            return False  # it was overturned while the file was decoded
        bank = _find_or_create(stages, connection, name)
        result = stages.banks.add_entries(connection, bank.name, [entry], actor, cause=decision_id)
    return result.added > 0


def find_confirming(stages: Stages, connection: Connection, upload_id: str) -> str:
    """Return the applied verdict that confirms an upload's file. Raises UploadUnknownError, NotConfirmedError."""
    upload = stages.intake.load_upload(connection, upload_id)
    standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
    if standing is None or standing.verdict is not Verdict.CONFIRMED:
        raise NotConfirmedError(f"no verdict of a person confirms the file of {upload_id}")
    return standing.id


def retire_overturned(stages: Stages, connection: Connection, decision_id: str, actor: str) -> None:
    """Take the file of an overturned verdict out of every bank of one's own."""
    for bank in stages.banks.list(connection):
        if bank.origin is BankOrigin.OWN:
            stages.banks.retire_sources(connection, bank.name, [decision_id], actor, decision_id)


def _stands(decision: ReviewDecision) -> bool:
    return decision.verdict is Verdict.CONFIRMED and decision.applied_at is not None and decision.undone_at is None


def _holds(stages: Stages, connection: Connection, name: str, decision_id: str) -> bool:
    known = [bank for bank in stages.banks.list(connection) if bank.name == name]
    return bool(known) and stages.banks.find_source(connection, name, decision_id) is not None


def _find_or_create(stages: Stages, connection: Connection, name: str) -> Bank:
    known = next((bank for bank in stages.banks.list(connection) if bank.name == name), None)
    if known is None:
        return stages.banks.create(
            connection,
            name,
            stages.settings.reporter_company or "own reviewers",
            trust=Trust.VERIFIED,
            origin=BankOrigin.OWN,
            note="Made by Jacana: files that this network's reviewers confirmed.",
            actor="system",
        )
    if known.origin is not BankOrigin.OWN:
        raise OwnBankInvalidError(
            f"bank {name} holds hashes from {known.origin}, not material confirmed here",
            remedy="name another bank in the setting own_bank, or make one with `jacana bank create --origin own`",
        )
    return known


def _describe_confirmed(stages: Stages, decision: ReviewDecision, digests: Digests) -> BankEntry:
    facts = _analyse_confirmed(stages, decision)
    if facts is None:
        entry = BankEntry(decision.id, md5=digests.md5, sha1=digests.sha1, sha256=digests.sha256)
    else:
        entry = describe_file(facts, digests, decision.id)
    classification = decision.classification.value if decision.classification else None
    return replace(entry, source_id=decision.id, classification=classification)


def _analyse_confirmed(stages: Stages, decision: ReviewDecision) -> MediaFacts | None:
    """Hash every frame of the sealed file; where the bytes are gone, fall back to what screening saw of them."""
    sha256 = decision.sha256
    with stages.db.read() as connection:
        sealed = stages.vault.size_of(connection, sha256) is not None
        uploads = stages.intake.list_uploads_by_sha256(connection, sha256)
        spooled = next(filter(None, (stages.intake.spool_path(connection, upload.id) for upload in uploads)), None)
    if sealed:
        with tempfile.TemporaryFile(dir=stages.settings.data_dir) as file:
            for piece in stages.vault.read(sha256, "system", f"bank:{decision.id}"):
                file.write(piece)
            file.flush()
            # The file has no name, so a crash leaves nothing behind; its descriptor is how the decoder opens it.
            return stages.screener.analyse(Path(f"/dev/fd/{file.fileno()}"), sha256, for_bank=True)
    if spooled:
        return stages.screener.analyse(spooled, sha256, for_bank=True)
    with stages.db.read() as connection:
        return stages.screener.load_analysis(connection, sha256)
