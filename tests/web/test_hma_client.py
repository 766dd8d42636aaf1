"""The calls of Hasher-Matcher-Actioner's own documentation and tests, made by a client that only knows a base URL."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from hma_floor import draw_picture, open_floor

from jacana.db.engine import Database


@pytest.fixture
def client(sqlite_url: str, tmp_path: Path, clock) -> Iterator[httpx.Client]:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock) as floor, socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(floor.app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        port, key = listening.getsockname()[1], floor.make_key("banks:read", "banks:write")
        with httpx.Client(base_url=f"http://any:{key}@127.0.0.1:{port}/hma", trust_env=False) as made:
            yield made
        server.should_exit = True
        thread.join(20)
    database.close()


def test_the_documented_calls_in_their_order(client: httpx.Client) -> None:
    assert client.get("/status").text == "I-AM-ALIVE"
    assert {"/m/lookup", "/h/hash", "/c/banks"} <= set(client.get("/site-map").json())
    assert client.get("/c/banks").json() == []
    assert client.post("/c/banks", json={"name": "my_test_bank"}).status_code == 400
    created = client.post("/c/banks", json={"name": "TEST_BANK"})
    assert (created.status_code, created.json()) == (201, {"matching_enabled_ratio": 1.0, "name": "TEST_BANK"})

    picture = draw_picture()
    hashed = client.post("/h/hash", files={"photo": ("example.png", picture)}).json()
    assert list(hashed) == ["pdq"]
    added = client.post("/c/bank/TEST_BANK/content", files={"photo": ("example.png", picture)})
    assert added.status_code == 200
    content = added.json()["id"]
    assert isinstance(content, int)

    match = {"bank_content_id": content, "distance": "0"}
    found = client.post("/m/lookup?bypass_coinflip=false", files={"photo": ("example.png", picture)})
    assert found.json() == {"pdq": {"TEST_BANK": [match]}}
    asked = {"signal_type": "pdq", "signal": added.json()["signals"]["pdq"]}
    assert client.get("/m/lookup", params=asked).json() == {"TEST_BANK": [match]}
    assert client.get("/m/lookup", params={**asked, "seed": 1234}).json() == {"TEST_BANK": [match]}
    assert client.get("/m/raw_lookup", params=asked).json() == {"matches": [content]}
    distances = client.get("/m/raw_lookup", params={**asked, "include_distance": True}).json()
    assert distances == {"matches": [match]}

    compared = client.post("/m/compare", json={"pdq": [asked["signal"], asked["signal"]]}).json()
    assert compared == {"pdq": [True, {"distance": 0}]}
    status = client.get("/m/index/status").json()
    assert all(set(one) == {"present", "built_to", "size"} for one in status.values())
    assert status["pdq"]["present"] is True and status["pdq"]["size"] == 1

    shown = client.get(f"/c/bank/TEST_BANK/content/{content}").json()
    assert shown["id"] == content and shown["bank"]["name"] == "TEST_BANK"
    assert client.get("/c/bank/TEST_BANK/content/999").status_code == 404
    signal = client.post("/c/bank/TEST_BANK/signal", json={"video_md5": "cab08b36195edb1a1231d2d09fa450e0"}).json()
    assert signal["signals"] == {"video_md5": "cab08b36195edb1a1231d2d09fa450e0"}
    assert client.delete(f"/c/bank/TEST_BANK/content/{content}").json() == {"deleted": 1}
    assert client.get("/m/raw_lookup", params=asked).json() == {"matches": []}
    assert client.delete("/c/bank/TEST_BANK").json() == {"message": "Done"}
    assert client.delete("/c/bank/TEST_BANK").status_code == 200
    assert {one["name"] for one in client.get("/c/signal_type").json()} >= {"pdq", "video_md5"}
    assert [one["name"] for one in client.get("/c/content_type").json()] == ["photo", "video"]
    assert client.get("/c/exchanges").json() == []
