import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hma_floor import HmaFloor, draw_picture, open_floor

from dripping import drip, listen
from jacana.db.engine import Database
from jacana.ingest.spool import SpoolFile, UploadTooLargeError
from jacana.web.hma.fetch import FetchFailedError, FetchRefusedError, fetch_url, resolve_host
from jacana.web.hma.route import HmaInvalidError

PICTURE = draw_picture()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("location", "/a.png")
            self.send_header("content-length", "0")
            self.end_headers()
            return
        found = self.path.startswith("/a")
        self.send_response(200 if found else 404)
        self.send_header("content-type", "image/png; charset=binary" if ".png" in self.path else "text/html")
        self.send_header("content-length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def spooled(tmp_path: Path) -> Iterator[Callable[[int], SpoolFile]]:
    opened: list[SpoolFile] = []

    def begin(limit: int = 10**6) -> SpoolFile:
        opened.append(SpoolFile(tmp_path, f"file{len(opened)}", limit))
        return opened[-1]

    yield begin
    for file in opened:
        file.discard()


def test_fetches_from_a_host_the_operator_named(server: str, spooled) -> None:
    file = spooled()
    assert fetch_url(f"http://{server}/a.png", f"cdn.example, {server}", file) == "image/png"
    assert file.size_bytes == len(PICTURE)


@pytest.mark.parametrize("allowed", ["", "127.0.0.1", "cdn.example", "127.0.0.1:1"])
def test_goes_nowhere_else_and_tries_nothing(server: str, spooled, allowed: str) -> None:
    def never(_host: str, _port: int) -> list[str]:
        raise AssertionError("resolved a host that is not allowed")

    with pytest.raises(FetchRefusedError) as refused:
        fetch_url(f"http://{server}/a.png", allowed, spooled(), never)
    assert "hma_fetch_hosts" in refused.value.remedy


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "fe80::1%eth0", "fd00::1", "0.0.0.0", "100.64.0.1"),
        *("::ffff:10.0.0.8", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "fec0::1", "224.0.0.1"),
    ],
)
def test_a_named_host_with_a_private_address_is_refused(spooled, address: str) -> None:
    for addresses in ([address], ["93.184.215.14", address]):
        with pytest.raises(FetchRefusedError):
            fetch_url("http://cdn.example/a.png", "cdn.example", spooled(), lambda _h, _p, a=addresses: a)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://cdn.example/a",
        "file:///etc/passwd",
        "cdn.example",
        "http://",
        "http://u:p@cdn.example/",
        "http://cdn.example:x/",
        "//cdn.example/",
    ],
)
def test_what_is_no_plain_url_is_refused(spooled, url: str) -> None:
    with pytest.raises(HmaInvalidError) as refused:
        fetch_url(url, "cdn.example", spooled())
    assert refused.value.field == "url"


def test_a_port_must_be_named_unless_it_is_the_usual_one(spooled) -> None:
    for url in ("http://cdn.example:8080/a", "https://cdn.example:22/a"):
        with pytest.raises(FetchRefusedError):
            fetch_url(url, "cdn.example", spooled())


def test_follows_no_redirect_and_takes_no_error_page(server: str, spooled) -> None:
    for path in ("moved", "gone"):
        with pytest.raises(FetchFailedError):
            fetch_url(f"http://{server}/{path}", server, spooled())


def test_a_file_over_the_limit_stops(server: str, spooled) -> None:
    with pytest.raises(UploadTooLargeError):
        fetch_url(f"http://{server}/a.png", server, spooled(100))


def test_nobody_there_is_an_answer_too(spooled) -> None:
    with pytest.raises(FetchFailedError):
        fetch_url("http://127.0.0.1:1/a.png", "127.0.0.1:1", spooled())


def test_a_host_nobody_knows(monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("unknown")

    monkeypatch.setattr("socket.getaddrinfo", fail)
    with pytest.raises(FetchFailedError):
        resolve_host("nowhere.example", 80)


def test_through_the_api(sqlite_url: str, tmp_path: Path, clock, server: str) -> None:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock, hma_fetch_hosts=server) as floor:
        _check_api(floor, f"http://{server}/a.png", f"http://{server}/a.bin")
    database.close()


def _check_api(floor: HmaFloor, picture: str, untold: str) -> None:
    uploaded = floor.client.post("/hma/h/hash", files={"photo": ("a", PICTURE)}).json()
    assert floor.client.get("/hma/h/hash", params={"url": picture}).json() == uploaded
    floor.make_bank()
    body = {"metadata": {"content_id": "7"}}
    added = floor.client.post("/hma/c/bank/MY_BANK/content", params={"url": picture}, json=body).json()
    found = {"MY_BANK": [{"bank_content_id": added["id"], "distance": "0"}]}
    assert floor.client.get("/hma/m/lookup", params={"url": picture}).json() == {"pdq": found}
    assert floor.client.get("/hma/m/lookup", params={"url": picture, "signal_type": "pdq"}).json() == found
    shown = floor.client.get(f"/hma/c/bank/MY_BANK/content/{added['id']}").json()
    assert shown["metadata"] == {"content_id": "7"}
    answer = floor.client.get("/hma/h/hash", params={"url": untold})
    assert (answer.status_code, answer.json()["field"]) == (400, "content_type")
    assert floor.client.get("/hma/h/hash", params={"url": untold, "content_type": "photo"}).json() == uploaded


def test_a_head_that_drips_is_cut(spooled, monkeypatch) -> None:
    monkeypatch.setattr("jacana.web.hma.fetch.TIMEOUT_SECONDS", 0.3)
    with listen(drip(b"HTTP/1.1 200 OK\r\nX-Long: ")) as address, pytest.raises(FetchFailedError) as failed:
        fetch_url(f"http://{address}/a", address, spooled())
    assert "too long" in failed.value.message
