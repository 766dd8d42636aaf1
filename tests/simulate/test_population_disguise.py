import unicodedata
from random import Random

import pytest

from jacana.simulate.population.disguise import DISGUISES, disguise, hide_in_name

WORD = "zorvalim"


@pytest.mark.parametrize("name", sorted(set(DISGUISES) - {"plain"}))
def test_each_disguise_changes_the_word(name):
    rng = Random(1)
    assert sum(DISGUISES[name](rng, WORD) != WORD for _ in range(50)) >= 45


def test_plain_leaves_it():
    assert DISGUISES["plain"](Random(1), WORD) == WORD


@pytest.mark.parametrize("name", ["full_width", "mathematical"])
def test_styles_come_back_by_compatibility_folding(name):
    assert unicodedata.normalize("NFKC", DISGUISES[name](Random(2), WORD)) == WORD


def test_separators_and_emoji_keep_every_letter():
    rng = Random(3)
    for name in ("separators", "emoji_split", "zero_width"):
        text = DISGUISES[name](rng, WORD)
        assert "".join(letter for letter in text if letter in WORD) == WORD


def test_disguise_names_its_class():
    rng = Random(4)
    named = {disguise(rng, WORD)[1] for _ in range(400)}
    assert named == set(DISGUISES)


def test_a_name_holds_the_word():
    assert WORD in hide_in_name(Random(5), WORD)
