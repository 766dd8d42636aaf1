import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.text.folding.fold import fold_batch
from jacana.detect.text.folding.stream import build_stream, list_words, stream_text


@pytest.mark.parametrize(
    ("text", "stream"),
    [
        ("", " "),
        ("...", " "),
        ("Red,  apple!", " red apple "),
        ("a_b-c's", " a b c s "),
        ("Paris🇫🇷", " paris fr "),
        ("東京zorvalim日", " 東京 zorvalim 日 "),
        ("\n\nx\n", " x "),
        ("🔥x🔥y", " x y "),
    ],
    ids=["nothing", "dots", "phrase", "joins", "flag", "scripts", "lines", "emoji"],
)
def test_words_stand_between_single_spaces(text, stream):
    assert stream_text(text) == stream


@given(st.lists(st.text(st.characters(), max_size=30), max_size=5))
def test_every_text_ends_and_every_character_knows_its_origin(texts):
    batch = fold_batch(texts)
    stream = build_stream(batch)
    assert stream.text.count("\n") == len(batch.ends)
    assert stream.text.split("\n")[: len(texts)] == [stream_text(text) for text in texts]
    for code, origin in zip(stream.codes, stream.origin, strict=True):
        assert code in (0x20, 0x0A) or code == batch.folded[origin]


def test_breaks_begin_words():
    batch = fold_batch(["redapple"])
    breaks = np.zeros(len(batch.folded), np.bool_)
    breaks[3] = True
    assert build_stream(batch, breaks).text == " red apple \n"
    assert list_words("Red apple") == ["red", "apple"]
