import pytest

from jacana.model.term import MatchMode, Term, TermState, mask_term


def test_a_repr_holds_no_word_of_it() -> None:
    term = Term(
        "term_1", "zorvalim", MatchMode.TOKEN, 3, TermState.ACTIVE, requires=("quandrel",), unless=("mirtavol",)
    )
    for shown in (repr(term), str(term), f"{term}", repr([term])):
        assert "term_1" in shown and "8 characters" in shown
        for word in ("zorvalim", "quandrel", "mirtavol", "zor", "lim"):
            assert word not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("zorvalim", "z•••••m (8)"), (" zorva ", "z•••••a (5)"), ("zorv", "••••• (4)"), ("", "••••• (0)")],
    ids=["long", "trimmed", "short", "empty"],
)
def test_a_masked_term_shows_its_ends_and_its_length(text: str, shown: str) -> None:
    assert mask_term(text) == shown
