import pytest
from invented import make_term

from jacana.detect.text.matching.entry import make_entries
from jacana.detect.text.matching.masks import MaskIndex

WORDS = ["zorvalim", "zorvagim", "quandrel"]


@pytest.mark.parametrize(
    ("piece", "found"),
    [
        ("z*rvalim", {0}),
        ("zorva*im", {0, 1}),
        ("*uandre*", {2}),
        ("z0rva*1m", {0, 1}),
        ("z******m", set()),
        ("z*rvali", set()),
    ],
    ids=["one", "several", "edges", "leet", "too-many", "length"],
)
def test_stars_stand_for_one_letter_each(piece, found):
    index = MaskIndex(make_entries([make_term(word) for word in WORDS]))
    assert set(index.find(piece)) == found


def test_an_empty_index_finds_nothing():
    assert list(MaskIndex([]).find("z*rvalim")) == []
