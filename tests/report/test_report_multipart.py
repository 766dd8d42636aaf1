import hashlib

import pytest

from jacana.report.multipart import FileForm, UploadSizeMismatchError


def test_the_body_has_the_announced_length_and_both_fields() -> None:
    form = FileForm(77, 'clip "one"\r\nX: y.mp4', 8, iter([b"abc", b"", b"defgh"]))
    body = b"".join(form)
    assert len(body) == form.content_length
    boundary = form.content_type.partition("boundary=")[2].encode()
    assert body.count(boundary) == 3
    assert b'name="id"\r\n\r\n77\r\n' in body
    assert b"\r\n\r\nabcdefgh\r\n--" in body
    assert b'filename="clip _one___X_ y.mp4"' in body
    assert (form.md5, form.sent_bytes) == (hashlib.md5(b"abcdefgh").hexdigest(), 8)


@pytest.mark.parametrize("size", [7, 9])
def test_another_size_than_recorded_is_refused(size: int) -> None:
    with pytest.raises(UploadSizeMismatchError):
        b"".join(FileForm(1, "a", size, iter([b"abcd", b"efgh"])))


def test_chunks_are_taken_one_at_a_time() -> None:
    taken = []

    def chunks():
        for number in range(3):
            taken.append(number)
            yield b"x" * 10

    body = iter(FileForm(1, "a", 30, chunks()))
    next(body)
    assert taken == []
    next(body)
    assert taken == [0]
