import socket
import threading
import time

import httpx
import pytest

from dripping import drip, listen
from jacana.detect.media.deadline import NO_REUSE, Deadline


def call(url: str, seconds: float) -> tuple[Deadline, httpx.Response, bytes]:
    with (
        httpx.Client(limits=NO_REUSE, timeout=5, trust_env=False) as client,
        Deadline(seconds) as deadline,
        client.stream("GET", url, extensions=dict(deadline.extensions)) as response,
    ):
        return deadline, response, response.read()


@pytest.mark.parametrize(
    "before",
    [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"],
    ids=["head", "body", "body of no stated length"],
)
def test_an_answer_that_drips_is_cut(before: bytes) -> None:
    began = time.monotonic()
    with listen(drip(before)) as address, pytest.raises(httpx.ReadTimeout):
        call(f"http://{address}/", 0.3)
    assert time.monotonic() - began < 3


def test_a_handshake_that_drips_is_cut() -> None:
    began = time.monotonic()

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB that never comes
        drip(b"")(connection)

    with listen(talk) as address, pytest.raises(httpx.ReadTimeout):
        call(f"https://{address}/", 0.3)
    assert time.monotonic() - began < 3


def test_a_call_in_time_is_let_be_and_nothing_stays_open() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with listen(talk) as address:
        deadline, response, body = call(f"http://{address}/", 30)
    assert (response.status_code, body, deadline.passed) == (200, b"ok", False)
    assert not deadline._held
    assert not any(isinstance(thread, threading.Timer) and thread.is_alive() for thread in threading.enumerate())


def test_a_connection_made_after_the_deadline_is_cut_too() -> None:
    near, far = socket.socketpair()

    class Stream:
        def get_extra_info(self, _name: str) -> socket.socket:
            return near

    with near, far, pytest.raises(httpx.ReadTimeout), Deadline(0.01) as deadline:
        while not deadline.passed:
            time.sleep(0.01)
        deadline._see("connection.connect_tcp.complete", {"return_value": Stream()})
        far.settimeout(5)
        assert far.recv(1) == b""
