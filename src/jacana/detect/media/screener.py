"""The detector of known media: analyse a file once, then compare it with every live bank.

Analysis is slow and needs no database; comparison needs one read. Neither decides anything.
"""

import hashlib
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection
from jacana.detect.media import store
from jacana.detect.media.banks import store as bank_store
from jacana.detect.media.decoding.analyse import DecoderLimits, DecoderPool, SamplingPlan, analyse_file
from jacana.detect.media.hashing.frames import HASHER_VERSION, FrameHashes, unpack_frames
from jacana.detect.media.matching.match import EntryMatch, LoadedBank, load_bank, match_bank, score_match
from jacana.model.bank import Bank, BankEntry
from jacana.model.clock import Clock
from jacana.model.finding import BankMatch, Finding, FindingKind
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests, Upload
from jacana.settings import Settings

MATCH_DETECTOR = "media.bank_match"
MATCH_VERSION = f"1/{HASHER_VERSION}"
PROBE_DETECTOR = "media.probe"
MAX_FINDINGS = 20
"""Most entries of one bank that one upload is reported against; beyond it the best are kept."""


class MediaScreener:
    """Analyses files and finds what is known in them."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._limits = DecoderLimits.from_settings(settings)
        self._pool = DecoderPool(self._limits, settings.media_pool_files)
        self._rate = settings.media_frames_per_second
        self._clock = clock
        self._slots = threading.BoundedSemaphore(max(1, settings.media_workers))
        self._lock = threading.Lock()
        self._revisions: tuple[tuple[str, int], ...] | None = None
        self._loaded: tuple[LoadedBank, ...] = ()

    def analyse(self, path: Path, sha256: str, *, every_frame: bool = False) -> MediaFacts:
        """Decode and hash a file in a child process; `every_frame` ignores the sampling rate (for banks).

        Slow, touches no database, never raises for a bad file: that is kind `unreadable` with a problem. Raises
        DecoderUnavailableError if no child could be started, and FileNotFoundError for a missing file.
        """
        plan = SamplingPlan("thorough") if every_frame else SamplingPlan("rate", self._rate)
        with self._slots:
            return analyse_file(path, sha256, self._limits, self._clock(), plan, self._pool)

    def close(self) -> None:
        """End the decoder processes. Nothing can be analysed afterwards."""
        self._pool.close()

    def record_analysis(self, connection: Connection, facts: MediaFacts) -> None:
        """Store an analysis; storing it again changes nothing."""
        store.save_facts(connection, facts)

    def load_analysis(self, connection: Connection, sha256: str) -> MediaFacts | None:
        """Return the stored analysis of these bytes, unless an older hasher made it."""
        facts = store.find_facts(connection, sha256)
        return facts if facts and facts.hasher_version == HASHER_VERSION else None

    def load_facts(self, connection: Connection, sha256: str) -> MediaFacts | None:
        """Return the stored analysis of these bytes, whichever hasher made it: what was found then stays true."""
        return store.find_facts(connection, sha256)

    def find(self, connection: Connection, upload: Upload, facts: MediaFacts) -> list[Finding]:
        """Return what is to be said of this upload: known media, strongest first, then that it is unreadable.

        A bank entry committed before this transaction began is always compared.
        """
        banks = self._load_banks(connection)
        exact = bank_store.select_digest_matches(connection, upload.digests)
        frames = unpack_frames(facts.frames)
        findings = []
        for loaded in banks:
            findings += _find_in_bank(
                upload, facts, frames, loaded, [e for bank_id, e in exact if bank_id == loaded.bank.id]
            )
        findings.sort(key=lambda finding: (-finding.score, finding.id))
        if not facts.readable:
            findings.append(_state_unreadable(upload, facts))
        return findings

    def record_findings(self, connection: Connection, findings: Sequence[Finding], now: datetime) -> None:
        """Store findings with an audit entry each; one that is already there stays as it was first found."""
        for finding in store.insert_findings(connection, findings, now):
            details = {"finding_id": finding.id, "kind": finding.kind.value, "sha256": finding.sha256}
            if finding.match:
                details |= {"bank_id": finding.match.bank_id, "entry_id": finding.match.entry_id}
            actor = f"detector:{finding.detector}@{finding.detector_version}"
            append_entry(connection, AuditEntry(now, actor, "finding.recorded", finding.upload_id, details))

    def list_findings(self, connection: Connection, upload_id: str) -> list[Finding]:
        """Return an upload's findings, strongest first."""
        return store.select_findings(connection, upload_id)

    def _load_banks(self, connection: Connection) -> tuple[LoadedBank, ...]:
        revisions = bank_store.read_revisions(connection)
        with self._lock:
            if revisions != self._revisions:
                known = {loaded.bank.id: loaded for loaded in self._loaded}
                before = dict(self._revisions or ())
                self._loaded = tuple(
                    known[bank.id]
                    if bank.id in known and before.get(bank.id) == dict(revisions).get(bank.id)
                    else load_bank(bank, bank_store.select_entries(connection, bank.id))
                    for bank in bank_store.select_banks(connection)
                    if bank.id in dict(revisions)  # one that came between the two reads is met at the next look
                )
                self._revisions = revisions
            return self._loaded


def _find_in_bank(
    upload: Upload, facts: MediaFacts, frames: FrameHashes, loaded: LoadedBank, exact: Sequence[BankEntry]
) -> list[Finding]:
    near = match_bank(frames, loaded, single_picture=facts.kind is MediaKind.PICTURE)
    by_entry: dict[str, EntryMatch | None] = {match.entry.id: match for match in near}
    by_digest = {entry.id: entry for entry in exact}
    entries = {**{match.entry.id: match.entry for match in near}, **by_digest}
    stated = [
        _state_match(upload, loaded.bank, entry, by_entry.get(entry_id), entry_id in by_digest)
        for entry_id, entry in entries.items()
    ]
    return sorted(stated, key=lambda finding: (-finding.score, finding.id))[:MAX_FINDINGS]


def _state_match(upload: Upload, bank: Bank, entry: BankEntry, match: EntryMatch | None, exact: bool) -> Finding:
    reasons = []
    if exact:
        reasons.append(f"{_equal_digest(upload.digests, entry)} equals that of “{entry.label}” in bank {bank.name}.")
    if match is not None:
        reasons.append(
            f"{match.frame_count} frames in {match.matched_seconds} distinct seconds are near “{entry.label}” in bank "
            f"{bank.name}: {match.matched_fraction:.0%} of the frames that carry information."
        )
        reasons.append(
            f"The nearest frame differs in {match.nearest} of 256 bits; the bank allows {bank.max_distance}."
        )
    if bank.classification:
        reasons.append(f"The bank's source ({bank.source}) classifies its entries as {bank.classification}.")
    return Finding(
        id=_finding_id(upload.id, MATCH_DETECTOR, MATCH_VERSION, entry.id),
        upload_id=upload.id,
        sha256=upload.digests.sha256,
        kind=FindingKind.BANK_MATCH,
        detector=MATCH_DETECTOR,
        detector_version=MATCH_VERSION,
        score=1.0 if exact or match is None else score_match(match, bank.max_distance),
        reasons=tuple(reasons),
        match=BankMatch(
            bank_id=bank.id,
            bank_name=bank.name,
            source=bank.source,
            classification=bank.classification,
            may_cause=bank.may_cause,
            entry_id=entry.id,
            entry_label=entry.label,
            matched_seconds=float(match.matched_seconds) if match else 0.0,
            matched_fraction=match.matched_fraction if match else 0.0,
            nearest=0 if exact or match is None else match.nearest,
            exact=exact,
            frames=match.frames if match else (),
        ),
    )


def _equal_digest(digests: Digests, entry: BankEntry) -> str:
    if entry.sha256 == digests.sha256:
        return "The file's SHA-256"
    return "The file's SHA-1" if entry.sha1 == digests.sha1 else "The file's MD5"


def _state_unreadable(upload: Upload, facts: MediaFacts) -> Finding:
    return Finding(
        id=_finding_id(upload.id, PROBE_DETECTOR, facts.hasher_version, facts.problem or ""),
        upload_id=upload.id,
        sha256=facts.sha256,
        kind=FindingKind.MEDIA_UNREADABLE,
        detector=PROBE_DETECTOR,
        detector_version=facts.hasher_version,
        score=1.0,
        reasons=(facts.problem_detail or "The file could not be read.",),
        details={"problem": facts.problem or "unknown", "frames_read": str(facts.frame_count)},
    )


def _finding_id(*parts: str) -> str:
    return "find_" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:26]
