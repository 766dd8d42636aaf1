import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import cut, find_in, make_term

from jacana.model.term import MatchMode

TERM = make_term("zorvalim", MatchMode.FUZZY)


@pytest.mark.parametrize(
    "text",
    ["zorvalem", "zorvalm", "zorvalimm", "zorvlaim", "xorvalim", "zor valim", "Zörvalem"],
    ids=["other", "less", "more", "swapped", "first", "space", "folded"],
)
def test_one_letter_wrong_or_a_space_inside(text):
    assert find_in(f"a {text} b", TERM) == [("term_1", text, "fuzzy")]


@pytest.mark.parametrize(
    "text", ["zorvelem", "zorva", "zor, garden valim", "zorv alem"], ids=["two", "part", "between", "both"]
)
def test_more_is_another_word(text):
    assert cut(f"so {text} it", TERM) == []


def test_short_terms_must_be_right():
    assert cut("zorvel", make_term("zorval", MatchMode.FUZZY)) == []
    assert cut("zorvalem", make_term("zorvalim")) == []


@given(st.integers(0, 7), st.characters(categories=["Ll"], max_codepoint=0x7A))
def test_any_letter_may_be_another(place, letter):
    text = "zorvalim"[:place] + letter + "zorvalim"[place + 1 :]
    assert cut(f"so {text} it", TERM) == [text]
