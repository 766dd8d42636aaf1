"""A classifier behind an HTTP address: the file's bytes go there, scores come back (contract: docs/outside.md)."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jacana.detect.media.outside.call import Caller, check_address
from jacana.detect.media.outside.classifier import LABEL, Region, Scores
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.model.media import MediaFacts
from jacana.settings import Settings

MOST_LABELS = 100
MOST_REGIONS = 1_000
_LONGEST_NAME = 60


class HttpClassifier:
    """The classifier behind classifier_url."""

    name = "classifier"

    def __init__(self, settings: Settings) -> None:
        """Take the settings. Raises SettingInvalidError for an address that is not https."""
        self._url = check_address(settings.classifier_url, "classifier_url")
        secret = settings.classifier_secret
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        self._caller = Caller(self.name, settings.classifier_timeout_seconds, headers)

    def score(self, path: Path, media_type: str, facts: MediaFacts) -> Scores:
        """Send the bytes and read the scores. Raises OutsideSilentError."""
        told = {"x-jacana-kind": facts.kind.value}
        if facts.duration_seconds is not None:
            told["x-jacana-seconds"] = f"{facts.duration_seconds:.3f}"
        return read_scores(self._caller.post_file(self._url, path, media_type, told))

    def close(self) -> None:
        """Close pooled connections."""
        self._caller.close()


def read_scores(answer: Any) -> Scores:
    """Return what a classifier answered. Raises OutsideSilentError: half an answer is none."""
    if not isinstance(answer, Mapping):
        raise _nonsense("the answer is not a JSON object")
    given = answer.get("scores")
    if not isinstance(given, Mapping) or len(given) > MOST_LABELS:
        raise _nonsense(f"scores must be an object of at most {MOST_LABELS} labels")
    scores = {_read_label(label): _read_part(value) for label, value in given.items()}
    model, version = _read_name(answer.get("model")), _read_name(answer.get("version"))
    return Scores(model, version, scores, _read_regions(answer.get("regions"), set(scores)))


def _read_regions(given: Any, labels: set[str]) -> tuple[Region, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MOST_REGIONS:
        raise _nonsense(f"regions must be a list of at most {MOST_REGIONS}")
    return tuple(_read_region(one, labels) for one in given)


def _read_region(given: Any, labels: set[str]) -> Region:
    if not isinstance(given, Mapping) or given.get("label") not in labels:
        raise _nonsense("a region must name a label that has a score")
    seconds, box = given.get("seconds"), given.get("box")
    if seconds is not None and not (_is_number(seconds) and seconds >= 0):
        raise _nonsense("a region's seconds must be 0 or more")
    if box is not None and not (isinstance(box, list) and len(box) == 4):
        raise _nonsense("a region's box must be x, y, width, height")
    place = None if box is None else (_read_part(box[0]), _read_part(box[1]), _read_part(box[2]), _read_part(box[3]))
    return Region(given["label"], None if seconds is None else float(seconds), place)


def _read_label(label: Any) -> str:
    if not isinstance(label, str) or not LABEL.fullmatch(label):
        raise _nonsense("a label must be small letters, digits, _ . or -")
    return label


def _read_part(value: Any) -> float:
    if not _is_number(value) or not 0 <= value <= 1:
        raise _nonsense("scores and boxes must be numbers from 0 to 1")
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _read_name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME or not value.isprintable():
        raise _nonsense("model and version must be short texts")
    return value


def _nonsense(what: str) -> OutsideSilentError:
    return OutsideSilentError(Silence.NONSENSE, f"classifier: {what}")
