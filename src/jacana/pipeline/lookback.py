"""Looks back: compares what came into the banks with everything that was screened before, and screens hits again.

One row a look-back, worked in turns of a few seconds that each leave their progress in the database: a crash loses at
most one part's work, and live uploads come first.
"""

import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from time import monotonic

import numpy as np
import structlog
from numpy.typing import NDArray

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import list_due, promise_work
from jacana.detect.media.banks import store as bank_store
from jacana.detect.media.catalogue import store
from jacana.detect.media.catalogue.scan import MAX_DISTANCE, Needles, lay_out_needles
from jacana.detect.media.catalogue.scanner import LocalScanner, PartResult, Scanner
from jacana.detect.media.catalogue.shelf import Part
from jacana.detect.media.hashing.frames import unpack_frames, unpack_windows
from jacana.model.bank import Bank, BankEntry
from jacana.model.fault import fault
from jacana.model.ids import new_id
from jacana.model.lookback import LookBack, LookBackState
from jacana.model.upload import Upload
from jacana.pipeline.stages import Stages

TURN_SECONDS = 5.0
"""A turn takes up no further part after this long."""

log = structlog.get_logger("jacana.pipeline")


def begin_look_back(stages: Stages) -> LookBack | None:
    """Promise a look-back for every bank change that none has been begun for; None if there is none."""
    with stages.db.read() as connection:
        if bank_store.read_last_sequence(connection) <= store.read_looked_until(connection):
            return None
    with stages.db.write() as connection:
        lock_log(connection)
        before, last = store.read_looked_until(connection), bank_store.read_last_sequence(connection)
        if last <= before:
            return None
        entries = store.select_added(connection, before, last)
        lookback = LookBack(new_id("look"), before, last, LookBackState.WAITING, stages.clock(), entries=len(entries))
        store.insert_lookback(connection, lookback)
        _promise_turn(stages, connection, lookback.id, 0)
        _record(stages, connection, "lookback.begun", lookback, {"entries": len(entries)})
    return lookback


def take_turn(stages: Stages, lookback_id: str) -> bool:
    """Work on one look-back until TURN_SECONDS are over or nothing is left; return whether anything is left.

    A turn that runs again after a crash goes on where the last recorded part ended.
    """
    stages.catalogue.seal_full()
    with stages.db.read() as connection:
        lookback = store.find_lookback(connection, lookback_id)
        if lookback is None or lookback.state in {LookBackState.DONE, LookBackState.FAILED}:
            return False
        entries = _load_entries(connection, lookback)
    needles = _collect_needles(entries)
    if lookback.state is LookBackState.WAITING:
        lookback = _start(stages, lookback, entries, needles)
    parts = [part for part in stages.catalogue.list_parts() if part.number not in lookback.done_parts]
    lookback, left = _scan(stages, lookback, parts, needles, build_scanner(stages))
    if left:
        return True
    with stages.db.write() as connection:
        state = LookBackState.FAILED if lookback.problem else LookBackState.DONE
        lookback = replace(lookback, state=state, finished_at=stages.clock())
        store.update_lookback(connection, lookback)
        counts = {"hits": lookback.hits, "scanned": lookback.scanned, "state": state.value}
        _record(stages, connection, "lookback.finished", lookback, counts)
    return False


def promise_turn(stages: Stages, lookback_id: str, turn: int) -> None:
    """Promise the next turn of a look-back."""
    with stages.db.write() as connection:
        _promise_turn(stages, connection, lookback_id, turn)


def build_scanner(stages: Stages) -> Scanner:
    """Return where look-backs run: on Ray if ray_address is set, else here, below live traffic."""
    settings = stages.settings
    if settings.ray_address:
        from jacana.detect.media.catalogue.on_ray import RayScanner

        return RayScanner(settings.ray_address)

    def is_busy() -> bool:
        with stages.db.read() as connection:
            return any(row.topic == "screen_upload" for row in list_due(connection, stages.clock(), 20))

    return LocalScanner(share=min(settings.lookback_percent, 100) / 100, is_busy=is_busy)


class LookBackKeeper(threading.Thread):
    """Begins a look-back whenever banks have changed; checks every few seconds."""

    def __init__(self, stages: Stages, *, pause_seconds: float = 5.0) -> None:
        super().__init__(name="jacana-lookback", daemon=True)
        self._stages = stages
        self._pause_seconds = pause_seconds
        self._stopping = threading.Event()

    def run(self) -> None:
        """Keep looking until stopped; a failure is logged and tried again."""
        while not self._stopping.is_set():
            try:
                begin_look_back(self._stages)
            except Exception as problem:  # tried again in a moment, whatever it was
                log.error("look-back waits", kind=type(problem).__name__)
            self._stopping.wait(self._pause_seconds)

    def stop(self) -> None:
        """End the loop."""
        self._stopping.set()
        if self.is_alive():
            self.join()


def _start(stages: Stages, lookback: LookBack, entries: Sequence[tuple[Bank, BankEntry]], needles: Needles) -> LookBack:
    """Record the size of the work, and send on what whole-file digests find: that needs no scan."""
    total = sum(part.count() for part in stages.catalogue.list_parts())
    with stages.db.write() as connection:
        uploads = _find_by_digest(stages, connection, [entry for _, entry in entries])
        hits = sum(_promise_rescreen(stages, connection, lookback, upload) for upload in uploads)
        lookback = replace(
            lookback,
            state=LookBackState.RUNNING,
            started_at=stages.clock(),
            hashes=len(needles),
            total=total,
            hits=hits,
        )
        store.update_lookback(connection, lookback)
    return lookback


def _scan(
    stages: Stages, lookback: LookBack, parts: Sequence[Part], needles: Needles, scanner: Scanner
) -> tuple[LookBack, bool]:
    """Scan parts for one turn; return the look-back as recorded, and whether parts are left."""
    ends_at, done = monotonic() + TURN_SECONDS, 0
    results = scanner.scan(parts, needles)
    with closing(results):  # type: ignore[type-var]  # scanners are generators
        for result in results:
            lookback = _record_part(stages, lookback, result)
            done += 1
            fault("detect.after_part")
            if monotonic() >= ends_at:
                break
    return lookback, done < len(parts)


def _record_part(stages: Stages, known: LookBack, result: PartResult) -> LookBack:
    with stages.db.write() as connection:
        lock_log(connection)  # two workers on one look-back take turns, so that neither forgets the other's parts
        lookback = store.find_lookback(connection, known.id) or known
        if result.part.number in lookback.done_parts:  # the command line and the service work on the same one
            return lookback
        hits = sum(
            _promise_rescreen(stages, connection, lookback, upload)
            for sha256 in result.hits
            for upload in stages.intake.list_uploads_by_sha256(connection, sha256)
        )
        lookback = replace(
            lookback,
            scanned=lookback.scanned + result.hashes,
            done_parts=(*lookback.done_parts, result.part.number),
            hits=lookback.hits + hits,
            problem=result.problem or lookback.problem,
        )
        store.update_lookback(connection, lookback)
    return lookback


def _load_entries(connection: Connection, lookback: LookBack) -> list[tuple[Bank, BankEntry]]:
    numbers = store.select_added(connection, lookback.from_sequence, lookback.to_sequence)
    banks = {bank.id: bank for bank in bank_store.select_banks(connection)}
    found = bank_store.select_by_number(connection, numbers)
    return [(banks[bank_id], entry) for bank_id, entry in found.values() if bank_id in banks]


def _collect_needles(entries: Sequence[tuple[Bank, BankEntry]]) -> Needles:
    """Return the informative hashes of entries, each with its bank's largest distance."""
    pdq: list[NDArray[np.uint8]] = [np.empty((0, 32), np.uint8)]
    limits: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for bank, entry in entries:
        for hashes in (unpack_frames(entry.frames), unpack_windows(entry.windows)):
            kept = hashes.pdq[hashes.quality >= bank.min_quality]
            pdq.append(kept)
            limits.append(np.full(len(kept), min(bank.max_distance, MAX_DISTANCE), np.int64))
    return lay_out_needles(np.concatenate(pdq), np.concatenate(limits))


def _find_by_digest(stages: Stages, connection: Connection, entries: Sequence[BankEntry]) -> list[Upload]:
    found: dict[str, Upload] = {}
    for kind in ("md5", "sha1", "sha256"):
        digests = [digest for entry in entries if (digest := getattr(entry, kind))]
        found |= {upload.id: upload for upload in stages.intake.list_uploads_by_digests(connection, kind, digests)}
    return list(found.values())


def _promise_rescreen(stages: Stages, connection: Connection, lookback: LookBack, upload: Upload) -> bool:
    return promise_work(
        connection,
        id=f"again-{upload.id[-26:]}-{lookback.id[-26:]}",
        topic="rescreen_upload",
        payload={"upload_id": upload.id, "cause": lookback.id},
        not_before=stages.clock(),
    )


def _promise_turn(stages: Stages, connection: Connection, lookback_id: str, turn: int) -> None:
    promise_work(
        connection,
        id=f"{lookback_id}.{turn}",
        topic="look_back",
        payload={"lookback_id": lookback_id, "turn": turn},
        not_before=stages.clock(),
    )


def _record(
    stages: Stages, connection: Connection, verb: str, lookback: LookBack, details: dict[str, str | int]
) -> None:
    append_entry(connection, AuditEntry(stages.clock(), "system", verb, lookback.id, details))
