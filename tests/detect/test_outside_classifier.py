"""What every classifier must do: the HTTP adapter against its stand-in, and its in-memory twin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from outside_server import run_stand_in
from outside_stand_ins import make_facts

from jacana.detect.media.outside.classifier import LABEL, Classifier
from jacana.detect.media.outside.http_classifier import HttpClassifier
from jacana.detect.media.outside.memory import MemoryClassifier
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.settings import Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    return path


@pytest.fixture(params=["http", "memory"])
def classifier(request: pytest.FixtureRequest) -> Iterator[Classifier]:
    if request.param == "memory":
        yield MemoryClassifier({"minor": 0.75})
        return
    with run_stand_in() as stand_in:
        stand_in.reply = lambda _: {"model": "m", "version": "1", "scores": {"minor": 0.75}}
        made = HttpClassifier(Settings(classifier_url=stand_in.url))
        yield made
        made.close()


@pytest.fixture(params=["http", "memory"])
def silent(request: pytest.FixtureRequest) -> Iterator[Classifier]:
    if request.param == "memory":
        yield MemoryClassifier(silent=OutsideSilentError(Silence.FAILING, "no"))
        return
    with run_stand_in() as stand_in:
        stand_in.answer(500, {})
        made = HttpClassifier(Settings(classifier_url=stand_in.url))
        yield made
        made.close()


def test_scores_a_file(classifier: Classifier, file: Path) -> None:
    answer = classifier.score(file, "video/mp4", make_facts())
    assert answer.scores == {"minor": 0.75}
    assert answer.model and answer.version and classifier.name


def test_silence_is_an_error_and_never_a_score(silent: Classifier, file: Path) -> None:
    with pytest.raises(OutsideSilentError) as heard:
        silent.score(file, "video/mp4", make_facts())
    assert heard.value.why is Silence.FAILING


@pytest.mark.parametrize("label", ["minor", "a.b-c_9", "0"])
def test_labels_are_plain_words(label: str) -> None:
    assert LABEL.fullmatch(label)


@pytest.mark.parametrize("label", ["", "Minor", "a b", "-a", "a" * 61, "a\n"])
def test_other_labels_are_none(label: str) -> None:
    assert not LABEL.fullmatch(label)
