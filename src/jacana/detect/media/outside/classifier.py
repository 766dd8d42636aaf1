"""The port to classifiers of new material: plug-ins, none of which is shipped. A score is a reason to look, no more."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jacana.model.media import MediaFacts

LABEL = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
"""What a label may look like: policies name labels, and people read them."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where in the file a label applies. `box` is x, y, width, height as parts (0..1) of the picture as shown."""

    label: str
    seconds: float | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """One answer: which model of which version gave which label what score (0..1)."""

    model: str
    version: str
    scores: dict[str, float]
    regions: tuple[Region, ...] = ()


class Classifier(Protocol):
    """Somebody who says how sure they are that a person should look at a file, and why."""

    @property
    def name(self) -> str:
        """A short lasting name, as findings and policies give it."""
        ...  # pragma: no cover

    def score(self, path: Path, media_type: str, facts: MediaFacts) -> Scores:
        """Return the scores of a file. Raises OutsideSilentError."""
        ...  # pragma: no cover
