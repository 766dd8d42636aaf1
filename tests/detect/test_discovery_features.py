import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.text.discovery.features import FeatureKind, kind_of, list_features, list_parts


def test_words_pairs_hashtags_and_rows_of_emoji() -> None:
    assert list_features("Zórvalim KITE, a #Quandrel 🍎🍏🍎 12") == {
        "zorvalim", "kite", "zorvalim kite", "quandrel", "#quandrel", "🍎🍏", "🍏🍎", "🍎🍏🍎",
    }  # fmt: skip


def test_signs_part_neighbours_and_a_skin_tone_is_no_other_emoji() -> None:
    assert list_features("blue, kite") == {"blue", "kite"}
    assert list_features("👍🏽👍🏿") == list_features("👍👍") == {"👍👍"}


def test_addresses_and_handles_are_left_out() -> None:
    text = "see https://example.org/zorvalim?a=b or www.example.org mail zora@example.org or @zorvalim now"
    assert not [feature for feature in list_features(text) if "zor" in feature or "example" in feature]
    assert "now" in list_features(text)


@pytest.mark.parametrize(
    ("feature", "kind", "parts"),
    [
        ("zorvalim", FeatureKind.WORD, set()),
        ("red kite", FeatureKind.PHRASE, {"red", "kite"}),
        ("#kite", FeatureKind.HASHTAG, {"kite"}),
        ("🍎🍏🍎", FeatureKind.EMOJI, {"🍎🍏", "🍏🍎"}),
        ("🍎🍏", FeatureKind.EMOJI, set()),
    ],
    ids=["word", "phrase", "hashtag", "row", "pair"],
)
def test_a_feature_tells_what_it_is_and_what_it_holds(feature: str, kind: FeatureKind, parts: set[str]) -> None:
    assert kind_of(feature) is kind
    assert list_parts(feature) == parts


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_has_features_of_known_kinds(text: str) -> None:
    for feature in list_features(text):
        assert feature.strip() == feature != ""
        assert kind_of(feature) in FeatureKind
