import hashlib
from collections.abc import Iterator

import pytest
from hma_floor import HmaFloor, black_picture, draw_picture, open_floor

from jacana.db.engine import Database
from jacana.web.hma.signals import measure_distance


@pytest.fixture
def floor(sqlite_url: str, tmp_path, clock) -> Iterator[HmaFloor]:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock) as opened:
        yield opened
    database.close()


def hash_file(floor: HmaFloor, content: bytes, field: str = "photo", **params: str) -> dict[str, str]:
    answer = floor.client.post("/hma/h/hash", files={field: ("a", content)}, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_picture_has_a_pdq_hash_and_a_video_an_md5(floor: HmaFloor) -> None:
    photo = hash_file(floor, draw_picture())
    assert list(photo) == ["pdq"] and len(photo["pdq"]) == 64
    assert hash_file(floor, b"any bytes", "video") == {"video_md5": hashlib.md5(b"any bytes").hexdigest()}


def test_other_hashes_are_made_when_types_names_them(floor: HmaFloor) -> None:
    content = draw_picture()
    made = hash_file(floor, content, types="sha1,sha256")
    assert made == {"sha1": hashlib.sha1(content).hexdigest(), "sha256": hashlib.sha256(content).hexdigest()}


def test_the_same_shown_picture_has_the_same_hash_however_it_is_stored(floor: HmaFloor) -> None:
    upright = hash_file(floor, draw_picture(form="JPEG"))["pdq"]
    for turn in (3, 6, 8):
        stored = hash_file(floor, draw_picture(form="JPEG", turn=turn))["pdq"]
        assert measure_distance(upright, stored) <= 31, f"EXIF orientation {turn}"


def test_a_black_picture_has_no_hash(floor: HmaFloor) -> None:
    assert hash_file(floor, black_picture()) == {"pdq": ""}


@pytest.mark.parametrize(
    ("content", "field", "code"),
    [
        (draw_picture()[:2000], "photo", "hma.input_invalid"),
        (b"<html>no picture</html>", "photo", "hma.input_invalid"),
        (b"", "photo", "ingest.upload_empty"),
    ],
)
def test_what_cannot_be_read_is_400_with_the_reason(floor: HmaFloor, content: bytes, field: str, code: str) -> None:
    answer = floor.client.post("/hma/h/hash", files={field: ("a", content)})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert len(answer.json()["message"]) > 20


def test_nothing_is_left_on_disk(floor: HmaFloor) -> None:
    hash_file(floor, draw_picture())
    floor.client.post("/hma/h/hash", files={"photo": ("a", b"broken")})
    assert floor.spooled() == []


def test_a_url_is_refused_unless_the_operator_named_its_host(floor: HmaFloor) -> None:
    for method in ("GET", "POST"):
        answer = floor.client.request(method, "/hma/h/hash", params={"url": "http://127.0.0.1:9/a.png"})
        assert (answer.status_code, answer.json()["code"]) == (403, "hma.fetch_refused")
        assert "hma_fetch_hosts" in answer.json()["details"]
