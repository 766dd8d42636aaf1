import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.text.folding.leet import align, make_key, read_sign

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12)


@pytest.mark.parametrize(
    "text",
    ["z0rv4l1m", "zorv@|im", "z.o.r-v_a l i m", "zzzorvaaalim", "zor🔥valim", "z*orvalim", "z0rv@lіm"],
    ids=["digits", "signs", "separators", "repeats", "emoji", "star", "foreign"],
)
def test_disguises_share_the_key_of_their_term(text):
    folded = text.replace("і", "i")
    assert make_key(folded) == make_key("zorvalim")
    assert align(folded, "zorvalim") == (0, len(folded))


@given(WORDS)
def test_a_word_reads_as_itself(word):
    assert align(word, word) == (0, len(word))


@given(WORDS, st.integers(0, 11), st.integers(2, 4))
def test_a_letter_written_often_reads_as_once(word, place, times):
    place %= len(word)
    stretched = word[:place] + word[place] * (times + 1) + word[place + 1 :]
    assert make_key(stretched) == make_key(word)
    assert align(stretched, word) == (0, len(stretched))


@pytest.mark.parametrize(
    ("text", "term"),
    [("qrandon", "grandon"), ("zorrvalim", "zorvalim"), ("zorvalim", "zorrvalim"), ("zorvalim", "zorva")],
    ids=["class", "double", "single", "other"],
)
def test_what_no_sign_explains_is_another_word(text, term):
    assert align(text, term) is None


def test_the_place_is_without_what_surrounds_it():
    assert align("..z0rvalim..", "zorvalim") == (2, 10)


def test_readings_of_signs():
    assert read_sign("1") == "il"
    assert read_sign("z") == "z"
    assert read_sign("∂") == "a"
    assert read_sign("🔥") == read_sign(".") == ""
    assert read_sign("日") == "日"
