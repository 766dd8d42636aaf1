"""The story of the ring notices when what it promises does not happen."""

import json

import httpx
import pytest

from jacana.ingest.schema import parse_event
from jacana.simulate import ring
from jacana.simulate.ring import RingStory
from jacana.simulate.story import StoryBrokenError, StoryPlaces

TERM = "zorvalimen"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> RingStory:
    monkeypatch.setattr(ring, "WAIT_SECONDS", 0.2)
    place = "http://127.0.0.1:1"
    return RingStory(StoryPlaces(place, place, place, "key"), TERM, lambda _mark, _text: None)


def answer(told: RingStory, reply) -> list[dict]:
    """Have the API answer what `reply(path, body)` says; return the bodies it is sent."""
    sent: list[dict] = []

    def handle(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        sent.append(body)
        status, content = reply(request.url.path, body)
        return httpx.Response(status, json=content)

    told._api = httpx.Client(base_url="http://127.0.0.1:1", transport=httpx.MockTransport(handle))
    return sent


def test_the_events_it_tells_are_events_and_none_is_repeated(told: RingStory) -> None:
    sent = answer(told, lambda _path, body: (200, {"accepted": len(body["events"])}))
    told._tell_family("family-1")
    told._tell_vault("vera-1")
    events = [event for body in sent for event in body["events"]]
    assert {parse_event(event).account_id for event in events} == {"family-1", "vera-1"}
    assert len({event["id"] for event in events}) == len(events)
    assert len({event["ip"] for event in events if event["account_id"] == "family-1"}) == 1
    assert len({event["ip"] for event in events if event["account_id"] == "vera-1"}) == ring.WATCHERS + 1
    assert TERM not in json.dumps(sent)  # it is only ever written in disguise


def test_refused_events_break_the_story(told: RingStory) -> None:
    answer(told, lambda *_: (200, {"accepted": 0}))
    with pytest.raises(StoryBrokenError, match="refused"):
        told._tell_family("family-1")


def test_a_search_that_is_answered_without_help_breaks_the_story(told: RingStory) -> None:
    answer(told, lambda *_: (200, {"answer": "deter", "message": "no"}))
    with pytest.raises(StoryBrokenError, match="address of help"):
        told._ask_for_it()


def test_an_innocent_search_that_is_not_answered_breaks_the_story(told: RingStory) -> None:
    answer(told, lambda *_: (200, {"answer": "deter", "message": "no", "help_url": "https://help.example"}))
    with pytest.raises(StoryBrokenError, match="innocent search"):
        told._ask_for_it()


@pytest.mark.parametrize(("reply", "complaint"), [("allow", "in vain"), ("refuse", "somebody else")])
def test_a_door_that_lets_all_in_or_nobody_breaks_the_story(told: RingStory, reply: str, complaint: str) -> None:
    answer(told, lambda *_: (200, {"answer": reply}))
    with pytest.raises(StoryBrokenError, match=complaint):
        told._meet_evader("vera-1", "vera2-1")


def test_a_check_that_fails_breaks_the_story(told: RingStory) -> None:
    answer(told, lambda *_: (503, {"title": "down"}))
    with pytest.raises(StoryBrokenError, match="503"):
        told._check_text("caption", "words")
    with pytest.raises(StoryBrokenError, match="503"):
        told._knock("device", "name")
