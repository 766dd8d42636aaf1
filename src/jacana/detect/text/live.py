"""The lexicon as texts are screened with it, exchanged while they are: a reader takes a reference and never waits.

What cannot be loaded is never replaced by nothing: the last good lexicon stays, and that it is old is said.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from jacana.db.engine import Connection
from jacana.detect.text.matching.compiled import CompiledLexicon
from jacana.model.clock import Clock, utc_now
from jacana.model.errors import ServiceUnavailableError
from jacana.model.term import Term

RETRY_SECONDS = 10.0
"""After a failure, how long until the unchanged lexicon is tried again."""

log = structlog.get_logger("jacana.detect")


class LexiconNotLoadedError(ServiceUnavailableError):
    """The lexicon has not been loaded yet, or could not be: no text can be screened."""

    code = "detect.lexicon_not_loaded"


class TermSource(Protocol):
    """Where terms come from: the lexicon."""

    def load_terms(self, connection: Connection) -> Sequence[Term]:
        """Return the terms that match, opened. Raises if one of them cannot be."""

    def last_sequence(self, connection: Connection) -> int:
        """Return a number that changes whenever a matching term does."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    compiled: CompiledLexicon
    sequence: int
    next_expiry: datetime | None


@dataclass(frozen=True, slots=True)
class _Failure:
    since: datetime
    last_at: datetime
    sequence: int | None

    def still_holds(self, sequence: int, now: datetime) -> bool:
        """Return whether trying again is useless: nothing has changed, and it was tried a moment ago."""
        return self.sequence == sequence and (now - self.last_at).total_seconds() < RETRY_SECONDS


class LiveLexicon:
    """The compiled lexicon of this process. `refresh` it now and then; readers take `compiled`."""

    def __init__(self, source: TermSource, clock: Clock = utc_now) -> None:
        self._source = source
        self._clock = clock
        self._loaded: _Loaded | None = None
        self._failure: _Failure | None = None
        self._refreshing = threading.Lock()

    @property
    def compiled(self) -> CompiledLexicon:
        """The last lexicon that could be loaded. Raises LexiconNotLoadedError if there has been none."""
        loaded = self._loaded
        if loaded is None:
            raise LexiconNotLoadedError("the lexicon is not loaded, so no text can be screened")
        return loaded.compiled

    @property
    def sequence(self) -> int | None:
        """The last change of the lexicon that is in `compiled`; None before the first load."""
        loaded = self._loaded
        return loaded.sequence if loaded else None

    @property
    def failing_since(self) -> datetime | None:
        """Since when the lexicon could not be loaded anew; None while it can."""
        failure = self._failure
        return failure.since if failure else None

    def refresh(self, connection: Connection) -> bool:
        """Load and compile the lexicon anew if a term has changed or run out; return whether it was exchanged.

        Takes seconds for 100,000 terms, of the caller's time alone. A failure is logged and remembered in
        `failing_since`, and tried again after RETRY_SECONDS or the next change; what was loaded before goes on being
        used.
        """
        with self._refreshing:
            now, sequence = self._clock(), None
            try:
                sequence = self._source.last_sequence(connection)
                if self._failure is not None and self._failure.still_holds(sequence, now):
                    return False
                exchanged = self._load_if_changed(connection, sequence, now)
            except Exception as problem:  # whatever it was: the last good lexicon must go on
                since = self._failure.since if self._failure else now
                self._failure = _Failure(since, now, sequence)
                log.error("the lexicon cannot be loaded", error=type(problem).__name__)
                return False
            if self._failure is not None:
                self._failure = None
                log.info("the lexicon can be loaded again")
            return exchanged

    def _load_if_changed(self, connection: Connection, sequence: int, now: datetime) -> bool:
        known = self._loaded
        expired = known is not None and known.next_expiry is not None and known.next_expiry <= now
        if known is not None and known.sequence == sequence and not expired:
            return False
        terms = [
            term for term in self._source.load_terms(connection) if term.expires_at is None or term.expires_at > now
        ]
        ends = [term.expires_at for term in terms if term.expires_at is not None]
        self._loaded = _Loaded(CompiledLexicon.compile(terms), sequence, min(ends, default=None))
        log.info("the lexicon was loaded", count=len(terms))
        return True
