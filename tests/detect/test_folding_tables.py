import time
import unicodedata

import pytest

from jacana.detect.text.folding.tables import SIZE, WordClass, fold_code, load_tables


@pytest.mark.parametrize(
    ("character", "folded"),
    [
        ("Z", "z"),
        ("ß", "ss"),
        ("é", "e"),
        ("ﬃ", "ffi"),
        ("Ｚ", "z"),
        ("𝖟", "z"),
        ("🇿", "z"),
        ("🅩", "z"),
        ("②", "2"),
        ("٣", "3"),
        ("а", "a"),
        ("ο", "o"),
        ("Ꮓ", "z"),
        ("ł", "l"),
        ("\u200d", ""),
        ("İ", "i"),
        ("™", "™"),
        ("❌", "❌"),
        ("が", "が"),
        ("한", "한"),
        ("म", "म"),
    ],
    ids=lambda text: "-".join(f"{ord(part):x}" for part in text) or "nothing",
)
def test_what_a_character_becomes(character, folded):
    assert fold_code(ord(character)) == folded


def test_folding_twice_changes_nothing_more():
    for code in range(0x3000):
        once = fold_code(code)
        assert "".join(fold_code(ord(part)) for part in once) == once, hex(code)


def test_tables_say_what_the_functions_say():
    tables = load_tables()
    for code in (*range(0x20, 0x3000, 7), 0x4E00, 0xAC00, 0x1F525, 0x1F1E6):
        start, length = int(tables.start[code]), int(tables.length[code])
        assert "".join(map(chr, tables.flat[start : start + length])) == fold_code(code), hex(code)


def test_no_letter_becomes_a_space():
    tables = load_tables()
    for code in range(0x3000):
        if unicodedata.category(chr(code))[0] == "L":
            assert not any(chr(part).isspace() for part in tables.flat[tables.start[code] :][: tables.length[code]])


def test_classes_of_words():
    word = load_tables().word
    assert word[ord("a")] == word[ord("7")] == word[ord("म")] == WordClass.LETTER
    assert word[ord("日")] == word[ord("ท")] == word[ord("ガ")] == WordClass.UNSPACED
    assert word[ord("한")] == WordClass.HANGUL
    assert word[ord("🔥")] == word[ord("-")] == word[ord("_")] == WordClass.NONE


def test_building_takes_well_under_a_second():
    load_tables.cache_clear()
    start = time.process_time()
    tables = load_tables()
    assert time.process_time() - start < 1
    assert len(tables.start) == SIZE
