from jacana.detect.text.matching.hit import Hit
from jacana.model.account_finding import Look


def test_hits_sort_by_text_then_term():
    first, second = Hit(0, 5, 9, 10, Look.FUZZY), Hit(1, 0, 0, 1, Look.FOLDED)
    assert sorted([second, first]) == [first, second]
