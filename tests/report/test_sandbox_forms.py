import asyncio
import hashlib

import pytest
from starlette.requests import Request

from jacana.report.multipart import FileForm
from jacana.report.sandbox.forms import Form, FormInvalidError, read_form


def _read(body: bytes, content_type: str, chunk: int = 7) -> Form:
    chunks = [body[start : start + chunk] for start in range(0, len(body), chunk)] or [b""]

    async def receive():
        data = chunks.pop(0)
        return {"type": "http.request", "body": data, "more_body": bool(chunks)}

    headers = [(b"content-type", content_type.encode())]
    return asyncio.run(read_form(Request({"type": "http", "method": "POST", "headers": headers}, receive)))


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_our_own_form_is_read_whatever_the_chunks(chunk: int) -> None:
    data = b"--x\r\nsome bytes\r\n" * 40
    sent = FileForm(5_000_000_001, "a clip.mp4", len(data), iter([data]))
    form = _read(b"".join(sent), sent.content_type, chunk)
    assert form.fields == {"id": "5000000001"}
    assert form.files["file"].name == "a clip.mp4"
    assert (form.files["file"].md5, form.files["file"].size_bytes) == (hashlib.md5(data).hexdigest(), len(data))


def test_a_file_may_come_before_the_id_and_be_empty() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n'
        b'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n7\r\n--b--\r\n'
    )
    form = _read(body, "multipart/form-data; boundary=b")
    assert form.files["file"].size_bytes == 0
    assert form.fields == {"id": "7"}


def test_url_encoded_forms_are_read_too() -> None:
    assert _read(b"id=7&x=%20y", "application/x-www-form-urlencoded; charset=utf-8").fields == {"id": "7", "x": " y"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"id=7", "text/plain"),
        (b"id=7", ""),
        (b"", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=b"),
        (b"\xff=\xff", "application/x-www-form-urlencoded"),
        (b"x=" + b"y" * 1_000_001, "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n' + b"7" * 20_000 + b"\r\n--b--",
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(FormInvalidError):
        _read(body, content_type, 10_000)
