from random import Random

import pytest

from jacana.simulate.population.words import (
    BIOS,
    CAPTIONS,
    COMMENTS,
    HANDOVERS,
    MESSAGES,
    SEARCHES,
    TEASERS,
    fill,
    invent_name,
    invent_password,
    invent_vocabulary,
    invent_word,
    vary_name,
)


def test_the_same_seed_invents_the_same_words():
    assert invent_vocabulary(Random(5)) == invent_vocabulary(Random(5))
    assert invent_vocabulary(Random(5)) != invent_vocabulary(Random(6))


def test_a_vocabulary_has_listed_unlisted_and_ambiguous_terms():
    vocabulary = invent_vocabulary(Random(1), listed=10, unlisted=3, ambiguous=2)
    assert len({term.text for term in vocabulary.terms}) == 15
    assert len(vocabulary.listed) == 12
    assert sum(term.requires is not None for term in vocabulary.terms) == 2


def test_lookalikes_are_no_terms():
    vocabulary = invent_vocabulary(Random(2))
    assert vocabulary.lookalikes
    assert not set(vocabulary.lookalikes) & {term.text for term in vocabulary.terms}


def test_words_are_long_enough_to_be_distinctive():
    rng = Random(3)
    assert all(7 <= len(invent_word(rng)) <= 14 for _ in range(300))


@pytest.mark.parametrize("patterns", [BIOS, CAPTIONS, COMMENTS, HANDOVERS, MESSAGES, SEARCHES, TEASERS], ids=range(7))
def test_every_pattern_can_be_filled(patterns):
    rng = Random(4)
    for pattern in patterns:
        text = fill(rng, (pattern,), term="quandrel", login="zorva", password="pw1")
        assert "{" not in text


def test_names_and_passwords_are_not_empty():
    rng = Random(5)
    assert invent_name(rng)
    assert invent_password(rng)


def test_a_varied_name_is_another_one_but_like_it():
    rng = Random(6)
    names = {vary_name(rng, "maragarden12") for _ in range(100)}
    assert "maragarden12" not in names
    assert all(len(name) >= len("maragarden12") for name in names)
