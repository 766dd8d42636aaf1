"""What every look-up service must do: the real adapter against its stand-in, and its in-memory twin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from outside_server import run_stand_in
from outside_stand_ins import FILE, KNOWN, NEAR, OTHER, answer_as_shield

from jacana.detect.media.outside.arachnid import ArachnidShield
from jacana.detect.media.outside.lookup import NOTHING_KNOWN, LookupAnswer, LookupService
from jacana.detect.media.outside.memory import MemoryLookup
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.settings import Settings

EXACT, CLOSE = LookupAnswer("csam", "exact"), LookupAnswer("harmful-abusive-material", "near", 1)


@pytest.fixture(params=["arachnid", "memory"])
def service(request: pytest.FixtureRequest) -> Iterator[LookupService]:
    if request.param == "memory":
        yield MemoryLookup(takes_media=True, hashes={KNOWN: EXACT, NEAR: CLOSE}, files={FILE: EXACT})
        return
    with run_stand_in() as stand_in:
        stand_in.reply = answer_as_shield
        shield = ArachnidShield(
            Settings(arachnid_url=stand_in.url, arachnid_username="u", arachnid_password="p", arachnid_send_media=True)
        )
        yield shield
        shield.close()


@pytest.fixture(params=["arachnid", "memory"])
def silent(request: pytest.FixtureRequest) -> Iterator[LookupService]:
    if request.param == "memory":
        yield MemoryLookup(takes_media=True, silent=OutsideSilentError(Silence.REFUSED, "no"))
        return
    with run_stand_in() as stand_in:
        stand_in.answers = [(401, {"detail": "no"}, {})] * 2
        shield = ArachnidShield(
            Settings(arachnid_url=stand_in.url, arachnid_username="u", arachnid_password="p", arachnid_send_media=True)
        )
        yield shield
        shield.close()


def test_answers_each_hash_in_the_order_asked(service: LookupService) -> None:
    answers = service.ask_hashes([OTHER, NEAR, KNOWN])
    assert answers == (LookupAnswer(NOTHING_KNOWN), CLOSE, EXACT)
    assert [answer.known for answer in answers] == [False, True, True]


def test_answers_about_bytes(service: LookupService, tmp_path: Path) -> None:
    for content, answer in ((FILE, EXACT), (b"other", LookupAnswer(NOTHING_KNOWN))):
        path = tmp_path / "file"
        path.write_bytes(content)
        assert service.ask_file(path, "video/mp4") == answer


def test_nothing_asked_is_nothing_answered(service: LookupService) -> None:
    assert service.ask_hashes([]) == ()


def test_silence_is_an_error_and_never_an_answer(silent: LookupService, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(FILE)
    for ask in (lambda: silent.ask_hashes([KNOWN]), lambda: silent.ask_file(path, "video/mp4")):
        with pytest.raises(OutsideSilentError) as heard:
            ask()
        assert heard.value.why is Silence.REFUSED
