"""Asks look-up services and classifiers outside the house about one upload, and asks again what stays silent.

Runs outside of transactions. What is about to leave the house is in the audit log before it leaves. Whatever goes wrong
with an asking is silence, which the policy prices; it never passes for an answer.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import structlog

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import promise_work
from jacana.decide.store import list_decisions
from jacana.detect.media.outside import statements
from jacana.detect.media.outside.classifier import Classifier
from jacana.detect.media.outside.lookup import LookupService
from jacana.detect.media.outside.panel import Question, choose_hashes
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.detect.media.outside.store import Ask, AskState
from jacana.model.errors import ServiceUnavailableError
from jacana.model.finding import Finding, FindingKind
from jacana.model.media import MediaFacts
from jacana.model.upload import Upload, UploadState
from jacana.model.verdict import Verdict
from jacana.pipeline.screening import SpoolMissingError, media_type_of
from jacana.pipeline.stages import Stages

WAITS_SECONDS = (60, 300, 1_800, 7_200, 21_600, 43_200)
"""Wait before a silent service is asked for the second, third … time; after the last of them a person must look."""

PAUSE_SECONDS = 0.2
"""Between the two tries of one asking."""

_Answer = TypeVar("_Answer")

log = structlog.get_logger("jacana.pipeline")


class ScreeningUnderWayError(ServiceUnavailableError):
    """The first decision on the upload has not been carried out yet; a later one must not overtake it."""

    code = "pipeline.screening_under_way"


@dataclass(frozen=True, slots=True)
class _Case:
    """What an asking needs to know of the upload."""

    upload: Upload
    facts: MediaFacts | None
    question: Question
    path: Path | None
    has_bytes: bool


@dataclass(frozen=True, slots=True)
class _Heard:
    """What came of one asking: findings, or why there was no answer."""

    findings: tuple[Finding, ...] = ()
    silence: OutsideSilentError | None = None


def ask_outside(stages: Stages, upload_id: str) -> None:
    """Ask everybody for the first time; promise to ask again whoever is silent."""
    silent = _ask_all(stages, upload_id, last=False)
    if silent:
        with stages.db.write() as connection:
            _promise(stages, connection, upload_id, 1, silent)


def ask_again(stages: Stages, upload_id: str, attempt: int) -> str | None:
    """Ask those that were silent; return the cause of a new decision, or None if nothing has changed.

    After the last attempt a service that is still silent is given up, which is a change too: a person must look. Raises
    ScreeningUnderWayError.
    """
    with stages.db.read() as connection:
        if stages.intake.load_upload(connection, upload_id).state is UploadState.RECEIVED:
            raise ScreeningUnderWayError(f"{upload_id} has not been decided for the first time yet")
        before = stages.outside.load_asks(connection, upload_id)
    silent = _ask_all(stages, upload_id, last=attempt >= len(WAITS_SECONDS))
    with stages.db.write() as connection:
        after = stages.outside.load_asks(connection, upload_id)
        if silent:
            _promise(stages, connection, upload_id, attempt + 1, silent)
        decided_at = max((at for _, _, at in list_decisions(connection, upload_id)), default=None)
    # The last decision is what counts, not what was read above: a run of this that died has changed the asks already.
    settled = (ask for ask in after.values() if ask.state is not AskState.SILENT)
    undecided = any(decided_at is None or ask.asked_at > decided_at for ask in settled)
    moved = any(after[name].state is not before[name].state for name in before) or set(after) != set(before)
    return f"{upload_id}.asked{attempt}" if moved or undecided else None


def _ask_all(stages: Stages, upload_id: str, *, last: bool) -> list[OutsideSilentError]:
    """Ask everybody who has not answered; return the silences of those that are to be asked again."""
    with stages.db.read() as connection:
        upload = stages.intake.load_upload(connection, upload_id)
        if _is_settled(stages, connection, upload):
            return []
        case = _prepare(stages, connection, upload)
        asks = stages.outside.load_asks(connection, upload_id)
    if case.facts is None:
        return []  # detection itself failed: held for that, and asked about once it works
    ended = {name for name, ask in asks.items() if ask.state is not AskState.SILENT}
    heard = [
        _ask_lookup(stages, case, service, asks.get(service.name), last=last)
        for service in stages.outside.lookups
        if service.name not in ended
    ] + [
        _ask_classifier(stages, case, classifier, asks.get(classifier.name), last=last)
        for classifier in stages.outside.classifiers
        if classifier.name not in ended
    ]
    for name in sorted(set(asks) - ended - stages.outside.names):  # no longer in the settings: it will never answer
        _give_up(stages, case, asks[name])
    return [] if last else [one.silence for one in heard if one.silence]


def _is_settled(stages: Stages, connection: Connection, upload: Upload) -> bool:
    """Whether it is known what the file is: a verified bank has it, or a person has confirmed these bytes."""
    standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
    if standing and standing.verdict is Verdict.CONFIRMED:
        return True
    return any(
        finding.kind is FindingKind.BANK_MATCH and finding.match is not None and finding.match.trust == "verified"
        for finding in stages.screener.list_findings(connection, upload.id)
    )


def _prepare(stages: Stages, connection: Connection, upload: Upload) -> _Case:
    facts = stages.screener.load_facts(connection, upload.digests.sha256)
    path = stages.intake.spool_path(connection, upload.id)
    sealed = stages.vault.find_receipt(connection, upload.digests.sha256) is not None
    return _Case(upload, facts, choose_hashes(facts) if facts else Question((), ()), path, path is not None or sealed)


def _ask_lookup(stages: Stages, case: _Case, service: LookupService, ask: Ask | None, *, last: bool) -> _Heard:
    hashes, media = bool(case.question.hashes), service.takes_media and case.has_bytes
    sent = {(True, True): "both", (True, False): "hashes", (False, True): "media"}.get((hashes, media), "nothing")

    def put() -> list[Finding]:
        answers = service.ask_hashes(case.question.hashes) if hashes else ()
        file = None
        if media:
            with _bytes_of(stages, case) as path:
                file = service.ask_file(path, _media_type(case))
        return statements.state_answers(case.upload, service.name, answers, case.question.seconds, file)

    return _ask(stages, case, "lookup", service.name, sent, put, ask, last=last)


def _ask_classifier(stages: Stages, case: _Case, classifier: Classifier, ask: Ask | None, *, last: bool) -> _Heard:
    facts = case.facts if case.facts and case.facts.readable else None

    def put() -> list[Finding]:
        if facts is None:
            raise ValueError("there is nothing to classify")
        with _bytes_of(stages, case) as path:
            return statements.state_scores(
                case.upload, classifier.name, classifier.score(path, _media_type(case), facts)
            )

    sent = "nothing" if facts is None else "media"  # what cannot be read is held for that, and cannot be classified
    return _ask(stages, case, "classifier", classifier.name, sent, put, ask, last=last)


def _ask(
    stages: Stages,
    case: _Case,
    noun: str,
    name: str,
    sent: str,
    put: Callable[[], Sequence[Finding]],
    before: Ask | None,
    *,
    last: bool,
) -> _Heard:
    """Ask one service and record what came of it, in two transactions around the asking."""
    attempts = (before.attempts if before else 0) + 1
    ask = Ask(case.upload.id, name, AskState.SILENT, sent, attempts, stages.clock())
    if sent == "nothing":
        heard = _Heard()
    else:
        with stages.db.write() as connection:
            details: dict[str, str | int] = {"service": name, "sent": sent, "attempt": attempts}
            if sent in {"hashes", "both"}:
                details["hashes"] = len(case.question.hashes)
            _audit(stages, connection, f"{noun}.asked", case.upload.id, details)
            stages.outside.save_ask(connection, ask)
        heard = _listen(name, put)
    _record(stages, case, noun, ask, heard, last=last)
    return heard


def _listen(name: str, put: Callable[[], Sequence[Finding]]) -> _Heard:
    try:
        return _Heard(tuple(_try_twice(put)))
    except OutsideSilentError as silence:
        log.warning("nobody answered outside", kind=silence.why.value, where=name)
        return _Heard(silence=silence)
    except Exception as problem:  # a fault of an adapter must not let the upload through, nor stop it from being held
        log.error("an asking failed", error=type(problem).__name__, where=name)
        return _Heard(silence=OutsideSilentError(Silence.FAILING, f"asking {name} failed"))


def _try_twice(put: Callable[[], _Answer]) -> _Answer:
    try:
        return put()
    except OutsideSilentError as silence:
        if not silence.worth_asking_at_once:
            raise
    time.sleep(PAUSE_SECONDS)
    return put()


def _record(stages: Stages, case: _Case, noun: str, ask: Ask, heard: _Heard, *, last: bool) -> None:
    now, upload = stages.clock(), case.upload
    with stages.db.write() as connection:
        lock_log(connection)
        details: dict[str, str | int]
        if heard.silence is None:
            done = Ask(upload.id, ask.service, AskState.ANSWERED, ask.sent, ask.attempts, ask.asked_at, None, now)
            stages.outside.save_ask(connection, done)
            stages.screener.record_findings(connection, heard.findings, now)
            if ask.sent != "nothing":
                details = {"service": ask.service, "findings": len(heard.findings)}
                _audit(stages, connection, f"{noun}.answered", upload.id, details)
            return
        why, state = heard.silence.why, AskState.GIVEN_UP if last else AskState.SILENT
        quiet = Ask(upload.id, ask.service, state, ask.sent, ask.attempts, ask.asked_at, why.value)
        stages.outside.save_ask(connection, quiet)
        kind = FindingKind.LOOKUP_SILENT if noun == "lookup" else FindingKind.CLASSIFIER_SILENT
        finding = statements.state_silence(upload, kind, ask.service, why, given_up=last)
        stages.screener.record_findings(connection, [finding], now)
        details = {"service": ask.service, "why": why.value, "attempt": ask.attempts}
        _audit(stages, connection, f"{noun}.silent", upload.id, details)


def _give_up(stages: Stages, case: _Case, ask: Ask) -> None:
    """Record that a service which is no longer asked will never answer."""
    silence = _Heard(silence=OutsideSilentError(Silence(ask.why or Silence.UNREACHABLE), "no longer in the settings"))
    with stages.db.read() as connection:
        findings = stages.screener.list_findings(connection, case.upload.id)
    asked = {finding.kind for finding in findings if finding.details.get("service") == ask.service}
    noun = "classifier" if FindingKind.CLASSIFIER_SILENT in asked else "lookup"
    _record(stages, case, noun, ask, silence, last=True)


@contextmanager
def _bytes_of(stages: Stages, case: _Case) -> Iterator[Path]:
    """Yield a file with the upload's bytes: the spool's, or a copy from the vault that is deleted afterwards.

    The copy lies in the spool folder, whose sweep removes what a crash leaves. Raises SpoolMissingError.
    """
    if case.path is not None and case.path.is_file():
        yield case.path
        return
    if not case.has_bytes:
        raise SpoolMissingError(f"the bytes of {case.upload.id} were let go")
    with stages.intake.begin() as copy:
        for chunk in stages.vault.read(case.upload.digests.sha256, "system", f"ask outside:{case.upload.id}"):
            copy.write(chunk)
        copy.keep()
        yield copy.path


def _media_type(case: _Case) -> str:
    return media_type_of(case.facts.container if case.facts and case.facts.readable else None)


def _promise(
    stages: Stages, connection: Connection, upload_id: str, attempt: int, silent: Sequence[OutsideSilentError]
) -> None:
    """Promise the next attempt, not before any of the silent has asked us to come back."""
    wait = max([WAITS_SECONDS[attempt - 1], *(silence.retry_after_seconds or 0 for silence in silent)])
    promise_work(
        connection,
        id=f"ask-{upload_id}-{attempt}",
        topic="ask_outside",
        payload={"upload_id": upload_id, "attempt": attempt},
        not_before=stages.clock() + timedelta(seconds=wait),
    )


def _audit(stages: Stages, connection: Connection, verb: str, subject: str, details: dict[str, str | int]) -> None:
    append_entry(connection, AuditEntry(stages.clock(), "system", verb, subject, details))
