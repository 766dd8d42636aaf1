"""Planted invented words before a background that was drawn here."""

import random
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.text.discovery.candidates import (
    Candidate,
    chance_of,
    control_false_discoveries,
    drop_overlaps,
    find_candidates,
    score_feature,
)
from jacana.detect.text.discovery.counts import AuthorText, Counts
from jacana.detect.text.discovery.features import FeatureKind
from jacana.model.term import MatchMode, TermState


def draw_words(rng: random.Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 5)))] = None
    return list(found)


def test_thirty_planted_words_are_the_first_thirty_and_a_spammer_is_not_among_them() -> None:
    rng = random.Random(20261122)
    names = draw_words(rng, 3_080)
    planted, spam, ordinary = names[:30], names[30:80], names[80:]
    weights = [1 / (rank + 3) for rank in range(len(ordinary))]

    def write() -> list[str]:
        return rng.choices(ordinary, weights, k=10)

    confirmed = [
        AuthorText(f"confirmed-{number}", number % 7, " ".join([*write(), planted[number % 30], *write()]))
        for number in range(400)
    ]
    confirmed += [AuthorText("spammer", day % 30, " ".join(rng.sample(spam, 12))) for day in range(200)]
    background = [AuthorText(f"other-{number}", number % 7, " ".join(write())) for number in range(20_000)]
    found = find_candidates(confirmed, background)
    assert {each.text for each in found[:30]} == set(planted)
    words = {word for each in found for word in each.text.split()}
    assert not words & set(spam)
    assert all(each.authors >= 13 and each.background_authors == 0 and each.q < 1e-6 for each in found[:30])


def test_three_accounts_on_one_device_are_one_voice() -> None:
    confirmed = [AuthorText(name, 1, f"zorvalim kite {name}") for name in "abc"]
    background = [AuthorText(f"o{number}", 1, "kite boat") for number in range(200)]
    assert [each.text for each in find_candidates(confirmed, background)] == ["zorvalim"]
    assert find_candidates(confirmed, background, {"a": "a", "b": "a", "c": "c"}) == []


def test_what_everybody_says_is_no_candidate() -> None:
    texts = [AuthorText(f"a{number}", 1, "blue kite") for number in range(50)]
    others = [AuthorText(f"b{number}", 1, "blue kite") for number in range(50)]
    assert find_candidates(texts, others) == []
    assert find_candidates([], others) == find_candidates(texts, []) == []


def test_two_common_words_that_only_they_join_are_found_as_a_phrase() -> None:
    confirmed = [AuthorText(f"a{number}", 1, "red kite") for number in range(10)]
    background = [AuthorText(f"b{number}", 1, "red boat" if number % 2 else "kite shop") for number in range(400)]
    assert [each.text for each in find_candidates(confirmed, background)] == ["red kite"]


def test_g2_is_dunnings() -> None:
    ours, theirs = Counts(10, {"x": 5.0}, {"x": 5}), Counts(90, {"x": 5.0}, {"x": 5})
    cells = ((5, 1), (5, 9), (5, 9), (85, 81))  # seen, and expected from the margins
    assert score_feature(ours, theirs, "x") == pytest.approx(2 * sum(seen * log(seen / by) for seen, by in cells))
    assert score_feature(theirs, ours, "x") == 0.0


@pytest.mark.parametrize(("g2", "chance"), [(3.841, 0.05), (6.635, 0.01), (10.828, 0.001)])
def test_chances_are_those_of_the_tables(g2: float, chance: float) -> None:
    assert chance_of(g2) == pytest.approx(chance, rel=1e-3)


def test_shares_of_false_discoveries_are_benjamini_and_hochbergs() -> None:
    assert control_false_discoveries([0.01, 0.02, 0.03, 0.5]) == pytest.approx([0.04, 0.04, 0.04, 0.5])
    assert control_false_discoveries([]) == []


@given(st.lists(st.floats(0, 1)).map(sorted))
def test_shares_rise_and_are_no_less_than_the_chance(chances: list[float]) -> None:
    shares = control_false_discoveries(chances)
    assert shares == sorted(shares)
    assert all(chance <= share + 1e-12 and share <= 1 for chance, share in zip(chances, shares, strict=True))


def test_what_a_stronger_one_explains_is_left_out() -> None:
    assert drop_overlaps(["zorvalim", "zorvalim kite", "#zorvalim", "red boat", "red", "boat"]) == [
        "zorvalim", "red boat",
    ]  # fmt: skip


def test_a_word_goes_before_its_hashtag() -> None:
    confirmed = [AuthorText(f"a{number}", 1, "#zorvalim") for number in range(5)]
    background = [AuthorText(f"b{number}", 1, "boat") for number in range(100)]
    assert [each.text for each in find_candidates(confirmed, background)] == ["zorvalim"]


@pytest.mark.parametrize(
    ("text", "kind", "mode"),
    [
        ("zorvalim", FeatureKind.WORD, MatchMode.CANONICAL),
        ("zorv", FeatureKind.WORD, MatchMode.TOKEN),
        ("red kite", FeatureKind.PHRASE, MatchMode.PHRASE),
        ("#kite", FeatureKind.HASHTAG, MatchMode.TOKEN),
        ("🍎🍏", FeatureKind.EMOJI, MatchMode.TOKEN),
    ],
    ids=["word", "short", "phrase", "hashtag", "emoji"],
)
def test_a_candidate_becomes_a_term_that_finds_it_again(text: str, kind: FeatureKind, mode: MatchMode) -> None:
    from datetime import UTC, datetime

    from jacana.detect.text.lexicon.rules import check_term

    candidate = Candidate(text, kind, 5, 1, 44.44, 0.000123)
    term = candidate.make_term(2)
    assert (term.match_mode, term.state, term.severity) == (mode, TermState.CANDIDATE, 2)
    assert check_term(term, datetime(2026, 1, 1, tzinfo=UTC))
    assert text not in repr(candidate) and text not in candidate.masked
    assert candidate.figures == {
        "kind": kind.value, "authors": 5, "background_authors": 1, "g2": 44.4, "q": 0.00012,
    }  # fmt: skip
