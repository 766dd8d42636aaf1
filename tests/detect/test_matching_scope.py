import pytest
from invented import cut, make_term

from jacana.detect.text.matching.scope import make_scope, read_primary
from jacana.model.account_finding import TextField


@pytest.mark.parametrize(
    ("language", "found"),
    [("de", True), ("de-AT", True), ("DE", True), ("fr", False), (None, True)],
    ids=["same", "region", "capitals", "other", "unknown"],
)
def test_languages(language, found):
    term = make_term("zorvalim", languages=("de",))
    assert bool(cut("ein zorvalim", term, language=language)) is found


def test_fields():
    term = make_term("zorvalim", fields=("bio",))
    assert cut("zorvalim", term, field=TextField.BIO)
    assert not cut("zorvalim", term, field=TextField.CAPTION)


def test_what_it_requires_and_what_excuses_it():
    term = make_term("zorvalim", requires=("Swap", "trade fair"), unless=("garden",))
    assert not cut("zorvalim", term)
    assert not cut("zorvalim swapped", term)
    assert cut("zorvalim, ѕwap", term)
    assert cut("trade -- fair zorvalim", term)
    assert not cut("zorvalim swap Gardèn", term)
    assert cut("zorvalim swap gardening", term)


def test_no_scope_asks_nothing():
    assert make_scope(make_term("zorvalim")) is None
    assert read_primary("pt_BR") == "pt"
    assert "swap" not in repr(make_scope(make_term("zorvalim", requires=("swap",))))
