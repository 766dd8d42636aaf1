from collections.abc import Iterator
from pathlib import Path

import pytest
from hma_floor import HmaFloor, draw_picture, open_floor

from jacana.db.engine import Database
from jacana.simulate.clips import draw_clip


@pytest.fixture
def floor(sqlite_url: str, tmp_path, clock) -> Iterator[HmaFloor]:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock) as opened:
        yield opened
    database.close()


def send(floor: HmaFloor, **files: bytes) -> tuple[int, str]:
    answer = floor.client.post("/hma/h/hash", files={name: ("a", content) for name, content in files.items()})
    return answer.status_code, answer.json().get("field", "")


def test_one_file_in_a_field_named_after_what_it_is(floor: HmaFloor) -> None:
    picture = draw_picture()
    assert send(floor, photo=picture) == (200, "")
    assert send(floor, image=picture) == (400, "form")
    assert send(floor, photo=picture, video=picture) == (400, "form")
    assert send(floor, note=b"no file") == (400, "form")


def test_neither_a_form_nor_a_url_is_told_what_to_send(floor: HmaFloor) -> None:
    answer = floor.client.post("/hma/h/hash", content=draw_picture(), headers={"content-type": "image/png"})
    assert (answer.status_code, answer.json()["field"]) == (400, "url")
    assert "photo=@FILE" in answer.json()["details"]


def test_a_video_sent_as_a_photo_is_refused(floor: HmaFloor, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    draw_clip(clip, 5, seconds=1, size=(160, 120))
    answer = floor.client.post("/hma/h/hash", files={"photo": ("a", clip.read_bytes())})
    assert (answer.status_code, answer.json()["message"]) == (400, "photo: this is a video")


def test_a_file_over_the_limit_is_413(sqlite_url: str, tmp_path: Path, clock) -> None:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock, upload_max_bytes=1000) as floor:
        answer = floor.client.post("/hma/h/hash", files={"photo": ("a", b"x" * 2000)})
        assert answer.status_code == 413
        assert floor.spooled() == []
    database.close()


def test_a_text_of_the_form_has_a_limit(floor: HmaFloor) -> None:
    form = {"metadata": (None, b"x" * 70_000), "photo": ("a", draw_picture())}
    answer = floor.client.post("/hma/h/hash", files=form)
    assert (answer.status_code, answer.json()["field"]) == (400, "form")
