import pytest
from invented import make_term

from jacana.detect.text.matching.entry import bound, make_entries
from jacana.model.term import MatchMode


def make_one(text, mode=MatchMode.CANONICAL):
    (entry,) = make_entries([make_term(text, mode)])
    return entry


@pytest.mark.parametrize(
    ("words", "pattern"),
    [("zor", " zor "), ("日本", "日本"), ("한국", " 한국"), ("", "")],
    ids=["spaced", "unspaced", "korean", "nothing"],
)
def test_boundaries_where_the_script_has_them(words, pattern):
    assert bound(words) == pattern


def test_forms_of_a_term():
    entry = make_one("Zörvalim")
    assert (entry.words, entry.folded, entry.pattern, entry.signs) == ("zorvalim", "zorvalim", " zorvalim ", "")
    assert entry.key
    assert entry.sounds
    assert make_one("zorvalim", MatchMode.TOKEN).key == ""
    assert make_one("zorvalim", MatchMode.SUBSTRING).pattern == "zorvalim"
    assert make_one("zor").key == ""
    assert not make_one("zorval").sounds
    assert make_one("zorval", MatchMode.FUZZY).sounds


def test_terms_of_signs_stand_for_themselves():
    assert make_one("🍕🧀").signs == "🍕🧀"
    assert make_one("c++").signs == "c++"
    assert make_one("zor-valim").signs == ""


def test_each_term_gets_its_own_forms():
    entries = make_entries([make_term(text) for text in ("zorvalim", "", "red apple", "quan\ndrel")])
    assert [entry.words for entry in entries] == ["zorvalim", "", "red apple", "quan drel"]
    assert [entry.folded for entry in entries] == ["zorvalim", "", "red apple", "quan\ndrel"]


def test_no_term_shows_in_a_repr():
    assert "zorvalim" not in repr(make_one("zorvalim"))
