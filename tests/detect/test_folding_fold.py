import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.text.folding.fold import fold, fold_batch, fold_text

ANY_TEXT = st.text(st.characters(), max_size=60)  # surrogates too


@given(ANY_TEXT)
def test_offsets_never_fall_and_stay_inside(text):
    folded = fold(text)
    assert len(folded.offsets) == len(folded.text)
    assert all(0 <= offset < len(text) for offset in folded.offsets)
    assert (np.diff(folded.offsets) >= 0).all()
    assert fold_text(text) == folded.text


@given(st.lists(ANY_TEXT, max_size=5))
def test_a_batch_folds_each_text_as_alone(texts):
    batch = fold_batch(texts)
    place = 0
    for number, text in enumerate(texts):
        alone = fold(text)
        assert list(batch.folded[place : place + len(alone.text)]) == [ord(part) for part in alone.text]
        for index in range(len(alone.text)):
            assert batch.find_text(int(batch.origin[place + index])) == (number, alone.offsets[index])
        place += len(alone.text) + 1


@given(st.text(st.characters(max_codepoint=0x7F), max_size=60))
def test_ascii_is_only_put_in_lower_case(text):
    assert fold(text).text == text.lower()


def test_disguises_that_need_no_second_look():
    for text in (
        "ZORVALIM",
        "ｚｏｒｖａｌｉｍ",
        "𝔷𝔬𝔯𝔳𝔞𝔩𝔦𝔪",
        "z\u200bor\u00advalim",
        "zörválïm",
        "zоrvаlіm",
        "🇿🇴🇷🇻🇦🇱🇮🇲",
    ):
        assert fold_text(text) == "zorvalim"


def test_a_match_is_cut_out_with_the_marks_on_its_last_letter():
    folded = fold("see zo\u0301rvali\u0301m\u0301 now")
    start = folded.text.index("zorvalim")
    assert folded.cut(start, start + 8) == (4, 15)
    assert folded.cut(start, start + 1) == (4, 5)
