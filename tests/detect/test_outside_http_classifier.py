from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outside_server import run_stand_in
from outside_stand_ins import make_facts

from jacana.detect.media.outside.classifier import Region
from jacana.detect.media.outside.http_classifier import HttpClassifier, read_scores
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.settings import SettingInvalidError, Settings

GOOD: dict[str, Any] = {"model": "m", "version": "3", "scores": {"minor": 0.5, "other": 1}}


def test_sends_the_bytes_their_type_and_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    with run_stand_in() as stand_in:
        stand_in.reply = lambda _: GOOD
        classifier = HttpClassifier(Settings(classifier_url=stand_in.url + "/score", classifier_secret="s3"))
        classifier.score(path, "video/mp4", make_facts(duration_seconds=2.5))
        classifier.close()
    (sent,) = stand_in.sent
    assert (sent.path, sent.body) == ("/score", b"bytes")
    told = {name: sent.headers[name] for name in ("authorization", "content-type", "x-jacana-kind", "x-jacana-seconds")}
    assert told == {
        "authorization": "Bearer s3",
        "content-type": "video/mp4",
        "x-jacana-kind": "video",
        "x-jacana-seconds": "2.500",
    }


def test_reads_scores_and_regions() -> None:
    regions = [{"label": "minor", "seconds": 3, "box": [0, 0.5, 0.25, 1]}, {"label": "other"}]
    answer = read_scores({**GOOD, "regions": regions, "more": "is ignored"})
    assert (answer.model, answer.version, answer.scores) == ("m", "3", {"minor": 0.5, "other": 1.0})
    assert answer.regions == (Region("minor", 3.0, (0.0, 0.5, 0.25, 1.0)), Region("other"))
    assert read_scores({**GOOD, "scores": {}}).scores == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"model": None},
        {"model": ""},
        {"version": 3},
        {"version": "x" * 61},
        {"model": "a\nb"},
        {"scores": None},
        {"scores": [0.5]},
        {"scores": {"Minor": 0.5}},
        {"scores": {"minor": 1.01}},
        {"scores": {"minor": -0.1}},
        {"scores": {"minor": True}},
        {"scores": {"minor": "0.5"}},
        {"scores": {"minor": float("nan")}},
        {"scores": {f"l{row}": 0.5 for row in range(101)}},
        {"regions": {}},
        {"regions": [{"label": "unscored"}]},
        {"regions": [{"label": "minor", "seconds": -1}]},
        {"regions": [{"label": "minor", "seconds": "1"}]},
        {"regions": [{"label": "minor", "box": [0, 0, 1]}]},
        {"regions": [{"label": "minor", "box": [0, 0, 1, 2]}]},
        {"regions": [5]},
    ],
)
def test_half_an_answer_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises(OutsideSilentError) as silent:
        read_scores({**GOOD, **changed})
    assert silent.value.why is Silence.NONSENSE


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "regions", "a"]), inner),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_is_read_or_is_silence(answer: Any) -> None:
    try:
        scores = read_scores(answer)
    except OutsideSilentError as silent:
        assert silent.why is Silence.NONSENSE
    else:
        assert all(0 <= score <= 1 for score in scores.scores.values())


def test_refuses_to_send_in_the_clear() -> None:
    with pytest.raises(SettingInvalidError):
        HttpClassifier(Settings(classifier_url="http://classifier.example/"))
