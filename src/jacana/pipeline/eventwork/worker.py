"""Works the event log in batches: read, detect, then everything that came of it in one transaction with the cursor.

A crash replays a batch and changes nothing twice. What nobody can work (a row that cannot be opened) is passed over,
loudly; what fails because something is down is waited for.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import promise_work
from jacana.detect.accounts.tracker import AccountUpdate
from jacana.detect.findings.store import record_account_findings
from jacana.detect.text.folding.tokens import list_index_tokens
from jacana.detect.text.handover.mask import mask_passwords
from jacana.detect.text.handover.store import note_handovers
from jacana.detect.text.items import list_items
from jacana.detect.text.textindex.store import index_texts
from jacana.ingest.surfaces import Surface, legal_basis
from jacana.model.account_finding import AccountFinding
from jacana.model.errors import JacanaError, ServiceUnavailableError
from jacana.model.event import Event
from jacana.model.fault import fault
from jacana.pipeline.door import find_evasion, renew_bans
from jacana.pipeline.eventwork.store import move_cursor, read_cursor
from jacana.pipeline.stages import Stages

log = structlog.get_logger("jacana.pipeline")

CURSOR = "accounts"
BATCH_EVENTS = 2000

Told = Sequence[tuple[Event, dict[str, str]]]
"""Events with their sealed fields opened."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of some events, before any of it is written."""

    after: int
    """Where the cursor stood."""
    last: int
    """Where it is to stand."""
    update: AccountUpdate | None
    findings: tuple[AccountFinding, ...]
    tokens: tuple[tuple[int, set[str]], ...]
    """Per event with a text: its place in the log and the tokens it can be looked up by."""


def work_events(stages: Stages, limit: int = BATCH_EVENTS) -> int:
    """Work up to `limit` events; return how many, 0 if none waits. Raises ServiceUnavailableError: try again later."""
    while True:
        with stages.db.read() as connection:
            after = read_cursor(connection, CURSOR)
        try:
            return _work_batch(stages, limit)
        except ServiceUnavailableError:
            raise
        except Exception as problem:
            if limit == 1:
                return _pass_over(stages, after, problem)
            limit = max(1, limit // 2)  # one event of them cannot be worked; the others must not wait for it


def _work_batch(stages: Stages, limit: int) -> int:
    with stages.db.read() as connection:
        stages.live.refresh(connection)  # a term counts from the next batch on
        after = read_cursor(connection, CURSOR)
        told = stages.events.list_after(connection, after, limit)
        if not told:
            return 0
        batch = _detect(stages, connection, after, told)
    fault("detect.before_batch")
    with stages.db.write() as connection:
        lock_log(connection)
        if read_cursor(connection, CURSOR) != after:
            return 0  # somebody else has worked them
        _record(stages, connection, batch)
    fault("detect.after_batch")
    return len(told)


def _detect(stages: Stages, connection: Connection, after: int, told: Told) -> Batch:
    """Run the detectors over a batch; writes nothing."""
    events = [event for event, _ in told]
    public_text = bool(legal_basis(stages.settings, Surface.PUBLIC_TEXT))
    messages = bool(legal_basis(stages.settings, Surface.MESSAGES))
    items = [
        (event.sequence, item)
        for event, opened in told
        for item in list_items(event, opened, public_text=public_text, messages=messages)
    ]
    findings = stages.texts.screen([item for _, item in items]) if items else []
    tokens: dict[int, set[str]] = {}
    for sequence, item in items:
        tokens.setdefault(sequence, set()).update(list_index_tokens(mask_passwords(item.text)))
    update = None
    if legal_basis(stages.settings, Surface.ACCOUNTS):
        findings = [*findings, *find_evasion(stages, connection, events)]
        update = stages.accounts.fold(stages.accounts.load(connection, events), events, findings)
        findings = [*findings, *update.findings]
    return Batch(after, events[-1].sequence, update, tuple(findings), tuple(tokens.items()))


def _record(stages: Stages, connection: Connection, batch: Batch) -> None:
    """Write everything that came of a batch."""
    now = stages.clock()
    if batch.update is not None:
        stages.accounts.save(connection, batch.update, now)
    findings = note_handovers(connection, batch.findings, now)
    new = set(record_account_findings(connection, findings, now))
    found = [finding for finding in findings if finding.id in new]
    stages.lexicon.record_hits(connection, found)
    index_texts(connection, stages.sealer, batch.tokens)
    renew_bans(stages, connection)
    for account_id in sorted({finding.account_id for finding in found if not finding.details.get("shadow")}):
        promise_judging(stages, connection, account_id, f"events-{batch.last}")
    if found:
        details = {"findings": len(found), "from": batch.after + 1, "to": batch.last}
        append_entry(connection, AuditEntry(now, "system", "accounts.found", CURSOR, details))
    move_cursor(connection, CURSOR, batch.last, now)


def promise_judging(stages: Stages, connection: Connection, account_id: str, cause: str) -> None:
    """Promise that the policy is asked about an account, once for each cause (at most 30 characters)."""
    digest = hashlib.sha256(account_id.encode()).hexdigest()[:24]
    promise_work(
        connection,
        id=f"judge-{digest}-{cause}",
        topic="judge_account",
        payload={"account_id": account_id, "cause": cause},
        not_before=stages.clock(),
    )


def _pass_over(stages: Stages, after: int, problem: Exception) -> int:
    """Leave out the one event that cannot be worked, on record; nothing if the cursor does not stand there any more."""
    code = problem.code if isinstance(problem, JacanaError) else f"unexpected.{type(problem).__name__}"
    with stages.db.write() as connection:
        lock_log(connection)
        sequence = stages.events.next_sequence(connection, after)
        if sequence is None or read_cursor(connection, CURSOR) != after:
            return 0  # somebody else has worked it
        entry = AuditEntry(stages.clock(), "system", "event.passed_over", str(sequence), {"code": code})
        append_entry(connection, entry)
        move_cursor(connection, CURSOR, sequence, stages.clock())
    log.error("an event cannot be worked and is passed over", code=code)
    return 1
