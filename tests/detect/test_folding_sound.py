import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.text.folding.sound import hear, make_sounds


@pytest.mark.parametrize(
    ("term", "written"),
    [
        ("zorvalim", "зорвалим"),
        ("zorvalim", "ζορβαλιμ"),
        ("quandrel", "квандрел"),
        ("quandrel", "куандрел"),
        ("jexinom", "джексином"),
        ("bodulak", "μποντουλακ"),
    ],
    ids=["cyrillic", "greek", "kv", "ku", "dzh", "pairs"],
)
def test_a_term_sounds_like_its_transliteration(term, written):
    assert make_sounds(term) & hear(written)


def test_other_words_sound_otherwise():
    assert not make_sounds("zorvalim") & hear("привет")
    assert make_sounds("zor") == set()
    assert make_sounds("зорвалим") == set()


@given(st.text("абвгдежзийклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρστυφχψω", max_size=40))
def test_a_word_has_few_sounds(word):
    assert len(hear(word)) < 500
