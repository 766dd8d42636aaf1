import base64
import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import httpx
import pytest
from act_orders import SECRET
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from test_act_network import ACTION

from jacana.act.network import NetworkNotConfiguredError, NetworkUnreachableError
from jacana.act.webhook import MAX_ANSWER_BYTES, WebhookNetwork, compose_payload, read_retry_after
from jacana.model.action import ActionKind, TargetKind
from jacana.model.clock import utc_now

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def read_request(connection: socket.socket) -> bytes:
    request = b""
    while True:
        request += connection.recv(1 << 16)
        head, end, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if end and length and len(body) >= int(length[1]):
            return request


@contextmanager
def scripted_server(answer: bytes, *, piece: int = 1 << 20, pause: float = 0) -> Iterator[tuple[str, list[bytes]]]:
    """A server that sends exactly these bytes to whoever calls; yields its URL and the requests it heard."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _peer = listener.accept()
            except OSError:
                return
            with connection:
                heard.append(read_request(connection))
                try:
                    for start in range(0, len(answer), piece):
                        connection.sendall(answer[start : start + piece])
                        time.sleep(pause)
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/in", heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def answer_with(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def send():
    opened = []

    def call(url, secret=SECRET, at=None, action=ACTION, timeout=5.0):
        opened.append(WebhookNetwork(url, secret, timeout_seconds=timeout))
        return opened[-1].send(action, at or utc_now())

    yield call
    for network in opened:
        network.close()


def test_the_payload_says_what_to_do_and_no_more():
    action = replace(ACTION, created_at=NOW, reverses="act_0", rule="secret-rule", answer_excerpt="x", attempts=3)
    assert json.loads(compose_payload(action)) == {
        "type": "jacana.action.v1",
        "timestamp": "2026-05-01T12:00:00.000Z",
        "data": {
            "id": "act_1",
            "kind": "hold",
            "target": {"kind": "upload", "id": "clip-1"},
            "sequence": 1,
            "account_id": "anna",
            "upload_id": "upload_1",
            "reason": "known material",
            "decided_by": "policy:default@0123456789ab",
            "reverses": "act_0",
        },
    }


def test_the_payload_is_the_same_at_every_attempt():
    assert compose_payload(ACTION) == compose_payload(replace(ACTION, attempts=2, answer_status=503))


@pytest.mark.parametrize(
    ("kind", "tier", "told"),
    [
        pytest.param(ActionKind.BAN_DEVICE, 2, 2, id="ban"),
        pytest.param(ActionKind.BAN_DEVICE, None, None, id="ban without tier"),
        pytest.param(ActionKind.UNBAN_DEVICE, 2, None, id="lifted"),
    ],
)
def test_only_a_device_ban_tells_its_tier(kind, tier, told):
    device = replace(ACTION, kind=kind, target_kind=TargetKind.DEVICE, tier=tier)
    assert json.loads(compose_payload(device))["data"].get("tier") == told


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9))])
def test_the_signature_verifies_with_the_library_whatever_the_zone(send, zone):
    with scripted_server(answer_with(b"ok")) as (url, heard):
        send(url, at=utc_now().astimezone(zone))
    head, _, body = heard[0].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["webhook-id"] == "act_1"
    assert Webhook(SECRET).verify(body, headers)["data"]["id"] == "act_1"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"hold", b"release"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(base64.b64encode(bytes(32)).decode()).verify(body, headers)


def test_a_wrong_secret_is_refused_by_the_stand_in(stand_in, send):
    wrong = "whsec_" + base64.b64encode(bytes(32)).decode()
    assert send(f"{stand_in}/jacana", secret=wrong).status == 401
    assert send(f"{stand_in}/jacana", at=utc_now() - timedelta(minutes=6)).status == 401
    assert httpx.get(f"{stand_in}/deliveries").json()["deliveries"] == []


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("", SECRET),
        ("http://127.0.0.1:9/", ""),
        ("http://127.0.0.1:9/", "whsec_not base64!"),
        ("http://127.0.0.1:9/", "whsec_c2hvcnQ="),
        ("127.0.0.1/in", SECRET),
        ("ftp://127.0.0.1/in", SECRET),
        ("http://[::1/in", SECRET),
    ],
)
def test_a_missing_or_unusable_setting_names_the_remedy(send, url, secret):
    with pytest.raises(NetworkNotConfiguredError) as caught:
        send(url, secret=secret)
    assert "network_secret" in caught.value.remedy


def test_a_redirect_is_not_followed(send):
    with (
        scripted_server(answer_with(b"ok")) as (elsewhere, heard),
        scripted_server(answer_with(b"", f"Location: {elsewhere}", status="307 Temporary Redirect")) as (url, _),
    ):
        assert send(url).status == 307
    assert heard == []


def test_the_answer_is_kept_short_and_printable(send):
    with scripted_server(answer_with(b"a\x00b\r\n\x1b[31mc\xff " + "ü".encode() * 3000)) as (url, _):
        excerpt = send(url).excerpt
    assert excerpt.startswith("a b [31mc\ufffd ü")
    assert len(excerpt) == 500
    assert excerpt.isprintable()


def test_an_endless_answer_is_not_read_to_its_end(send):
    body = b"x" * (MAX_ANSWER_BYTES * 400)
    with scripted_server(answer_with(body)) as (url, _):
        assert send(url).status == 200


def test_a_compressed_answer_is_not_unpacked(send):
    packed = gzip.compress(b"x" * 10_000_000)
    with scripted_server(answer_with(packed, "Content-Encoding: gzip")) as (url, _):
        assert "xxxx" not in send(url).excerpt


def test_a_slow_answer_is_given_up(send):
    with scripted_server(answer_with(b"x" * 400), piece=4, pause=0.05) as (url, _):
        started = time.monotonic()
        with pytest.raises(NetworkUnreachableError):
            send(url, timeout=0.3)
    assert time.monotonic() - started < 3


def test_silence_is_given_up(stand_in, send):
    httpx.post(f"{stand_in}/faults", json={"kind": "slow_after", "seconds": 0.8}).raise_for_status()
    with pytest.raises(NetworkUnreachableError):
        send(f"{stand_in}/jacana", timeout=0.2)
    assert [item["id"] for item in httpx.get(f"{stand_in}/deliveries").json()["deliveries"]] == ["act_1"]


def test_nobody_listening_is_unreachable(send):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NetworkUnreachableError):
        send(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", None),
        ("120", 120),
        (" 7 ", 7),
        ("-5", None),
        ("soon", None),
        ("9" * 5000, 999_999_999),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0),
        ("Fri, 01 May 2026 12:00:30 -0000", 30),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert read_retry_after(value, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_breaks_the_delivery(value):
    seconds = read_retry_after(value, NOW)
    assert seconds is None or seconds >= 0
