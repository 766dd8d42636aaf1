import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from outside_server import StandIn, run_stand_in
from outside_stand_ins import CSAM, KNOWN, NOTHING, OTHER, answer_as_shield

from jacana.detect.media.outside.arachnid import HASHES_AT_ONCE, ArachnidShield
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.settings import SettingInvalidError, Settings


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with run_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(running: StandIn) -> StandIn:
    running.answers.clear()
    running.sent.clear()
    running.reply = answer_as_shield
    running.wait_seconds = 0.0
    return running


def open_shield(stand_in: StandIn, **changed: Any) -> ArachnidShield:
    settings = {"arachnid_url": stand_in.url + "/", "arachnid_username": "us", "arachnid_password": "pä:ss"}
    return ArachnidShield(Settings(**settings | changed))


@pytest.fixture
def shield(stand_in: StandIn) -> Iterator[ArachnidShield]:
    made = open_shield(stand_in)
    yield made
    made.close()


def listen(shield: ArachnidShield) -> OutsideSilentError:
    with pytest.raises(OutsideSilentError) as silent:
        shield.ask_hashes([KNOWN, OTHER])
    return silent.value


def test_sends_hashes_as_base64_with_basic_credentials(shield: ArachnidShield, stand_in: StandIn) -> None:
    shield.ask_hashes([KNOWN])
    (sent,) = stand_in.sent
    assert (sent.path, sent.json()) == ("/v1/pdq/", {"hashes": [base64.b64encode(KNOWN).decode()]})
    assert sent.headers["authorization"] == "Basic " + base64.b64encode("us:pä:ss".encode()).decode()


def test_many_hashes_go_in_portions(shield: ArachnidShield, stand_in: StandIn) -> None:
    hashes = [bytes([row, 7]) * 16 for row in range(HASHES_AT_ONCE + 20)] + [KNOWN]
    answers = shield.ask_hashes(hashes)
    assert [len(sent.json()["hashes"]) for sent in stand_in.sent] == [HASHES_AT_ONCE, 21]
    assert [answer.known for answer in answers] == [False] * (len(hashes) - 1) + [True]


def test_media_go_only_where_the_operator_lets_them(shield: ArachnidShield, stand_in: StandIn, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    assert not shield.takes_media
    with pytest.raises(ValueError, match="arachnid_send_media"):
        shield.ask_file(path, "image/png")
    assert stand_in.sent == []
    allowed = open_shield(stand_in, arachnid_send_media=True)
    allowed.ask_file(path, "image/png")
    allowed.close()
    (sent,) = stand_in.sent
    assert (sent.path, sent.body, sent.headers["content-type"]) == ("/v1/media/", b"bytes", "image/png")


@pytest.mark.parametrize(
    ("status", "why"),
    [(401, Silence.REFUSED), (429, Silence.THROTTLED), (500, Silence.FAILING), (422, Silence.REFUSED)],
)
def test_an_error_is_silence(shield: ArachnidShield, stand_in: StandIn, status: int, why: Silence) -> None:
    stand_in.answer(status, {"detail": "because"}, retry_after="9")
    silence = listen(shield)
    assert silence.why is why
    assert silence.retry_after_seconds == (9 if status == 429 else None)


def test_slowness_is_silence(stand_in: StandIn) -> None:
    shield = open_shield(stand_in, arachnid_timeout_seconds=1)
    stand_in.wait_seconds = 1.6
    assert listen(shield).why is Silence.SLOW
    shield.close()


def answer_for(*hashes: bytes, **changed: Any) -> dict[str, Any]:
    return {"scanned_hashes": {base64.b64encode(one).decode(): {**NOTHING, **changed} for one in hashes}}


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"scanned_hashes": []},
        {"scanned_hashes": {}},
        {"scanned_hashes": {"!": CSAM}},
        answer_for(KNOWN),
        answer_for(KNOWN, OTHER, classification=None),
        answer_for(KNOWN, OTHER, classification="<b>bold</b>"),
        answer_for(KNOWN, OTHER, match_type="maybe"),
        answer_for(KNOWN, OTHER, near_match_details="x"),
        {"scanned_hashes": {base64.b64encode(KNOWN).decode(): None}},
    ],
)
def test_half_an_answer_is_silence_and_never_no_match(shield: ArachnidShield, stand_in: StandIn, answer: Any) -> None:
    stand_in.answer(200, answer)
    assert listen(shield).why is Silence.NONSENSE


def test_a_classification_of_tomorrow_is_a_match(shield: ArachnidShield, stand_in: StandIn) -> None:
    stand_in.answer(200, answer_for(KNOWN, OTHER, classification="something-new", match_type="near"))
    assert [answer.classification for answer in shield.ask_hashes([KNOWN, OTHER])] == ["something-new"] * 2


@pytest.mark.parametrize(
    "changed", [{"arachnid_url": "http://shield.example/"}, {"arachnid_username": ""}, {"arachnid_password": ""}]
)
def test_refuses_to_start_without_https_and_credentials(stand_in: StandIn, changed: dict[str, str]) -> None:
    with pytest.raises(SettingInvalidError) as refused:
        open_shield(stand_in, **changed)
    assert refused.value.remedy
