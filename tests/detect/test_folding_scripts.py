import pytest

from jacana.detect.text.folding.scripts import LOOK_ALIKES, UNSPACED, is_dropped, is_within


@pytest.mark.parametrize("code", [0x200B, 0xAD, 0xFE0F, 0x301, 0xE0061, 0x1F3FD], ids=hex)
def test_what_shows_nothing_is_dropped(code):
    assert is_dropped(code)


@pytest.mark.parametrize("code", [0x41, 0x93F, 0xE31, 0x3099, 0x1F525], ids=hex)
def test_letters_their_vowel_signs_and_emoji_are_kept(code):
    assert not is_dropped(code)


def test_ranges_hold_their_ends():
    first, last = UNSPACED[0]
    assert is_within(first, UNSPACED)
    assert is_within(last, UNSPACED)
    assert not is_within(first - 1, UNSPACED)


def test_look_alikes_pass_for_one_latin_letter():
    assert all(len(letter) == 1 and letter.isascii() and letter.isalpha() for letter in LOOK_ALIKES.values())
    assert not any(letter.isascii() for letter in LOOK_ALIKES)
