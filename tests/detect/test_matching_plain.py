import pytest
from invented import cut, find_in, make_term

from jacana.model.term import MatchMode


@pytest.mark.parametrize(
    "text",
    [
        "zorvalim",
        "so ZORVALIM!",
        "#zorvalim",
        "@zorvalim",
        "a_zorvalim_b",
        "x.io/zorvalim?y",
        "zorvalim's",
        "日本zorvalim語",
        "🔥zorvalim🔥",
        "Paris zorvalim🇫🇷",
    ],
    ids=["alone", "loud", "tag", "handle", "snake", "url", "genitive", "japanese", "emoji", "flag"],
)
def test_a_whole_word_is_found(text):
    pieces = cut(text, make_term("zorvalim", MatchMode.TOKEN))
    assert [piece.lower() for piece in pieces] == ["zorvalim"]


@pytest.mark.parametrize(
    "text",
    ["zorvalims", "xzorvalim", "zorvalim2", "zorvali m", "z0rvalim"],
    ids=["longer", "inside", "digit", "split", "leet"],
)
def test_a_token_is_nothing_else(text):
    assert cut(text, make_term("zorvalim", MatchMode.TOKEN)) == []


def test_phrases_over_any_spaces_and_punctuation():
    term = make_term("red apple", MatchMode.PHRASE)
    assert cut("Red,\n -- APPLE pie", term) == ["Red,\n -- APPLE"]
    assert cut("red green apple", term) == []
    assert cut("bored apple", term) == []


def test_scripts_without_spaces_match_inside_runs():
    assert cut("東京日本語", make_term("日本", MatchMode.TOKEN)) == ["日本"]
    assert cut("한국은 좋다", make_term("한국", MatchMode.TOKEN)) == ["한국"]
    assert cut("남한국은", make_term("한국", MatchMode.TOKEN)) == []


def test_terms_with_signs():
    assert cut("so 🍕\ufe0f🧀 good", make_term("🍕🧀", MatchMode.TOKEN)) == ["🍕\ufe0f🧀"]
    assert cut("c++ xc++ C++", make_term("c++", MatchMode.TOKEN)) == ["c++"]


def test_substrings_lie_anywhere():
    assert find_in("myzorvalimx", make_term("zorva", MatchMode.SUBSTRING)) == [("term_1", "zorva", "substring")]


def test_terms_that_fold_alike_are_both_found():
    both = [make_term("zorva", MatchMode.TOKEN, id="a"), make_term("Zörva", MatchMode.TOKEN, id="b")]
    assert {term for term, *_ in find_in("zorva", *both)} == {"a", "b"}


def test_a_foreign_word_is_not_a_latin_one_among_its_own():
    term = make_term("coca", MatchMode.TOKEN)
    assert cut("это сосна и соса на берегу", term) == []
    assert cut("my соса", term) == ["соса"]
