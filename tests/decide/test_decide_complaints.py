import pytest

from jacana.decide.complaints import MOST_SHOWN, WINDOW, Complaints, PolicyInvalidError, Span, suggest


def test_shows_place_line_caret_and_hint() -> None:
    complaints = Complaints("p.yaml", "one\ntwo three\nfour")
    complaints.add(Span(8, 13), "no such number", "did you mean `tree`?")
    with pytest.raises(PolicyInvalidError) as caught:
        complaints.raise_if_any()
    assert caught.value.message == (
        "p.yaml:2:5: no such number\n    2 | two three\n      |     ^^^^^\n      = did you mean `tree`?"
    )
    assert caught.value.remedy and "1 problem in p.yaml" in caught.value.remedy


def test_all_problems_come_in_the_order_of_the_file() -> None:
    complaints = Complaints("p.yaml", "one\ntwo")
    complaints.add(Span(4, 5), "second")
    complaints.add(Span(0, 1), "first")
    complaints.add(Span(0, 1), "first")
    with pytest.raises(PolicyInvalidError) as caught:
        complaints.raise_if_any()
    assert [line for line in caught.value.message.splitlines() if "p.yaml" in line] == [
        "p.yaml:1:1: first",
        "p.yaml:2:1: second",
    ]


def test_nothing_found_raises_nothing() -> None:
    Complaints("p.yaml", "").raise_if_any()


def test_a_flood_of_problems_is_cut() -> None:
    complaints = Complaints("p.yaml", "x" * 200)
    for place in range(MOST_SHOWN + 7):
        complaints.add(Span(place, place + 1), "wrong")
    with pytest.raises(PolicyInvalidError) as caught:
        complaints.raise_if_any()
    assert caught.value.message.count("wrong") == MOST_SHOWN
    assert "… and 7 more" in caught.value.message


def test_a_long_line_is_shown_around_the_problem() -> None:
    complaints = Complaints("p.yaml", "a" * 5000 + "HERE" + "b" * 5000)
    complaints.add(Span(5000, 5004), "wrong")
    _, shown, carets = complaints.render(complaints.found[0]).splitlines()
    assert len(shown) < WINDOW + 20
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "HERE"


def test_control_characters_never_reach_the_terminal() -> None:
    complaints = Complaints("p.yaml", "a\x1b[31mb")
    complaints.add(Span(0, 1), "wrong")
    assert "\x1b" not in complaints.render(complaints.found[0])


def test_a_place_behind_the_end_can_be_shown() -> None:
    complaints = Complaints("p.yaml", "ab\n")
    complaints.add(Span(3, 4), "the end came too early")
    assert "^" in complaints.render(complaints.found[0])


@pytest.mark.parametrize(
    ("word", "hint"),
    [("hodl", "did you mean `hold`?"), ("zzz", "one of: hold, release")],
)
def test_suggests_the_nearest_or_lists_all(word: str, hint: str) -> None:
    assert suggest(word, ["hold", "release"]) == hint
