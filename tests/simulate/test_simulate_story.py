"""The story notices when what it promises does not happen."""

from pathlib import Path

import httpx
import pytest

from jacana.simulate import story
from jacana.simulate.story import Story, StoryBrokenError, StoryClips, StoryPlaces


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"clip")
    places = StoryPlaces("http://127.0.0.1:1", "http://127.0.0.1:1", "http://127.0.0.1:1", "key")
    made = Story(places, StoryClips(clip, clip, clip, clip, clip), lambda _mark, _text: None)
    monkeypatch.setattr(story, "WAIT_SECONDS", 0.2)
    return made


def _answer(told: Story, status: int, body: dict[str, object]) -> None:
    told._api = httpx.Client(
        base_url="http://127.0.0.1:1", transport=httpx.MockTransport(lambda _request: httpx.Response(status, json=body))
    )


def test_a_refused_upload_breaks_the_story(told: Story, tmp_path: Path) -> None:
    _answer(told, 422, {"title": "no"})
    with pytest.raises(StoryBrokenError, match="refused: 422"):
        told.send(tmp_path / "clip.mp4", "anna", "public", "innocent")


def test_a_network_that_shows_what_must_be_held_breaks_the_story(told: Story, monkeypatch) -> None:
    _answer(told, 202, {"id": "upload_1"})
    monkeypatch.setattr(told, "_network_state", lambda: {"uploads": {}, "accounts": {}})
    with pytest.raises(StoryBrokenError, match="in vain"):
        told._play_disguised()


def test_a_doubled_retry_breaks_the_story(told: Story, monkeypatch) -> None:
    monkeypatch.setattr(told, "_deliveries", list)
    _answer(told, 202, {"id": "upload_2"})
    with pytest.raises(StoryBrokenError, match="not recognised"):
        told._play_retry("upload_1")
