import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lexicon_terms import make_term

from jacana.detect.text.lexicon.files import (
    Defaults,
    TermFileInvalidError,
    TermFormat,
    read_terms,
    write_terms,
)
from jacana.detect.text.lexicon.rules import TermInvalidError, check_term
from jacana.model.account_finding import TextField
from jacana.model.term import MatchMode, TermState

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GIVEN = Defaults("a partner", "members only", MatchMode.CANONICAL, 3)


def read(text: str, format: TermFormat = TermFormat.CSV, defaults: Defaults = GIVEN):
    return read_terms(text, format, defaults, NOW)


def test_a_full_row_is_read_whole() -> None:
    text = (
        "\ufeffterm,match_mode,severity,languages,fields,requires,unless,source,licence,expires_at,state\n"
        '"zor  valim",phrase,5,pt-BR|en,bio|search,quandrel|kite,"mirtavol, please",them,theirs,'
        "2027-01-31T00:00:00Z,active\n"
    )
    [term] = read(text, defaults=Defaults()).terms
    assert term == make_term(
        "zor valim", MatchMode.PHRASE, severity=5, languages=("en", "pt"), fields=("bio", "search"),
        requires=("quandrel", "kite"), unless=("mirtavol, please",), source="them", licence="theirs",
        expires_at=datetime(2027, 1, 31, tzinfo=UTC), state=TermState.SHADOW,
    )  # fmt: skip


def test_what_a_row_leaves_out_the_options_say() -> None:
    [term] = read("term\nzorvalim\n").terms
    assert (term.source, term.licence, term.match_mode, term.severity) == ("a partner", "members only", "canonical", 3)
    assert term.state is TermState.CANDIDATE
    assert read("term\nzorvalim\n", defaults=Defaults("s", "l", MatchMode.TOKEN, 1, TermState.SHADOW)).terms[0].state


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("zorvalim,,,,,,,,,", "source"),
        ("zorvalim,,,,,,,s,,", "licence"),
        (",,,,,,,s,l,", "term"),
        ("zorvalim,regex,,,,,,s,l,", "match_mode"),
        ("zorvalim,,high,,,,,s,l,", "severity"),
        ("zorvalim,,9,,,,,s,l,", "severity"),
        ("zorvalim,,,english!,,,,s,l,", "languages"),
        ("zorvalim,,,,title,,,s,l,", "fields"),
        ("zorvalim,,,,,,,s,l,2027-01-31", "expires_at"),
        ("zorvalim,,,,,,,s,l,2020-01-31T00:00:00Z", "expires_at"),
        ("zorvalim,,,,,,,s,l,,retired", "state"),
        ("zorv,fuzzy,,,,,,s,l,", "match_mode"),
        ("zorvalim,,,,,,,s,l,,,,", "row"),
    ],
    ids=lambda value: None,
)
def test_a_bad_row_is_named_and_stops_nothing(row: str, field: str) -> None:
    header = "term,match_mode,severity,languages,fields,requires,unless,source,licence,expires_at,state"
    good = "quandrel,,,,,,,s,l,"
    result = read(f"{header}\n{good}\n{row}\n{good}\n", defaults=Defaults(match_mode=MatchMode.TOKEN, severity=2))
    assert [term.text for term in result.terms] == ["quandrel", "quandrel"]
    [problem] = result.problems
    assert (problem.line, problem.field) == (3, field)
    assert problem.remedy
    assert "zorv" not in f"{problem.message} {problem.remedy}"


@pytest.mark.parametrize("rows", [1, 60_000], ids=["short", "long"])
def test_a_quote_that_never_ends_takes_no_row_in_silently(rows: int) -> None:
    result = read(
        'term\nquandrel\n"zorvalim\nkite\n' + "boat\n" * rows, defaults=Defaults("s", "l", MatchMode.PHRASE, 3)
    )
    assert "zorvalim" not in " ".join(term.text for term in result.terms)
    problem = next(problem for problem in result.problems if problem.line == 3)
    assert problem.field == "row" and "goes on to line" in problem.message


@pytest.mark.parametrize(
    ("header", "remedy"),
    [("zorvalim", "the first line"), ("term,severty", "severity"), ("term,term", "for example"), ("source", "for")],
    ids=["no header", "misspelt", "twice", "no term"],
)
def test_a_header_that_is_none_is_refused_without_repeating_it(header: str, remedy: str) -> None:
    with pytest.raises(TermFileInvalidError) as refused:
        read(f"{header}\nquandrel\n")
    assert remedy in str(refused.value.remedy)
    assert "zorvalim" not in f"{refused.value} {refused.value.remedy}"


def test_json_lines_name_what_they_say() -> None:
    rows = [
        {"term": "zorvalim", "severity": 4, "requires": ["quandrel"], "languages": "en|fr"},
        "zorvalim",
        {"term": "zorvalim", "colour": "blue"},
        {"term": 7},
        {"term": "zorvalim", "severity": True},
        {"term": "zorvalim", "unless": [1]},
    ]
    text = "\n".join([*map(json.dumps, rows), "{", "[" * 100_000, ""])
    result = read(text, TermFormat.JSONL)
    [term] = result.terms
    assert (term.severity, term.requires, term.languages) == (4, ("quandrel",), ("en", "fr"))
    assert [(problem.line, problem.field) for problem in result.problems] == [
        (2, "row"), (3, "row"), (4, "term"), (5, "severity"), (6, "unless"), (7, "row"), (8, "row"),
    ]  # fmt: skip
    assert not [problem for problem in result.problems if "zorvalim" in f"{problem.message} {problem.remedy}"]


WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
TERMS = st.builds(
    make_term,
    WORDS.map(lambda text: " ".join(text.split())),
    st.just(MatchMode.TOKEN),
    severity=st.integers(1, 5),
    languages=st.lists(st.sampled_from(["de", "en", "pt"]), unique=True).map(sorted).map(tuple),
    fields=st.lists(st.sampled_from([field.value for field in TextField]), unique=True).map(tuple),
    requires=st.lists(WORDS.map(str.strip), unique=True, max_size=3).map(tuple),
    expires_at=st.none() | st.just(NOW + timedelta(days=9)),
)


@settings(deadline=None)
@given(TERMS, st.sampled_from(list(TermFormat)))
def test_what_is_written_is_read_back(term, format: TermFormat) -> None:
    try:
        check_term(term, NOW)
    except TermInvalidError:
        return
    result = read("".join(write_terms([term, make_term()], format)), format, Defaults())
    assert result.problems == ()
    assert result.terms == (term, make_term())


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(list(TermFormat)))
def test_any_text_is_read_or_refused(text: str, format: TermFormat) -> None:
    try:
        result = read("term,source\n" + text if format is TermFormat.CSV else text, format)
    except TermFileInvalidError:
        return
    assert all(problem.field and problem.remedy for problem in result.problems)


def test_rows_are_reported_as_they_are_read() -> None:
    seen: list[int] = []
    read_terms("term\nzorvalim\n\nkite\n", TermFormat.CSV, GIVEN, NOW, seen.append)
    assert seen == [1, 2]
