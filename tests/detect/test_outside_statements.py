from outside_stand_ins import make_upload

from jacana.detect.media.outside.classifier import Region, Scores
from jacana.detect.media.outside.lookup import NOTHING_KNOWN, LookupAnswer
from jacana.detect.media.outside.silence import TOLD, Silence
from jacana.detect.media.outside.statements import state_answers, state_scores, state_silence
from jacana.model.finding import FindingKind

UPLOAD = make_upload()
NOTHING, CSAM = LookupAnswer(NOTHING_KNOWN), LookupAnswer("csam", "near", 2)


def test_nothing_known_is_nothing_found() -> None:
    assert state_answers(UPLOAD, "shield", [NOTHING], [0.0], NOTHING) == []
    assert state_answers(UPLOAD, "shield", [], [], None) == []


def test_one_finding_for_each_classification_with_its_seconds() -> None:
    harmful = LookupAnswer("harmful-abusive-material", "exact")
    found = state_answers(UPLOAD, "shield", [CSAM, NOTHING, harmful, CSAM], [0.0, 1.0, 2.0, 7.25], None)
    assert [finding.details["label"] for finding in found] == ["csam", "harmful-abusive-material"]
    assert [finding.score for finding in found] == [0.9, 1.0]
    assert [finding.details["match_type"] for finding in found] == ["near", "exact"]
    first = found[0]
    assert (first.kind, first.detector, first.details["service"]) == (
        FindingKind.LOOKUP_MATCH,
        "outside.shield",
        "shield",
    )
    assert "2 of the frames" in first.reasons[0] and "0.0 s, 7.2 s" in first.reasons[1]


def test_a_file_that_is_known_itself_is_said_to_be() -> None:
    (found,) = state_answers(UPLOAD, "shield", [], [], LookupAnswer("csam", "exact"))
    assert "byte for byte" in found.reasons[0]
    (found,) = state_answers(UPLOAD, "shield", [CSAM], [1.0], LookupAnswer("csam", "near"))
    assert len(found.reasons) == 3


def test_many_seconds_are_cut_short() -> None:
    (found,) = state_answers(UPLOAD, "shield", [CSAM] * 14, [float(second) for second in range(14)], None)
    assert found.reasons[-1].endswith("9.0 s and 4 more.")


def test_scores_worth_recording_become_findings() -> None:
    answer = Scores("m", "2", {"low": 0.04, "b": 0.95, "a": 0.05}, (Region("b", 3.0), Region("b", None)))
    found = state_scores(UPLOAD, "classifier", answer)
    assert [(finding.details["label"], finding.score) for finding in found] == [("a", 0.05), ("b", 0.95)]
    assert found[1].kind is FindingKind.CLASSIFIER_SCORE
    assert found[1].detector_version == "m/2"
    assert "0.95" in found[1].reasons[0] and "3.0 s" in found[1].reasons[1]
    assert len(found[0].reasons) == 1


def test_silence_says_why_and_whether_it_is_final() -> None:
    waiting = state_silence(UPLOAD, FindingKind.LOOKUP_SILENT, "shield", Silence.SLOW, given_up=False)
    final = state_silence(UPLOAD, FindingKind.LOOKUP_SILENT, "shield", Silence.SLOW, given_up=True)
    assert TOLD[Silence.SLOW] in waiting.reasons[0]
    assert (waiting.details["given_up"], final.details["given_up"]) == ("false", "true")
    assert waiting.id != final.id


def test_the_same_answer_is_the_same_finding() -> None:
    again = [state_answers(UPLOAD, "shield", [CSAM], [0.0], None)[0].id for _ in range(2)]
    assert again[0] == again[1]
    other = state_answers(make_upload("upload_2"), "shield", [CSAM], [0.0], None)[0].id
    assert other != again[0]
