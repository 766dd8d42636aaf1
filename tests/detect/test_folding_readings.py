from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.text.folding.readings import is_masked, list_bare, list_readings, trim


def read(chunk):
    return {chunk[start:end] for start, end in list_readings(chunk)}


def test_edges_count_and_do_not():
    assert {"z0rva", "z0rva!"} <= read("z0rva!")
    assert {"pple", "@pple"} <= read("@pple")


def test_pieces_that_are_no_plain_words():
    assert "z0rvalim" in read("hello,z0rvalim.now")
    assert "hello" not in read("hello,z0rvalim.now")


def test_signs_may_separate():
    assert list_bare("z+o+r") == ("z+o+r", "z o r")
    assert list_bare("z0r") == ("z0r",)


def test_stars():
    assert is_masked("z*r")
    assert is_masked("z#r")
    assert not is_masked("#zr")


@given(st.text(st.characters(), max_size=30))
def test_readings_lie_in_the_chunk(chunk):
    assert all(0 <= start <= end <= len(chunk) for start, end in list_readings(chunk))
    start, end = trim(chunk, 0, len(chunk))
    assert 0 <= start <= end <= len(chunk)
