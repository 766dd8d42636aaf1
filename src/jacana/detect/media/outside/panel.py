"""Everybody outside who is asked, as the operator's settings name them; and what of the findings still stands.

Asks nobody by itself and opens no transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jacana.db.engine import Connection
from jacana.detect.media.hashing.frames import unpack_frames
from jacana.detect.media.outside import store
from jacana.detect.media.outside.arachnid import ArachnidShield
from jacana.detect.media.outside.classifier import Classifier
from jacana.detect.media.outside.http_classifier import HttpClassifier
from jacana.detect.media.outside.lookup import LookupService
from jacana.detect.media.outside.store import Ask, AskState
from jacana.model.finding import Finding, FindingKind
from jacana.model.media import MediaFacts
from jacana.settings import Settings

MIN_QUALITY = 50
"""Frames below this PDQ quality look like too many others to be asked about."""
MOST_HASHES = 500
"""Most hashes sent about one file, spread evenly over it."""

SILENT_KINDS = frozenset({FindingKind.LOOKUP_SILENT, FindingKind.CLASSIFIER_SILENT})


@dataclass(frozen=True, slots=True)
class Question:
    """The hashes to be asked about, 32 bytes each, and the seconds they are from."""

    hashes: tuple[bytes, ...]
    seconds: tuple[float, ...]


class Panel:
    """The look-up services and classifiers of this installation."""

    def __init__(self, lookups: Sequence[LookupService] = (), classifiers: Sequence[Classifier] = ()) -> None:
        self.lookups = tuple(lookups)
        self.classifiers = tuple(classifiers)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Panel":
        """Return whom the settings name, often nobody. Raises SettingInvalidError."""
        lookups = [ArachnidShield(settings)] if settings.arachnid_url else []
        classifiers = [HttpClassifier(settings)] if settings.classifier_url else []
        return cls(lookups, classifiers)

    @property
    def empty(self) -> bool:
        """Whether nobody is asked."""
        return not self.lookups and not self.classifiers

    @property
    def names(self) -> set[str]:
        """The names of everybody who is asked."""
        return {service.name for service in self.lookups} | {classifier.name for classifier in self.classifiers}

    def load_asks(self, connection: Connection, upload_id: str) -> dict[str, Ask]:
        """Return who was asked about an upload, by name."""
        return store.select_asks(connection, upload_id)

    def save_ask(self, connection: Connection, ask: Ask) -> None:
        """Record how an asking stands."""
        store.save_ask(connection, ask)

    def count_asks(self, connection: Connection) -> Mapping[str, Mapping[str, int]]:
        """Return {service: {state: uploads}}."""
        return store.count_asks(connection)

    def leave_out_answered(
        self, connection: Connection, upload_id: str, findings: Sequence[Finding]
    ) -> tuple[Finding, ...]:
        """Return the findings without every silence that an answer has ended since."""
        if not any(finding.kind in SILENT_KINDS for finding in findings):
            return tuple(findings)
        asks = store.select_asks(connection, upload_id)
        answered = {service for service, ask in asks.items() if ask.state is AskState.ANSWERED}
        return tuple(
            finding
            for finding in findings
            if finding.kind not in SILENT_KINDS or finding.details.get("service") not in answered
        )


def choose_hashes(facts: MediaFacts) -> Question:
    """Return the distinct whole-frame hashes of a file that are worth asking about, in its time order."""
    frames = unpack_frames(facts.frames)
    firsts: dict[bytes, float] = {}
    for row in np.flatnonzero(frames.quality >= MIN_QUALITY):
        firsts.setdefault(frames.pdq[row].tobytes(), float(frames.seconds[row]))
    listed = list(firsts.items())
    if len(listed) > MOST_HASHES:
        listed = [listed[row] for row in np.linspace(0, len(listed) - 1, MOST_HASHES).astype(int)]
    return Question(tuple(pdq for pdq, _ in listed), tuple(seconds for _, seconds in listed))
