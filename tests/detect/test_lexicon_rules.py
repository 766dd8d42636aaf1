from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lexicon_terms import make_term

from jacana.detect.text.lexicon.rules import (
    ReasonInvalidError,
    TermInvalidError,
    check_reason,
    check_term,
    fold_term,
    primary_language,
)
from jacana.model.term import MatchMode

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "term"),
        ({"text": " \n"}, "term"),
        ({"text": "zor\x00val"}, "term"),
        ({"text": "z" * 201}, "term"),
        ({"text": "\u200b\u200b"}, "term"),
        ({"mode": MatchMode.PHRASE}, "match_mode"),
        ({"text": "zor valim", "mode": MatchMode.TOKEN}, "match_mode"),
        ({"text": "zor valim", "mode": MatchMode.CANONICAL}, "match_mode"),
        ({"text": "zorval", "mode": MatchMode.FUZZY}, "match_mode"),
        ({"text": "zorv", "mode": MatchMode.SUBSTRING}, "match_mode"),
        ({"severity": 0}, "severity"),
        ({"severity": 6}, "severity"),
        ({"languages": ("english!",)}, "languages"),
        ({"fields": ("bio", "title")}, "fields"),
        ({"requires": ("a|b",)}, "requires"),
        ({"unless": ("",)}, "unless"),
        ({"unless": ("quandrel",) * 101}, "unless"),
        ({"source": " "}, "source"),
        ({"licence": "x\ny"}, "licence"),
        ({"expires_at": NOW}, "expires_at"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_what_is_wrong_is_named_without_the_term(changes: dict[str, object], field: str) -> None:
    with pytest.raises(TermInvalidError) as refused:
        check_term(make_term(**changes), NOW)
    assert refused.value.field == field
    assert refused.value.remedy
    assert "zor" not in f"{refused.value} {refused.value.remedy}"


def test_the_shortest_that_are_right() -> None:
    assert check_term(make_term("ZORVALÍ", MatchMode.FUZZY), NOW) == "zorvali"
    assert check_term(make_term("zorva", MatchMode.SUBSTRING), NOW) == "zorva"
    assert check_term(make_term("zor  VALIM", MatchMode.PHRASE), NOW) == "zor valim"
    full = make_term(
        severity=5, languages=("en", "pt-BR"), fields=("bio", "search"), requires=("quandrel",), unless=("mirtavol",),
        expires_at=NOW + timedelta(seconds=1),
    )  # fmt: skip
    assert check_term(full, NOW) == "zorvalim"


def test_two_spellings_of_one_term_are_one() -> None:
    assert fold_term(" Zorvalim ") == fold_term("zor\u200bvalím") == "zorvalim"


@pytest.mark.parametrize(("tag", "language"), [("en", "en"), ("pt-BR", "pt"), ("ZH-Hant-TW", "zh"), ("fil", "fil")])
def test_of_a_language_its_first_part_counts(tag: str, language: str) -> None:
    assert primary_language(tag) == language


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_taken_or_refused_with_a_remedy(text: str) -> None:
    try:
        assert check_term(make_term(text, MatchMode.TOKEN), NOW).strip()
    except TermInvalidError as refused:
        assert refused.field and refused.remedy


def test_a_reason_says_something_and_never_the_term() -> None:
    assert check_reason("  for \n case_1 ") == "for case_1"
    assert check_reason("the zorvalimer case", ["zorvalim"]) == "the zorvalimer case"
    for reason in ("", "ok", "x" * 401, "a Zórvalim?", "zor-valim, again"):
        with pytest.raises(ReasonInvalidError):
            check_reason(reason, ["zorvalim", "zor-valim"])
