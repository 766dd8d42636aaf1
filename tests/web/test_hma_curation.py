from collections.abc import Iterator

import pytest
from hma_floor import HmaFloor, open_floor

from jacana.audit import list_entries
from jacana.db.engine import Database
from jacana.model.bank import BankOrigin


@pytest.fixture
def floor(sqlite_url: str, tmp_path, clock) -> Iterator[HmaFloor]:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock) as opened:
        yield opened
    database.close()


def test_a_bank_is_made_listed_shown_and_removed(floor: HmaFloor) -> None:
    shape = {"name": "MY_TEST_BANK_01", "matching_enabled_ratio": 1.0}
    made = floor.client.post("/hma/c/banks", json={"name": "MY_TEST_BANK_01"})
    assert (made.status_code, made.json()) == (201, shape)
    assert floor.client.get("/hma/c/banks").json() == [shape]
    assert floor.client.get("/hma/c/bank/MY_TEST_BANK_01").json() == shape
    removed = floor.client.delete("/hma/c/bank/MY_TEST_BANK_01")
    assert (removed.status_code, removed.json()) == (200, {"message": "Done"})
    assert floor.client.get("/hma/c/banks").json() == []
    assert floor.client.delete("/hma/c/bank/MY_TEST_BANK_01").status_code == 200


def test_changes_are_audited_with_the_key_as_actor(floor: HmaFloor) -> None:
    floor.make_bank()
    floor.client.delete("/hma/c/bank/MY_BANK")
    with floor.stages.db.read() as connection:
        (key,) = floor.stages.keys.list_keys(connection)
        entries = [entry for _, entry in list_entries(connection) if entry.verb.startswith("bank.")]
    assert [(entry.verb, entry.actor) for entry in entries] == [
        ("bank.created", key.actor),
        ("bank.removed", key.actor),
    ]


def test_a_bank_made_here_may_only_hold_and_ask_a_person(floor: HmaFloor) -> None:
    floor.make_bank()
    with floor.stages.db.read() as connection:
        assert floor.stages.banks.find(connection, "my-bank").may_cause == ("hold", "open_case")


@pytest.mark.parametrize("name", ["01_TEST_BANK", "my_test_bank", "", None])
def test_a_name_no_bank_can_have_is_refused(floor: HmaFloor, name: object) -> None:
    answer = floor.client.post("/hma/c/banks", json={"name": name})
    assert (answer.status_code, answer.json()["field"]) == (400, "name")


def test_a_name_is_never_used_twice(floor: HmaFloor) -> None:
    floor.make_bank()
    assert floor.client.post("/hma/c/banks", json={"name": "MY_BANK"}).status_code == 403
    floor.client.delete("/hma/c/bank/MY_BANK")
    assert floor.client.post("/hma/c/banks", json={"name": "MY_BANK"}).status_code == 403


def test_putting_what_is_so_already_changes_nothing(floor: HmaFloor) -> None:
    floor.make_bank()
    for body in ({}, {"name": "MY_BANK"}, {"enabled": True}, {"enabled_ratio": 1.0}):
        answer = floor.client.put("/hma/c/bank/MY_BANK", json=body)
        assert (answer.status_code, answer.json()["name"]) == (200, "MY_BANK")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": "OTHER"}, "name"), ({"enabled": False}, "enabled"), ({"enabled_ratio": 0.5}, "enabled_ratio")],
)
def test_a_key_cannot_rename_a_bank_or_make_it_match_less(floor: HmaFloor, body: dict[str, object], field: str) -> None:
    floor.make_bank()
    answer = floor.client.put("/hma/c/bank/MY_BANK", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert answer.json()["details"]
    assert floor.client.post("/hma/c/banks", json={**body, "name": "B2"}).status_code == (
        201 if field == "name" else 400
    )


def test_a_bank_that_follows_an_exchange_is_not_changed_here(floor: HmaFloor) -> None:
    with floor.stages.db.write() as connection:
        floor.stages.banks.create(connection, "ncmec", "NCMEC", origin=BankOrigin.NCMEC, actor="test")
    assert floor.client.get("/hma/c/exchanges").json() == ["NCMEC"]
    for method, path in (("DELETE", ""), ("POST", "/signal"), ("POST", "/content")):
        body = {"json": {"pdq": "0f" * 32}} if path == "/signal" else {}
        answer = floor.client.request(method, f"/hma/c/bank/NCMEC{path}", **body)
        assert (answer.status_code, answer.json()["code"]) == (403, "hma.bank_foreign")


def test_lists_the_kinds_of_hash_and_of_file(floor: HmaFloor) -> None:
    signals = floor.client.get("/hma/c/signal_type").json()
    assert signals[:2] == [{"name": "pdq", "enabled_ratio": 1.0}, {"name": "video_md5", "enabled_ratio": 1.0}]
    assert floor.client.get("/hma/c/content_type").json() == [
        {"name": "photo", "enabled": True},
        {"name": "video", "enabled": True},
    ]
