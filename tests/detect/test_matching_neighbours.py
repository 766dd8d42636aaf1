import numpy as np

from jacana.detect.text.matching.near import hash_neighbours
from jacana.detect.text.matching.neighbours import LONGEST, make_powers, scan_words


def scan(text):
    codes = np.array([ord(part) for part in text], np.uint32)
    places, hashes = np.zeros((2 * len(codes) + 2, 2), np.int64), np.zeros(2 * len(codes) + 2, np.uint64)
    places[0, 0] = 64 - 16
    count = scan_words(codes, make_powers(), np.full(1 << 13, 255, np.uint8), 7, places, hashes)
    return places[1:count].tolist(), hashes[1:count]


def test_words_count_whole_and_less_each_letter():
    places, hashes = scan(" zorvalim \n")
    assert places == [[1, 9]] * 9
    known, _ = hash_neighbours({0: "zorvalim"})
    assert sorted(hashes.tolist()) == sorted(known.tolist())


def test_two_words_count_joined():
    places, hashes = scan(" zor valim \n")
    assert places == [[1, 10]]
    assert hashes[0] == hash_neighbours({0: "zorvalim"})[0][0]


def test_texts_do_not_join_and_long_words_do_not_count():
    assert scan(" zor \n valim \n")[0] == []
    assert scan(" " + "z" * (LONGEST + 1) + " \n")[0] == []
    assert scan(" \n")[0] == []
