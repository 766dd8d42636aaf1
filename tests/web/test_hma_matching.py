from collections.abc import Iterator

import pytest
from hma_floor import HmaFloor, black_picture, draw_picture, flip_bits, open_floor

from jacana.db.engine import Database

HASH = "5b23d4dce323a1dcdf237cdc9323ccdc2323fcdc0303fffcaf890223008ba323"
FAR = "c186f9619659658c4b6916daf934496985f4259c72c39676ab9edb631c3c349c"
MD5 = "cab08b36195edb1a1231d2d09fa450e0"


@pytest.fixture
def floor(sqlite_url: str, tmp_path, clock) -> Iterator[HmaFloor]:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock) as opened:
        yield opened
    database.close()


@pytest.fixture
def content(floor: HmaFloor) -> int:
    floor.make_bank()
    return floor.add_signal("MY_BANK", pdq=HASH, video_md5=MD5)


def test_a_hash_matches_at_once_and_up_to_31_bits(floor: HmaFloor, content: int) -> None:
    for bits, known in ((0, True), (31, True), (32, False)):
        matches = [{"bank_content_id": content, "distance": str(bits)}]
        assert floor.look_up(flip_bits(HASH, bits)) == ({"MY_BANK": matches} if known else {})


def test_a_digest_matches_exactly_and_in_either_case(floor: HmaFloor, content: int) -> None:
    expected = {"MY_BANK": [{"bank_content_id": content, "distance": "0"}]}
    assert floor.look_up(MD5, "video_md5") == floor.look_up(MD5.upper(), "md5") == expected
    assert floor.look_up("0" * 32, "video_md5") == {}


def test_upper_case_is_the_same_hash_and_a_line_end_is_refused(floor: HmaFloor, content: int) -> None:
    assert floor.look_up(HASH.upper())["MY_BANK"][0]["bank_content_id"] == content
    answer = floor.client.get("/hma/m/lookup", params={"signal_type": "pdq", "signal": HASH + "\n"})
    assert (answer.status_code, answer.json()["field"]) == (400, "signal")


def test_raw_lookup_gives_ids_and_distances_when_asked(floor: HmaFloor, content: int) -> None:
    asked = {"signal": flip_bits(HASH, 3), "signal_type": "pdq"}
    assert floor.client.get("/hma/m/raw_lookup", params=asked).json() == {"matches": [content]}
    for true in ("true", "True", "1"):
        answer = floor.client.get("/hma/m/raw_lookup", params={**asked, "include_distance": true})
        assert answer.json() == {"matches": [{"bank_content_id": content, "distance": "3"}]}
    posted = floor.client.post("/hma/m/raw_lookup", json={**asked, "include_distance": True})
    assert posted.json() == {"matches": [{"bank_content_id": content, "distance": "3"}]}
    assert floor.client.get("/hma/m/raw_lookup", params={**asked, "signal": FAR}).json() == {"matches": []}


def test_banks_and_threshold_narrow_it_down(floor: HmaFloor, content: int) -> None:
    floor.make_bank("OTHER")
    other = floor.add_signal("OTHER", pdq=flip_bits(HASH, 5))
    assert set(floor.look_up(HASH)) == {"MY_BANK", "OTHER"}
    assert floor.look_up(HASH, banks="OTHER") == {"OTHER": [{"bank_content_id": other, "distance": "5"}]}
    assert set(floor.look_up(HASH, threshold=4)) == {"MY_BANK"}
    assert set(floor.look_up(HASH, seed="7", bypass_coinflip="true")) == {"MY_BANK", "OTHER"}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"signal_type": "pdq"}, "signal"),
        ({"signal": HASH}, "signal_type"),
        ({"signal": HASH, "signal_type": "tmk"}, "signal_type"),
        ({"signal": HASH, "signal_type": "pdq", "threshold": "32"}, "threshold"),
        ({"signal": HASH, "signal_type": "pdq", "threshold": "-1"}, "threshold"),
        ({"signal": HASH, "signal_type": "pdq", "banks": "TYPO"}, "banks"),
        ({"signal": HASH, "signal_type": "pdq", "banks": "not a bank"}, "banks"),
    ],
)
def test_what_cannot_be_asked_is_400_and_names_the_field(floor: HmaFloor, params: dict[str, str], field: str) -> None:
    for path in ("lookup", "raw_lookup"):
        answer = floor.client.get(f"/hma/m/{path}", params=params)
        assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"signal": HASH}, "signal_type"),
        ({"signal": HASH, "signal_type": "pdq", "threshold": "a"}, "body"),
        ({"signal": HASH, "signal_type": "pdq", "include_distance": "yes"}, "body"),
        ({"signal": HASH, "signal_type": "pdq", "banks": ["A"]}, "body"),
    ],
)
def test_a_posted_raw_lookup_is_checked_too(floor: HmaFloor, body: object, field: str) -> None:
    answer = floor.client.post("/hma/m/raw_lookup", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_an_uploaded_picture_is_hashed_and_looked_up(floor: HmaFloor) -> None:
    floor.make_bank()
    picture = draw_picture(form="JPEG")
    made = floor.client.post("/hma/c/bank/MY_BANK/content", files={"photo": ("a.jpg", picture)}).json()
    answer = floor.client.post("/hma/m/lookup", files={"photo": ("b.png", draw_picture())}).json()
    (match,) = answer["pdq"]["MY_BANK"]
    assert match["bank_content_id"] == made["id"]
    assert int(match["distance"]) <= 31
    assert floor.client.post("/hma/m/lookup", files={"photo": ("c", draw_picture(9))}).json() == {"pdq": {}}


def test_a_black_picture_is_no_match_and_no_error(floor: HmaFloor, content: int) -> None:
    answer = floor.client.post("/hma/m/lookup", files={"photo": ("a", black_picture())})
    assert (answer.status_code, answer.json()) == (200, {"pdq": {}})


def test_a_list_of_hashes_is_answered_in_its_order(floor: HmaFloor, content: int) -> None:
    asked = [
        {"signal_type": "pdq", "signal": FAR},
        {"signal_type": "video_md5", "signal": MD5},
        {"signal_type": "pdq", "signal": flip_bits(HASH, 2)},
    ]
    answer = floor.client.post("/hma/m/lookup", json=asked).json()
    assert answer == [
        {},
        {"MY_BANK": [{"bank_content_id": content, "distance": "0"}]},
        {"MY_BANK": [{"bank_content_id": content, "distance": "2"}]},
    ]
    assert floor.client.post("/hma/m/lookup", json=asked[2]).json() == answer[2]
    assert floor.client.post("/hma/m/lookup", json=[]).json() == []


def test_a_bad_hash_in_a_list_is_named_by_its_place(floor: HmaFloor) -> None:
    good = {"signal_type": "pdq", "signal": HASH}
    answer = floor.client.post("/hma/m/lookup", json=[good, {**good, "signal": "x"}])
    assert (answer.status_code, answer.json()["field"]) == (400, "[1].signal")
    answer = floor.client.post("/hma/m/lookup", json=[good] * 1001)
    assert (answer.status_code, answer.json()["field"]) == (400, "body")


def test_compare_tells_the_distance(floor: HmaFloor) -> None:
    body = {"pdq": [HASH, flip_bits(HASH, 9).upper()], "video_md5": [MD5, "0" * 32]}
    answer = floor.client.post("/hma/m/compare", json=body)
    assert answer.json() == {"pdq": [True, {"distance": 9}], "video_md5": [False, {}]}
    assert floor.client.post("/hma/m/compare", json={"pdq": [HASH, flip_bits(HASH, 32)]}).json()["pdq"][0] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({}, "body"),
        ({"tmk": [1, 2]}, "tmk"),
        ({"pdq": [HASH]}, "pdq"),
        ({"pdq": [HASH, HASH + "\n"]}, "pdq[1]"),
    ],
)
def test_what_cannot_be_compared_is_400(floor: HmaFloor, body: object, field: str) -> None:
    answer = floor.client.post("/hma/m/compare", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_the_index_is_always_built_to_the_last_change(floor: HmaFloor, clock) -> None:
    empty = floor.client.get("/hma/m/index/status").json()
    assert empty["pdq"] == {"present": True, "built_to": -1, "size": 0}
    floor.make_bank()
    floor.add_signal("MY_BANK", pdq=HASH, video_md5=MD5)
    status = floor.client.get("/hma/m/index/status").json()
    now = int(clock().timestamp())
    assert status["pdq"] == status["video_md5"] == {"present": True, "built_to": now, "size": 1}
    assert list(floor.client.get("/hma/m/index/status", params={"signal_type": "pdq"}).json()) == ["pdq"]
    assert floor.client.get("/hma/m/index/status", params={"signal_type": "tmk"}).status_code == 400
