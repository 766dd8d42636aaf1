import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.text.folding.evasive import find_evasive
from jacana.detect.text.folding.fold import decode, fold_batch


def list_chunks(text):
    batch = fold_batch([text])
    evasive, folded = find_evasive(batch), decode(batch.folded)
    return [folded[a:b] for a, b in evasive.chunks], [folded[a:b] for a, b in evasive.rows]


@pytest.mark.parametrize(
    "text",
    [
        "z0rvalim",
        "zorv@lim",
        "zor-valim",
        "zor🔥valim",
        "zorvaaalim",
        "z*rvalim",
        "4pple",
        "@pple",
        "zorvalim$",
        "zфrvalim",
    ],
    ids=["digit", "sign", "separator", "emoji", "run", "star", "first", "strong", "last", "mixed"],
)
def test_what_looks_evasive(text):
    chunks, _ = list_chunks(f"so {text} now")
    assert len(chunks) == 1


@pytest.mark.parametrize(
    "text",
    ["Hello, world!", "#garden", "(really) well...", "été à Łódź", "2024 24 7", "привет мир", "今日は朝", "", "a"],
    ids=["plain", "tag", "dots", "accents", "numbers", "russian", "japanese", "nothing", "one"],
)
def test_what_does_not(text):
    assert list_chunks(text) == ([], [])


def test_letters_alone_in_a_row():
    assert list_chunks("see z o r v @ l i m now")[1] == ["z o r v @ l i m"]
    assert list_chunks("z . o . r . v")[1] == ["z . o . r . v"]
    assert list_chunks("a b c")[1] == []


def test_a_row_ends_with_its_text():
    batch = fold_batch(["a b", "c d", "e f"])
    assert find_evasive(batch).rows == []


def test_foreign_chunks_are_named():
    batch = fold_batch(["z0rvаl1m z0rval1m"])
    evasive = find_evasive(batch)
    assert len(evasive.chunks) == 2
    assert evasive.mixed == evasive.chunks[:1]


@given(st.lists(st.text(st.characters(), max_size=40), max_size=4))
def test_pieces_lie_in_one_text(texts):
    batch = fold_batch(texts)
    evasive = find_evasive(batch)
    for start, end in (*evasive.chunks, *evasive.rows, *evasive.mixed):
        assert 0 <= start < end <= len(batch.folded)
        assert batch.find_text(int(batch.origin[start]))[0] == batch.find_text(int(batch.origin[end - 1]))[0]
