"""The detector of known media: analyse a file once, then compare it with every live bank.

Analysis is slow and needs no database; comparison needs one read. Neither decides anything.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection
from jacana.detect.media import store
from jacana.detect.media.compare import Comparer
from jacana.detect.media.decoding.analyse import DecoderLimits, DecoderPool, SamplingPlan, analyse_file
from jacana.detect.media.decoding.plan import Mode, Span
from jacana.detect.media.hash_search import HashMatch, search_hashes
from jacana.detect.media.hashing.frames import HASHER_VERSION
from jacana.detect.media.known import KnownMedia
from jacana.detect.media.looks import join_looks
from jacana.detect.media.statements import state_unreadable
from jacana.model.clock import Clock
from jacana.model.finding import Finding, FindingKind
from jacana.model.media import FORGOTTEN, MediaFacts, MediaKind
from jacana.model.upload import Upload
from jacana.settings import Settings

LeadFinder = Callable[[MediaFacts], Sequence[Span]]
"""Takes a first look, returns the seconds (from, to) of the file that deserve a second one."""


class MediaScreener:
    """Analyses files and finds what is known in them."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._limits = DecoderLimits.from_settings(settings)
        self._pool = DecoderPool(self._limits, settings.media_pool_files)
        self._settings = settings
        self._clock = clock
        self._slots = threading.BoundedSemaphore(max(1, settings.media_workers))
        self._known = KnownMedia(settings.resolved_index_dir())
        self._comparer = Comparer(self._known, clock)

    def analyse(
        self, path: Path, sha256: str, *, for_bank: bool = False, leads: LeadFinder | None = None
    ) -> MediaFacts:
        """Decode and hash a file in a child process, as the settings say; `for_bank` looks at every frame.

        With adaptive sampling and `leads` given, what they name is looked at a second time, every frame of it. Slow,
        touches no database, never raises for a bad file: that is kind `unreadable` with a problem. Raises
        DecoderUnavailableError if no child could be started, FileNotFoundError for a missing file, and what `leads`
        raises.
        """
        windows = self._settings.media_windows
        if for_bank:
            return self.look(path, sha256, SamplingPlan("thorough", windows="entry" if windows else "none"))
        plan = SamplingPlan(
            _MODES[self._settings.media_sampling],
            self._settings.media_frames_per_second,
            "upload" if windows else "none",
        )
        facts = self.look(path, sha256, plan)
        if leads is None or plan.mode != "adaptive" or facts.kind is MediaKind.PICTURE or not facts.frame_count:
            return facts
        spans = tuple(leads(facts))
        if not spans:
            return facts
        dense = SamplingPlan(plan.mode, plan.frames_per_second, plan.windows, spans)
        return join_looks(facts, self.look(path, sha256, dense))

    def close(self) -> None:
        """End the decoder processes and let go of the index. Nothing can be analysed afterwards."""
        self._pool.close()
        self._known.close()

    def record_analysis(self, connection: Connection, facts: MediaFacts) -> None:
        """Store an analysis; storing it again changes nothing."""
        store.save_facts(connection, facts)

    def load_analysis(self, connection: Connection, sha256: str) -> MediaFacts | None:
        """Return the stored analysis of these bytes, unless an older hasher made it or its hashes were forgotten."""
        facts = store.find_facts(connection, sha256)
        fresh = facts is not None and facts.hasher_version == HASHER_VERSION and facts.sampling != FORGOTTEN
        return facts if fresh else None

    def load_facts(self, connection: Connection, sha256: str) -> MediaFacts | None:
        """Return the stored analysis of these bytes, whichever hasher made it: what was found then stays true."""
        return store.find_facts(connection, sha256)

    def find_leads(self, connection: Connection, facts: MediaFacts) -> tuple[Span, ...]:
        """Return the seconds of a file that deserve a second look, because a first one came near known media.

        Needs a read transaction. Raises IndexUnusableError.
        """
        return self._comparer.find_leads(connection, facts)

    def find(self, connection: Connection, upload: Upload, facts: MediaFacts) -> list[Finding]:
        """Return what is to be said of this upload: known media, strongest first, then that it is unreadable.

        Needs a read transaction; a bank entry committed before it began is always compared. Raises IndexUnusableError.
        """
        findings = self._comparer.find(connection, upload, facts)
        return findings if facts.readable else [*findings, state_unreadable(upload, facts)]

    def search_hashes(self, connection: Connection, hashes: NDArray[np.uint8]) -> list[list[HashMatch]]:
        """Return, for each PDQ hash of (n, 32), the live entries it matches, nearest first.

        Needs a read transaction; an entry committed before it began is always compared. Raises IndexUnusableError.
        """
        return search_hashes(self._known, connection, hashes, self._clock())

    def record_findings(self, connection: Connection, findings: Sequence[Finding], now: datetime) -> None:
        """Store findings with an audit entry each; one that is already there stays as it was first found."""
        for finding in store.insert_findings(connection, findings, now):
            details = {"finding_id": finding.id, "kind": finding.kind.value, "sha256": finding.sha256}
            if finding.match:
                details |= {"bank_id": finding.match.bank_id, "entry_id": finding.match.entry_id}
            actor = f"detector:{finding.detector}@{finding.detector_version}"
            append_entry(connection, AuditEntry(now, actor, "finding.recorded", finding.upload_id, details))
            if finding.kind is FindingKind.BENIGN_MATCH:
                details |= finding.details
                append_entry(connection, AuditEntry(now, actor, "match.suppressed", finding.upload_id, details))

    def list_findings(self, connection: Connection, upload_id: str) -> list[Finding]:
        """Return an upload's findings, strongest first."""
        return store.select_findings(connection, upload_id)

    def list_finding_ids(self, connection: Connection, upload_id: str, until: datetime) -> set[str]:
        """Return the ids of an upload's findings that were found until a moment."""
        return store.select_finding_ids(connection, upload_id, until)

    def look(self, path: Path, sha256: str, plan: SamplingPlan) -> MediaFacts:
        """Decode and hash a file as a plan says, whatever the settings say. Raises as `analyse` does."""
        with self._slots:
            return analyse_file(path, sha256, self._limits, self._clock(), plan, self._pool)


_MODES: Mapping[str, Mode] = {mode: mode for mode in get_args(Mode)}
