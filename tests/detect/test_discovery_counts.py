import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.text.discovery.counts import AuthorText, count_features


def test_an_author_weighs_one_however_much_he_writes() -> None:
    texts = [AuthorText("a", day, "zorvalim") for day in range(50)] * 3 + [AuthorText("b", 1, "quandrel")]
    counts = count_features(texts)
    assert counts.total == 2
    assert counts.weights == {"zorvalim": 1.0, "quandrel": 1.0}
    assert counts.authors == {"zorvalim": 1, "quandrel": 1}


def test_a_word_weighs_the_share_of_the_days_it_was_written_on() -> None:
    texts = [AuthorText("a", 1, "zorvalim"), AuthorText("a", 1, "quandrel"), AuthorText("a", 2, "quandrel")]
    counts = count_features(texts)
    assert counts.weights["zorvalim"] == 0.5
    assert counts.weights["quandrel"] == 1.0


def test_linked_accounts_are_one_author() -> None:
    texts = [AuthorText(name, 1, "zorvalim") for name in "abcd"]
    assert count_features(texts, {"a": "a", "b": "a", "c": "c"}).authors == {"zorvalim": 3}


def test_only_what_is_asked_for_is_counted_and_every_author_all_the_same() -> None:
    texts = [AuthorText("a", 1, "zorvalim kite"), AuthorText("b", 1, "boat")]
    counts = count_features(texts, only=["kite"])
    assert (counts.total, counts.weights) == (2, {"kite": 1.0})


TEXTS = st.lists(
    st.builds(AuthorText, st.sampled_from("abc"), st.integers(0, 3), st.sampled_from(["kite", "boat", "kite boat"]))
)


@settings(deadline=None)
@given(TEXTS)
def test_no_weight_is_more_than_its_authors(texts: list[AuthorText]) -> None:
    counts = count_features(texts)
    assert counts.total == len({item.author for item in texts})
    for feature, weight in counts.weights.items():
        assert 0 < weight <= counts.authors[feature] + 1e-9
        assert counts.authors[feature] <= counts.total
    again = count_features(texts * 2)
    assert again.weights == pytest.approx(counts.weights)


def test_a_repr_holds_no_text() -> None:
    assert "zorvalim" not in repr(AuthorText("a", 1, "zorvalim"))
