import pytest
from invented import cut, find_in, make_term

from jacana.model.account_finding import TextField
from jacana.model.term import MatchMode

NAME = TextField.SCREEN_NAME


@pytest.mark.parametrize(
    "name",
    ["xXZorvalimQueen99", "zorvalim_fan", "the.zorvalim", "zorvalim2009", "7zorvalim", "LoveZorvalim"],
    ids=["camel", "snake", "dots", "digits", "first", "last"],
)
@pytest.mark.parametrize("mode", [MatchMode.TOKEN, MatchMode.CANONICAL], ids=["token", "canonical"])
def test_words_of_a_name(name, mode):
    assert [piece.lower() for piece in cut(name, make_term("zorvalim", mode), field=NAME)] == ["zorvalim"]


@pytest.mark.parametrize(
    "name",
    ["zorvalimfan", "thezorvalim", "thezorvalim99", "z0rvalimclub", "zorvaaalimxo"],
    ids=["after", "before", "both", "leet", "repeat"],
)
def test_usual_affixes(name):
    assert cut(name, make_term("zorvalim"), field=NAME)
    assert not cut(name, make_term("zorvalim", MatchMode.TOKEN), field=NAME)


def test_other_words_beside_it_only_for_distinctive_terms():
    assert cut("zorvalimgarden", make_term("zorvalim"), field=NAME) == []
    assert find_in("zorvalimgarden", make_term("zorvalim", MatchMode.FUZZY), field=NAME) == [
        ("term_1", "zorvalim", "segment")
    ]
    assert cut("mygardenzorvalimhouse", make_term("zorvalim", MatchMode.FUZZY), field=NAME) == []


def test_substring_terms_in_disguise():
    assert find_in("xxbl1mt0xx", make_term("blimto", MatchMode.SUBSTRING), field=NAME) == [
        ("term_1", "bl1mt0", "substring")
    ]


def test_tags_and_handles_of_other_texts():
    assert cut("see #ZorvalimClub now", make_term("zorvalim", MatchMode.TOKEN)) == ["Zorvalim"]
    assert cut("by @the_zorvalimfan", make_term("zorvalim")) == ["zorvalim"]
    assert cut("by zorvalimfan", make_term("zorvalim")) == []
    assert cut("#RedApple7", make_term("red apple", MatchMode.PHRASE)) == ["RedApple"]


def test_short_terms_need_a_boundary():
    assert cut("zorvafan", make_term("zorva"), field=NAME) == []
    assert cut("zorva_fan", make_term("zorva"), field=NAME) == ["zorva"]
