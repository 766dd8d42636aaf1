from random import Random

import pytest
from benchmarks.disguise.held_out import CLASSES as HELD_OUT
from benchmarks.disguise.innocent import invent_terms, write_caption
from benchmarks.disguise.tuning import CLASSES as TUNING
from invented import cut, make_term

from jacana.detect.text.folding.tokens import list_index_tokens, list_lookup_tokens
from jacana.model.account_finding import TextField
from jacana.model.term import MatchMode

MODES = (MatchMode.TOKEN, MatchMode.CANONICAL)


def is_filed(text, term):
    tokens = list_lookup_tokens(term)
    return tokens is None or bool(tokens & list_index_tokens(text))


@pytest.mark.parametrize("generator", [TUNING, HELD_OUT], ids=["tuning", "held-out"])
def test_whatever_matches_is_filed_where_it_is_looked_up(generator):
    random = Random(5)
    matched = 0
    for word in invent_terms(40, random):
        for disguise in generator.values():
            before, after = write_caption(random, 20)[0], write_caption(random, 20)[0]
            text = f"{before} {disguise(word, random)} {after}"
            for mode in MODES:
                term = make_term(word, mode)
                if cut(text, term):
                    matched += 1
                    assert is_filed(text, term), mode
    assert matched > 600


@pytest.mark.parametrize(
    "name",
    ["ZorvalimQueen", "xzorvalim99", "zorvalimfan", "the_z0rvalim", "zorvaaalim"],
    ids=["camel", "digits", "affix", "leet", "repeat"],
)
def test_names_are_filed_by_what_is_inside(name):
    for mode in MODES:
        term = make_term("zorvalim", mode)
        assert not cut(name, term, field=TextField.SCREEN_NAME) or is_filed(name, term)
    assert is_filed(name, make_term("zorvalim"))


def test_scripts_without_spaces_and_signs():
    assert is_filed("東京の日本語です", make_term("日本", MatchMode.TOKEN))
    assert is_filed("한국은", make_term("한국", MatchMode.TOKEN))
    assert is_filed("so red -- apple", make_term("red apple", MatchMode.PHRASE))
    assert not is_filed("green pear", make_term("red apple", MatchMode.PHRASE))
    assert is_filed("so 🍕🧀", make_term("🍕🧀", MatchMode.TOKEN))
    assert is_filed("x c++ y", make_term("c++", MatchMode.TOKEN))


def test_terms_that_no_token_finds_are_scanned_for():
    assert list_lookup_tokens(make_term("zorvalim", MatchMode.FUZZY)) is None
    assert list_lookup_tokens(make_term("zorv", MatchMode.SUBSTRING)) is None
    assert list_lookup_tokens(make_term("🍕", MatchMode.TOKEN)) is None


def test_an_innocent_text_is_filed_by_its_words():
    text = "Garden and kitchen, every morning in the long summer of the year past"
    assert list_index_tokens(text) == {*text.lower().replace(",", "").split(), ","}
