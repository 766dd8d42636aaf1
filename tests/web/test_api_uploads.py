import asyncio
import hashlib
import threading
import tracemalloc

import httpx
import pytest
import sqlalchemy as sa
from api_floor import METADATA, build_floor

from jacana.db.engine import Database
from jacana.db.tables.ingest import ingest_uploads
from jacana.model.upload import UploadState


@pytest.fixture
def database(sqlite_url):
    """SQLite alone: what differs between the databases is proven on the stores."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def floor(database, tmp_path, clock):
    return build_floor(database, tmp_path, clock)


def test_an_upload_is_acknowledged_with_its_digests(floor, clock):
    answer = floor.upload(b"some bytes")
    assert answer.status_code == 202
    body = answer.json()
    assert answer.headers["location"] == f"/v1/uploads/{body['id']}"
    assert body["digests"] == {
        "md5": hashlib.md5(b"some bytes").hexdigest(),
        "sha1": hashlib.sha1(b"some bytes").hexdigest(),
        "sha256": hashlib.sha256(b"some bytes").hexdigest(),
    }
    assert (body["state"], body["size_bytes"], body["duplicate"]) == ("received", 10, False)
    assert body["received_at"] == clock().isoformat().replace("+00:00", "Z")
    assert floor.spooled() == [body["id"]]
    with floor.stages.db.read() as connection:
        upload = floor.stages.intake.load_upload(connection, body["id"])
    assert (upload.file_name, upload.media_type) == ("a.mp4", "video/mp4")


def test_metadata_wins_over_what_the_part_says_and_nonsense_is_left_out(floor):
    one = floor.upload(file_name="real.mp4", media_type="video/webm").json()["id"]
    metadata = b'{"network_id": "2", "account": {"id": "anna"}, "visibility": "public"}'
    parts = {"metadata": (None, metadata), "file": ("a\x7f\x01.mp4", b"x", "nonsense")}
    two = floor.client.post("/v1/uploads", files=parts).json()["id"]
    with floor.stages.db.read() as connection:
        first, second = (floor.stages.intake.load_upload(connection, sent) for sent in (one, two))
    assert (first.file_name, first.media_type) == ("real.mp4", "video/webm")
    assert second.media_type is None


def test_the_state_can_be_asked_and_only_released_may_be_shown(floor):
    upload_id = floor.upload().json()["id"]
    for state in UploadState:
        with floor.stages.db.write() as connection:
            floor.stages.intake.set_upload_state(connection, upload_id, state)
        body = floor.client.get(f"/v1/uploads/{upload_id}").json()
        assert (body["state"], body["show"], body["visibility"]) == (state, state is UploadState.RELEASED, "public")
        assert body["account_id"] == "anna"
    assert floor.client.get("/v1/uploads/upload_none").status_code == 404
    assert floor.client.get("/v1/uploads/a%00b").status_code == 422


def test_a_retry_is_recognised_and_a_reused_key_is_a_conflict(floor):
    first = floor.upload(key="k")
    again = floor.upload(key="k")
    assert again.status_code == 200
    assert again.json() == {**first.json(), "duplicate": True}
    other = floor.upload(b"other", key="k")
    assert (other.status_code, other.json()["code"]) == (409, "ingest.idempotency_key_reused")
    conflict = floor.upload(b"other")
    assert (conflict.status_code, conflict.json()["field"]) == (409, "network_id")
    assert conflict.json()["remedy"]
    assert floor.spooled() == [first.json()["id"]]


def test_identical_requests_at_once_make_one_upload(floor):
    start, answers = threading.Barrier(5, timeout=30), []

    def race():
        start.wait()
        answers.append(floor.upload(b"raced", key="k"))

    threads = [threading.Thread(target=race) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [202]
    with floor.stages.db.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(ingest_uploads)).scalar_one() == 1
    assert len(floor.spooled()) == 1


def test_wrong_metadata_names_every_field(floor):
    answer = floor.upload(visibility="pubic", account={})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert {error["field"] for error in answer.json()["errors"]} == {"visibility", "account.id"}
    assert floor.spooled() == []


GOOD = b'{"network_id": "1", "account": {"id": "a"}, "visibility": "public"}'


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([("file", ("a", b"x"))], "metadata"),
        ([("metadata", (None, GOOD))], "file"),
        ([("file", ("a", b"x")), ("metadata", (None, GOOD))], "metadata"),
        ([("metadata", (None, GOOD)), ("metadata", (None, GOOD))], "metadata"),
        ([("metadata", (None, GOOD)), ("file", ("a", b"x")), ("file", ("b", b"y"))], "file"),
        ([("metadata", (None, GOOD)), ("fiel", ("a", b"x"))], "form"),
        ([("metadata", (None, b"{")), ("file", ("a", b"x"))], "metadata"),
        ([("metadata", (None, b"[]")), ("file", ("a", b"x"))], None),
        ([("metadata", (None, GOOD)), ("file", ("a", b""))], "file"),
    ],
)
def test_a_form_that_is_wrong_says_which_part(floor, parts, field):
    answer = floor.client.post("/v1/uploads", files=parts)
    assert (answer.status_code, answer.json().get("field")) == (422, field)
    assert answer.json()["remedy"]
    assert floor.spooled() == []


def test_limits_are_kept(database, tmp_path, clock):
    floor = build_floor(database, tmp_path, clock, upload_max_bytes=1000)
    answer = floor.upload(b"x" * 1001)
    assert (answer.status_code, answer.json()["code"]) == (413, "ingest.upload_too_large")
    announced = floor.upload(b"x" * 2**20)
    assert (announced.status_code, announced.json()["code"]) == (413, "input.body_too_large")
    assert floor.upload(caption="x" * 300_000).status_code == 413
    assert floor.upload(b"x" * 1000).status_code == 202
    assert len(floor.spooled()) == 1


def test_without_a_legal_basis_no_byte_is_read(database, tmp_path, clock):
    floor = build_floor(database, tmp_path, clock, uploads_legal_basis="")
    answer = floor.upload()
    assert (answer.status_code, answer.json()["code"]) == (403, "ingest.surface_off")
    assert "uploads_legal_basis" in answer.json()["remedy"]
    assert floor.spooled() == []


def test_text_that_was_dropped_is_named(database, tmp_path, clock):
    floor = build_floor(database, tmp_path, clock, public_text_legal_basis="")
    assert floor.upload(caption="words").json()["dropped"] == ["caption"]


def test_another_media_type_is_refused(floor):
    answer = floor.client.post("/v1/uploads", content=b"x", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["field"]) == (415, "Content-Type")


def test_an_object_of_the_store_becomes_an_upload(database, tmp_path, clock):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a.mp4").write_bytes(b"stored")
    floor = build_floor(database, tmp_path, clock, intake_store_url=(tmp_path / "store").as_uri())
    answer = floor.client.post("/v1/uploads", json={**METADATA, "object": "a.mp4"})
    assert answer.status_code == 202
    assert answer.json()["digests"]["sha256"] == hashlib.sha256(b"stored").hexdigest()
    again = floor.upload(b"stored")
    assert (again.status_code, again.json()["id"]) == (200, answer.json()["id"])
    missing = floor.client.post("/v1/uploads", json={**METADATA, "object": "b.mp4"})
    assert (missing.status_code, missing.json()["field"]) == (422, "object")


@pytest.mark.parametrize(
    "path", ["a.mp4\n", "a\x1b", "a.mp4#1", "x" * 2000, "\u00e9" * 1024, "x/" * 511 + "x", "/a.mp4", ""]
)
def test_an_object_that_cannot_be_is_a_wrong_field(database, tmp_path, clock, path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a.mp4").write_bytes(b"stored")
    floor = build_floor(database, tmp_path, clock, intake_store_url=(tmp_path / "store").as_uri())
    answer = floor.client.post("/v1/uploads", json={**METADATA, "object": path})
    assert (answer.status_code, answer.json()["field"]) == (422, "object")
    assert floor.spooled() == []


@pytest.mark.parametrize("field", ["network_id", "caption", "ip", "device_id", "url", "file_name", "visibility"])
def test_half_a_surrogate_pair_is_a_wrong_field(floor, field):
    answer = floor.upload(**{field: "\ud800"})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_an_object_without_a_store_says_what_to_do(floor):
    answer = floor.client.post("/v1/uploads", json={**METADATA, "object": "a.mp4"})
    assert (answer.status_code, answer.json()["code"]) == (422, "ingest.store_not_configured")


def stream_form(size, stop_after=None):
    """Yield a form with a file of `size` bytes in pieces of 64 KiB, breaking off where told."""
    head = b'--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + GOOD
    head += b'\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="big"\r\n\r\n'
    yield head
    block, sent = bytes(range(256)) * 256, 0
    while sent < size:
        if stop_after is not None and sent >= stop_after:
            return
        yield block
        sent += len(block)
    yield b"\r\n--b--\r\n"


def post_over_asgi(floor, pieces, disconnect=False):
    """Send pieces straight into the application, as a server would, and return (status, peak bytes while it ran)."""
    messages = [{"type": "http.response.start", "status": 0}]

    async def run():
        iterator = iter(pieces)

        async def receive():
            piece = next(iterator, None)
            if piece is None:
                return (
                    {"type": "http.disconnect"}
                    if disconnect
                    else {"type": "http.request", "body": b"", "more_body": False}
                )
            return {"type": "http.request", "body": piece, "more_body": True}

        async def send(message):
            messages.append(message)

        headers = [
            (b"content-type", b"multipart/form-data; boundary=b"),
            (b"authorization", floor.client.headers["authorization"].encode()),
        ]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/v1/uploads",
            "raw_path": b"/v1/uploads", "query_string": b"", "root_path": "", "scheme": "http", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "app": floor.app,
        }  # fmt: skip
        await floor.app(scope, receive, send)

    tracemalloc.start()
    try:
        asyncio.run(run())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return max(message.get("status", 0) for message in messages), peak


def test_a_large_upload_never_lies_in_memory(floor):
    post_over_asgi(floor, [b"warm the imports up"])
    size = 96 * 2**20
    status, peak = post_over_asgi(floor, stream_form(size))
    assert status == 202
    assert peak < 12 * 2**20
    (name,) = floor.spooled()
    assert (floor.spool / name).stat().st_size == size


def test_a_caller_that_goes_away_leaves_nothing(floor):
    status, _ = post_over_asgi(floor, stream_form(8 * 2**20, stop_after=3 * 2**20), disconnect=True)
    assert status == 422
    assert floor.spooled() == []


def test_a_body_that_ends_too_early_is_refused(floor):
    status, _ = post_over_asgi(floor, stream_form(8 * 2**20, stop_after=3 * 2**20))
    assert status == 422
    assert floor.spooled() == []


def test_a_server_that_stops_in_the_middle_leaves_nothing(floor):
    async def run():
        arrived = asyncio.Event()

        async def pieces():
            for piece in stream_form(4 * 2**20, stop_after=2 * 2**20):
                yield piece
            arrived.set()
            await asyncio.sleep(60)

        transport = httpx.ASGITransport(floor.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            headers = {"Content-Type": "multipart/form-data; boundary=b", **dict(floor.client.headers)}
            task = asyncio.create_task(client.post("/v1/uploads", content=pieces(), headers=headers))
            await arrived.wait()
            assert len(floor.spooled()) == 1
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert floor.spooled() == []


def test_what_is_wanted_again_is_listed_and_kept_when_it_comes(floor):
    made = floor.upload(b"the bytes").json()
    assert floor.client.get(f"/v1/uploads/{made['id']}").json()["send_again"] is False
    assert floor.client.get("/v1/uploads").json() == {"uploads": []}
    floor.stages.intake.drop_spool(made["id"])
    with floor.stages.db.write() as connection:
        floor.stages.intake.ask_for_bytes(connection, made["id"], "decision_1")
    (listed,) = floor.client.get("/v1/uploads", params={"limit": 5}).json()["uploads"]
    assert (listed["network_id"], listed["send_again"]) == ("clip-1", True)
    again = floor.upload(b"the bytes")
    assert (again.status_code, again.json()["id"], again.json()["duplicate"]) == (200, made["id"], True)
    assert len(floor.spooled()) == 1
    assert floor.client.get("/v1/uploads").json() == {"uploads": []}
    assert floor.upload(b"the bytes").status_code == 200
    assert len(floor.spooled()) == 1, "asked for once, kept once"


def test_other_bytes_are_no_answer_to_what_is_wanted(floor):
    made = floor.upload(b"the bytes").json()
    floor.stages.intake.drop_spool(made["id"])
    with floor.stages.db.write() as connection:
        floor.stages.intake.ask_for_bytes(connection, made["id"], "decision_1")
    assert floor.upload(b"other bytes").status_code == 409
    assert floor.spooled() == []
    assert len(floor.client.get("/v1/uploads").json()["uploads"]) == 1


def test_a_limit_out_of_range_is_a_wrong_field(floor):
    assert floor.client.get("/v1/uploads", params={"limit": 0}).status_code == 422
