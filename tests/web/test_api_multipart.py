from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.web.api.multipart import MultipartInvalidError, MultipartReader, PartBegin, PartData, PartEnd

TYPE = "multipart/form-data; boundary=edge"
BODY = (
    b'--edge\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{}\r\n'
    b'--edge\r\ncontent-disposition: form-data; name="file"; filename="\xc3\xa4.mp4"\r\n'
    b"Content-Type: video/mp4; x=1\r\n\r\n"
    b"\r\n--edg\r\n-- bytes\x00\xff\r\n--edge--\r\n"
)


def read(pieces):
    reader, parts = MultipartReader(TYPE), []
    for piece in pieces:
        for event in reader.feed(piece):
            if isinstance(event, PartBegin):
                parts.append([event, b"", False])
            elif isinstance(event, PartData):
                parts[-1][1] += event.chunk
            else:
                assert isinstance(event, PartEnd)
                parts[-1][2] = True
    reader.finish()
    return parts


@given(st.lists(st.integers(0, len(BODY)), max_size=12))
def test_parts_are_the_same_wherever_the_stream_is_cut(cuts):
    edges = sorted({0, len(BODY), *cuts})
    parts = read(BODY[start:end] for start, end in pairwise(edges))
    assert parts == [
        [PartBegin("metadata", None, None), b"{}", True],
        [PartBegin("file", "ä.mp4", "video/mp4"), b"\r\n--edg\r\n-- bytes\x00\xff", True],
    ]


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=x", ""]
)
def test_a_boundary_is_needed(content_type):
    with pytest.raises(MultipartInvalidError) as caught:
        MultipartReader(content_type)
    assert caught.value.field == "Content-Type"


def test_a_boundary_of_any_length_is_refused_kindly():
    with pytest.raises(MultipartInvalidError):
        reader = MultipartReader("multipart/form-data; boundary=" + "x" * 100_000)
        reader.feed(b"--x")
        reader.finish()


@given(st.binary(max_size=200))
def test_any_bytes_are_parts_or_a_clear_error(body):
    try:
        read([b"--edge\r\n", body])
    except MultipartInvalidError as problem:
        assert problem.remedy


@pytest.mark.parametrize("end", range(0, len(BODY) - 4, 7))
def test_a_body_that_stops_early_is_noticed(end):
    with pytest.raises(MultipartInvalidError):
        read([BODY[:end]])


def test_a_part_without_a_name_is_refused():
    with pytest.raises(MultipartInvalidError):
        MultipartReader(TYPE).feed(b"--edge\r\nContent-Type: text/plain\r\n\r\nx")


def test_headers_without_end_are_refused():
    with pytest.raises(MultipartInvalidError):
        MultipartReader(TYPE).feed(b"--edge\r\nX: " + b"x" * 1_000_000)
