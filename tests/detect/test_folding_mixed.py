from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.text.folding.mixed import read_mixed


def test_each_character_as_it_looks():
    assert read_mixed("ZОRVΑLIМ")[0] == "zorvalim"
    assert read_mixed("z卂r")[0] == "zar"
    assert read_mixed("Νo")[0] == "no"  # the capital nu, whose small form is a v


def test_offsets_point_into_the_chunk():
    text, origin = read_mixed("z\u200bﬃx")
    assert text == "zffix"
    assert origin == [0, 2, 2, 2, 3]


@given(st.text(st.characters(), max_size=30))
def test_any_text_is_read(chunk):
    text, origin = read_mixed(chunk)
    assert len(text) == len(origin)
    assert origin == sorted(origin)
    assert all(0 <= offset < len(chunk) for offset in origin)
