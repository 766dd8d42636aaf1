import pytest
from lexicon_terms import SEALER, make_term

from jacana.db.sealing import FieldSealer, SealedFieldBrokenError
from jacana.detect.text.lexicon.words import Words, key_term, open_words, seal_words, words_of
from jacana.model.term import MatchMode


def test_words_come_back_as_they_were_for_their_own_term_only() -> None:
    words = words_of(make_term("zör valim", requires=("quandrel", "ü"), unless=("mirtavol",)))
    sealed = seal_words(SEALER, "term_1", words)
    assert open_words(SEALER, "term_1", sealed) == words
    assert b"valim" not in sealed
    for sealer, term_id in ((SEALER, "term_2"), (FieldSealer(bytes(32)), "term_1")):
        with pytest.raises(SealedFieldBrokenError) as refused:
            open_words(sealer, term_id, sealed)
        assert "valim" not in str(refused.value)


def test_a_key_tells_the_mode_and_needs_the_field_key() -> None:
    key = key_term(SEALER, "zorvalim", MatchMode.TOKEN)
    assert key == key_term(SEALER, "zorvalim", MatchMode.TOKEN)
    others = {
        key_term(SEALER, "zorvalim", MatchMode.FUZZY),
        key_term(FieldSealer(bytes(32)), "zorvalim", MatchMode.TOKEN),
    }
    assert key not in others and len(key) == 64


def test_a_repr_holds_no_word() -> None:
    assert "zor" not in repr(Words("zorvalim", ("zorq",), ("zork",)))
