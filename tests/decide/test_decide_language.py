from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.decide.complaints import Complaints
from jacana.decide.conditions import Expression
from jacana.decide.fact import Value
from jacana.decide.language import DEEPEST, FUNCTIONS, LONGEST, parse_expression
from jacana.decide.paths import FACT_PATHS

DOCS = Path(__file__).parents[2] / "docs" / "policy.md"


def check(text: str) -> tuple[Expression | None, list[tuple[int, str]]]:
    """Return the expression, and each complaint as (offset, problem and hint)."""
    complaints = Complaints("p.yaml", text)
    expression = parse_expression(text, list(range(len(text) + 1)), complaints)
    return expression, [(each.span.start, f"{each.problem}; {each.hint}") for each in complaints.found]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('findng.kind == "bank_match"', 0, "did you mean `finding.kind`?"),
        ("finding.match.nearest <= 3", 0, "did you mean `finding.nearest`?"),
        ('finding == "x"', 0, "did you mean `finding.kind`?"),
        ('finding.kind == "bank_mach"', 16, "did you mean `bank_match`?"),
        ("finding.kind == bank_match", 16, 'put a text into quotes: "bank_match"'),
        ("upload.visibility in [only_me]", 22, 'put a text into quotes: "only_me"'),
        ("finding.kind == 3", 16, "another type"),
        ('finding.nearest <= "3"', 19, "another type"),
        ("finding.nearest == true", 19, "another type"),
        ("finding.exact == 1", 17, "another type"),
        ("finding.kind", 0, "compare it with a value"),
        ("finding.exact > true", 16, "cannot be ordered"),
        ('finding.kind < "bank_match"', 15, "cannot be ordered"),
        ("finding.score > 31", 16, "never 31"),
        ("finding.nearest <= 300", 19, "never 300"),
        ("account.upload_count > -1", 23, "never -1"),
        ("account.state == media.kind", 17, "different types"),
        ("1 == 1", 0, "two fixed values"),
        ("true", 0, "always the same"),
        ("True or finding.exact", 0, "always the same"),
        ("3", 0, "not true or false"),
        ("finding.kind is None", 16, "`is` is not part"),
        ("finding.bank == None", 16, "known(fact)"),
        ("finding.kind = 3", 13, "write `==`"),
        ("finding.exact && upload.has_device", 14, "write `and`"),
        ("finding.exact || upload.has_device", 14, "write `or`"),
        ("!finding.exact", 0, "write `not`"),
        ("finding.exact # really", 14, "a line of its own"),
        ("finding.bank == “x”", 16, "straight quotes"),
        ('finding.bank == "a\\n"', 18, "backslash"),
        ("fïnding.exact", 1, "outside quotes"),
        ("finding.nearest <= 31and finding.exact", 19, "leave a space"),
        ("finding.nearest <= 1e999", 19, "neither a number nor a name"),
        ("finding.nearest <= 99999999999999999999999", 19, "too large"),
        ('finding.bank in ["a" "b"]', 17, "is a comma missing"),
        ("finding.bank in []", 16, "needs a list"),
        ('finding.bank in "abc"', 16, "needs a list"),
        ('"a" in finding.bank', 0, "asks about a fact"),
        ("finding.bank in [finding.source]", 17, "fixed values"),
        ('finding.bank in [f"a"]', 17, "not part of the policy language"),
        ('finding.bank == b"a"', 16, "not part of the policy language"),
        ("known(finding.kind)", 0, "always known"),
        ("known()", 0, "one fact"),
        ("known(finding.bank, finding.source)", 0, "one fact"),
        ("knwon(finding.bank)", 0, "did you mean `known`?"),
        ('__import__("os").system("ls")', 0, "no such function"),
        ("finding.__class__ == 1", 0, "unknown fact"),
        ("(lambda: 1)()", 1, "no such function"),
        ("finding.score + 1 > 1", 0, "not part of the policy language"),
        ("finding.exact if upload.has_device else finding.exact", 0, "not true or false"),
        ("[finding.exact for x in y]", 0, "not true or false"),
        ("finding.exact and", 16, "cannot be read as a condition"),
        ("(finding.exact", 0, "never closed"),
        ('finding.bank == "x', 16, "unterminated"),
        ("finding.bank == 'x\x00'", 18, "control character"),
        ("", 0, "empty"),
        ("   ", 0, "empty"),
        (" or ".join(["finding.exact"] * LONGEST), 0, "split the rule"),
        ("not " * (DEEPEST + 1) + "finding.exact", 0, "nested too deep"),
        ("(" * 900 + "finding.exact" + ")" * 900, None, "o"),
        ("not " * 450 + "finding.exact", 0, "nested too deep"),
        ("-" * 1900 + "1", None, ""),
    ],
)
def test_refuses_at_the_place_with_a_hint(text: str, place: int | None, words: str) -> None:
    expression, complaints = check(text)
    assert expression is None
    assert complaints
    found, said = complaints[0]
    assert words in said
    assert place is None or found == place


def test_one_bad_part_does_not_hide_the_next() -> None:
    _, complaints = check('findng.kind == "x" or finding.kind in ["a", "b"] and not known(finding.kind)')
    assert [place for place, _ in complaints] == [0, 39, 44, 57]


def test_places_count_characters_not_bytes() -> None:
    text = 'finding.bank == "žluťoučký kůň 🐎" and finding.exakt'
    _, complaints = check(text)
    assert complaints[0][0] == text.index("finding.exakt")


def test_lines_are_joined_and_spaces_squeezed() -> None:
    expression, complaints = check('finding.kind ==\n   "bank_match"\n\tand finding.exact\n')
    assert not complaints and expression is not None
    assert expression.text == 'finding.kind == "bank_match" and finding.exact'


def test_every_function_stands_in_the_docs() -> None:
    text = DOCS.read_text()
    assert all(f"`{name}(" in text for name in FUNCTIONS)


WORDS = st.sampled_from(
    [
        *FACT_PATHS,
        *list("()[]{},:.'\"=*@<>!"),
        "==",
        "<=",
        "!=",
        "**",
        "known(",
        '"bank_match"',
        *["and", "or", "not", "in", "is", "if", "else", "lambda", "true", "None", "x", "31", "0.5", "-1"],
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=12).map(" ".join)))
def test_any_text_gives_an_expression_that_answers_or_complaints(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    expression, complaints = check(text)
    assert (expression is None) == bool(complaints)
    if expression is not None:
        values: dict[str, Value] = {
            name: {"number": 1, "text": "x", "flag": True, "choice": path.choices[:1] and path.choices[0]}[path.kind]
            for name, path in FACT_PATHS.items()
        }
        assert expression.holds(values) in (True, False)
        assert expression.holds(dict.fromkeys(FACT_PATHS)) in (True, False)
