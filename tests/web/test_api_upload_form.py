import asyncio

import pytest
from starlette.requests import Request

from jacana.ingest.spool import Spool
from jacana.ingest.validation import FieldsInvalidError
from jacana.web.api.bodies import BodyIncompleteError
from jacana.web.api.upload_form import METADATA_MAX_BYTES, MetadataTooLargeError, UploadFormInvalidError, receive_form

GOOD = b'{"network_id": "1", "account": {"id": "a"}, "visibility": "public"}'


def part(name, content, file_name=None):
    disposition = f'form-data; name="{name}"' + (f'; filename="{file_name}"' if file_name else "")
    return f"--b\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"


@pytest.fixture
def receive(tmp_path):
    """Feed pieces of a body; return the metadata and the bytes that reached the disk."""

    def receive(*pieces, end=b"--b--\r\n"):
        messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in (*pieces, end)]

        async def next_message():
            return messages.pop(0) if messages else {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}
        with Spool(tmp_path, 10**7).begin("upload_1") as file:
            metadata = asyncio.run(receive_form(Request(scope, next_message), file))
            file.keep()
            return metadata, file.path.read_bytes(), len(messages)

    return receive


def test_a_form_becomes_metadata_and_a_file(receive):
    metadata, content, _ = receive(part("metadata", GOOD), part("file", b"bytes", "a.mp4"))
    assert (metadata.network_id, metadata.file_name, content) == ("1", "a.mp4", b"bytes")


def test_a_file_in_many_pieces_is_whole(receive):
    block = bytes(range(256)) * 1024
    head = part("metadata", GOOD) + b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
    _, content, _ = receive(head, *[block] * 12, b"\r\n")
    assert content == block * 12


def test_wrong_metadata_is_refused_before_the_file_is_read(receive, tmp_path):
    unread = []

    def pieces():
        yield part("metadata", b"{}") + b"--b\r\n"
        unread.append("the file was asked for")
        yield part("file", b"x")

    with pytest.raises(FieldsInvalidError):
        asyncio.run(receive_form(lazy_request(pieces()), None))
    assert unread == []


def lazy_request(pieces):
    async def next_message():
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    return Request({"type": "http", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}, next_message)


def test_metadata_is_limited(receive):
    with pytest.raises(MetadataTooLargeError):
        receive(part("metadata", b" " * (METADATA_MAX_BYTES + 1)))


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (part("metadata", GOOD),),
        (part("file", b"x"),),
        (part("metadata", GOOD), part("metadata", GOOD)),
        (part("other", b""),),
    ],
)
def test_parts_that_do_not_fit_are_refused(receive, parts):
    with pytest.raises(UploadFormInvalidError) as caught:
        receive(*parts)
    assert caught.value.remedy


def test_a_caller_that_goes_away_is_noticed():
    async def gone():
        return {"type": "http.disconnect"}

    scope = {"type": "http", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}
    with pytest.raises(BodyIncompleteError):
        asyncio.run(receive_form(Request(scope, gone), None))
