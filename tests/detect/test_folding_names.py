import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.text.folding.fold import fold_batch
from jacana.detect.text.folding.names import find_breaks, fold_name, is_affix, list_tags
from jacana.detect.text.folding.stream import build_stream


@pytest.mark.parametrize(
    "name",
    ["DarkHeron", "dark_heron", "Dark.Heron99", "d4rk_her0n", "dаrkhеron", "darkkkheron2024"],
    ids=["camel", "snake", "number", "leet", "foreign", "repeat"],
)
def test_names_that_read_alike_fold_alike(name):
    assert fold_name(name) == fold_name("darkheron")


def test_other_names_stay_apart():
    assert fold_name("darkheron") != fold_name("darkharon")
    assert fold_name("2024") == fold_name("2024") != ""
    assert fold_name("🔥🔥") == fold_name("🔥🔥") != fold_name("🌊")


@given(st.text(st.characters(), max_size=40))
def test_any_name_folds(name):
    assert isinstance(fold_name(name), str)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("XXZorvalimQueen99x", "xx zorvalim queen 99 x"),
        ("zorvalim", "zorvalim"),
        ("ZORVALIM", "zorvalim"),
        ("iPhone", "i phone"),
        ("ÉtéBleu", "ete bleu"),
    ],
    ids=["all", "small", "capitals", "camel", "accents"],
)
def test_words_inside_a_name(name, words):
    batch = fold_batch([name])
    assert build_stream(batch, find_breaks(batch)).text.split() == words.split()


def test_tags_and_handles():
    assert list(list_tags("see #RedApple, @the.heron #x")) == [(4, "#RedApple,"), (15, "@the.heron")]
    assert list(list_tags("nothing")) == []


def test_affixes():
    assert is_affix("", 1000)
    assert is_affix("99", 1000)
    assert is_affix("fan7", 1000)
    assert not is_affix("garden", 1000)
    assert is_affix("garden", 3)
