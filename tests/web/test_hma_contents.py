from collections.abc import Iterator

import pytest
from hma_floor import HmaFloor, black_picture, draw_picture, open_floor

from jacana.audit import list_entries
from jacana.db.engine import Database

HASH = "5b23d4dce323a1dcdf237cdc9323ccdc2323fcdc0303fffcaf890223008ba323"
MD5 = "cab08b36195edb1a1231d2d09fa450e0"


@pytest.fixture
def floor(sqlite_url: str, tmp_path, clock) -> Iterator[HmaFloor]:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock) as opened:
        yield opened
    database.close()


def add_picture(floor: HmaFloor, content: bytes, bank: str = "MY_BANK", **texts: bytes) -> dict:
    form = {name: (None, text) for name, text in texts.items()} | {"photo": ("a", content)}
    answer = floor.client.post(f"/hma/c/bank/{bank}/content", files=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_file_is_added_shown_and_deleted(floor: HmaFloor) -> None:
    floor.make_bank()
    made = add_picture(floor, draw_picture())
    assert set(made) == {"id", "signals"} and list(made["signals"]) == ["pdq"]
    path = f"/hma/c/bank/MY_BANK/content/{made['id']}"
    shown = floor.client.get(path).json()
    assert shown == {
        "id": made["id"],
        "disable_until_ts": 1,
        "original_media_uri": None,
        "bank": {"name": "MY_BANK", "matching_enabled_ratio": 1.0},
        "metadata": None,
        "note": None,
    }
    signals = floor.client.get(path, params={"include_signals": "true"}).json()["signals"]
    assert signals["pdq"] == made["signals"]["pdq"]
    assert floor.client.delete(path).json() == {"deleted": 1}
    assert floor.client.get(path).status_code == 404
    assert floor.look_up(made["signals"]["pdq"]) == {}


def test_another_banks_content_is_out_of_reach(floor: HmaFloor) -> None:
    floor.make_bank("MINE")
    floor.make_bank("OTHER")
    content = floor.add_signal("MINE", pdq=HASH)
    for method in ("GET", "PUT", "DELETE"):
        body = {"json": {"disable_until_ts": 0}} if method == "PUT" else {}
        answer = floor.client.request(method, f"/hma/c/bank/OTHER/content/{content}", **body)
        assert (answer.status_code, answer.json()["code"]) == (404, "hma.content_unknown")
    assert floor.look_up(HASH) == {"MINE": [{"bank_content_id": content, "distance": "0"}]}


def test_hashes_are_added_as_one_content_and_only_once(floor: HmaFloor) -> None:
    floor.make_bank()
    answer = floor.client.post("/hma/c/bank/MY_BANK/signal", json={"pdq": HASH.upper(), "video_md5": MD5})
    assert (answer.status_code, answer.json()["signals"]) == (200, {"pdq": HASH, "video_md5": MD5})
    again = floor.add_signal("MY_BANK", video_md5=MD5, pdq=HASH)
    assert again == answer.json()["id"]
    shown = floor.client.get(f"/hma/c/bank/MY_BANK/content/{again}", params={"include_signals": True}).json()
    assert shown["signals"] == {"pdq": HASH, "video_md5": MD5}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ([], "body"),
        ({"pdq": HASH + "\n"}, "pdq"),
        ({"pdq": "0" * 63}, "pdq"),
        ({"tmk": HASH}, "tmk"),
        ({"pdq": [HASH]}, "pdq"),
        ({"md5": MD5, "video_md5": "0" * 32}, "video_md5"),
    ],
)
def test_a_poisoned_hash_never_gets_into_a_bank(floor: HmaFloor, body: object, field: str) -> None:
    floor.make_bank()
    answer = floor.client.post("/hma/c/bank/MY_BANK/signal", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    good = floor.add_signal("MY_BANK", pdq=HASH)
    assert floor.look_up(HASH)["MY_BANK"][0]["bank_content_id"] == good


def test_a_content_is_switched_off_for_good_or_not_at_all(floor: HmaFloor) -> None:
    floor.make_bank()
    path = f"/hma/c/bank/MY_BANK/content/{floor.add_signal('MY_BANK', pdq=HASH)}"
    assert floor.client.put(path, json={"disable_until_ts": 1}).json()["disable_until_ts"] == 1
    for until in (1_900_000_000, True, "x", -5, None):
        answer = floor.client.put(path, json={"disable_until_ts": until})
        assert (answer.status_code, answer.json()["field"]) == (400, "disable_until_ts")
    assert "MY_BANK" in floor.look_up(HASH)
    off = floor.client.put(path, json={"disable_until_ts": 0})
    assert (off.status_code, off.json()["disable_until_ts"]) == (200, 0)
    assert floor.look_up(HASH) == {}


def test_the_callers_own_id_is_kept_and_other_keys_are_refused(floor: HmaFloor) -> None:
    floor.make_bank()
    made = add_picture(floor, draw_picture(), metadata=b'{"content_id": "1197433091", "json": {"a": {}}}', note=b"hi")
    shown = floor.client.get(f"/hma/c/bank/MY_BANK/content/{made['id']}").json()
    assert shown["metadata"] == {"content_id": "1197433091"}
    for metadata in (b'{"invalid_metadata": 5}', b"[]", b'{"content_id": 5}', b"{"):
        form = {"metadata": (None, metadata), "photo": ("a", draw_picture())}
        assert floor.client.post("/hma/c/bank/MY_BANK/content", files=form).status_code == 400


def test_what_could_never_match_is_not_added(floor: HmaFloor) -> None:
    floor.make_bank()
    answer = floor.client.post("/hma/c/bank/MY_BANK/content", files={"photo": ("a", black_picture())})
    assert (answer.status_code, answer.json()["field"]) == (400, "photo")
    with floor.stages.db.read() as connection:
        assert floor.stages.banks.find(connection, "my-bank").entry_count == 0


def test_an_unknown_bank_is_404_before_the_file_is_read(floor: HmaFloor) -> None:
    answer = floor.client.post("/hma/c/bank/NOT_THERE/content", files={"photo": ("a", b"broken")})
    assert answer.status_code == 404
    assert floor.client.post("/hma/c/bank/not-there/signal", json={"pdq": HASH}).status_code == 404


def test_what_is_added_and_taken_out_is_in_the_audit_log_without_a_hash(floor: HmaFloor) -> None:
    floor.make_bank()
    content = floor.add_signal("MY_BANK", pdq=HASH)
    floor.client.delete(f"/hma/c/bank/MY_BANK/content/{content}")
    with floor.stages.db.read() as connection:
        entries = [entry for _, entry in list_entries(connection) if entry.verb in {"bank.imported", "bank.retired"}]
    assert [entry.verb for entry in entries] == ["bank.imported", "bank.retired"]
    assert all(entry.actor.startswith("key:") and HASH not in str(entry.details) for entry in entries)
