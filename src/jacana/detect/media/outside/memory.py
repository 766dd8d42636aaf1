"""In-memory twins of a look-up service and a classifier, which tests and rehearsals fill with what they shall know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jacana.detect.media.outside.classifier import Scores
from jacana.detect.media.outside.lookup import NOTHING_KNOWN, LookupAnswer
from jacana.detect.media.outside.silence import OutsideSilentError
from jacana.model.media import MediaFacts

_NOTHING = LookupAnswer(NOTHING_KNOWN)


@dataclass
class MemoryLookup:
    """Knows the hashes and the bytes it was given; raises `silent` instead of answering while that is set."""

    name: str = "memory"
    takes_media: bool = False
    hashes: dict[bytes, LookupAnswer] = field(default_factory=dict)
    files: dict[bytes, LookupAnswer] = field(default_factory=dict)
    silent: OutsideSilentError | None = None
    asked: list[str] = field(default_factory=list)

    def ask_hashes(self, hashes: Sequence[bytes]) -> tuple[LookupAnswer, ...]:
        """Answer about hashes."""
        self._note("hashes")
        return tuple(self.hashes.get(one, _NOTHING) for one in hashes)

    def ask_file(self, path: Path, _media_type: str) -> LookupAnswer:
        """Answer about bytes."""
        if not self.takes_media:
            raise ValueError("this service takes no media")
        self._note("media")
        return self.files.get(path.read_bytes(), _NOTHING)

    def _note(self, kind: str) -> None:
        self.asked.append(kind)
        if self.silent:
            raise self.silent


@dataclass
class MemoryClassifier:
    """Gives every file the same scores; raises `silent` instead of answering while that is set."""

    scores: Mapping[str, float] = field(default_factory=dict)
    name: str = "memory"
    silent: OutsideSilentError | None = None
    asked: list[int] = field(default_factory=list)
    """Sizes of the files it was sent."""

    def score(self, path: Path, _media_type: str, _facts: MediaFacts) -> Scores:
        """Return the scores."""
        self.asked.append(path.stat().st_size)
        if self.silent:
            raise self.silent
        return Scores("memory", "1", dict(self.scores))
