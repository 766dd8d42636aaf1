import pytest
from invented import find_in, make_term

from jacana.model.term import MatchMode


@pytest.mark.parametrize("written", ["зорвалим", "ЗОРВАЛИМ", "ζορβαλίμ"], ids=["russian", "capitals", "greek"])
def test_a_term_in_other_letters(written):
    assert find_in(f"вот {written} here", make_term("zorvalim")) == [("term_1", written, "sound")]


def test_short_canonical_terms_are_not_listened_for():
    assert find_in("вот бетори", make_term("vetori")) == []
    assert find_in("вот ветори", make_term("vetori", MatchMode.FUZZY)) == [("term_1", "ветори", "sound")]
    assert find_in("вот зорвалим", make_term("zorvalim", MatchMode.TOKEN)) == []
