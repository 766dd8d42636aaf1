import pytest

from jacana.decide.complaints import Complaints
from jacana.decide.conditions import Comparison, Expression, list_comparisons
from jacana.decide.fact import Value
from jacana.decide.language import parse_expression
from jacana.decide.paths import FACT_PATHS

UNKNOWN: dict[str, Value] = dict.fromkeys(FACT_PATHS)


def parse(text: str) -> Expression:
    complaints = Complaints("p.yaml", text)
    expression = parse_expression(text, list(range(len(text) + 1)), complaints)
    complaints.raise_if_any()
    assert expression is not None
    return expression


def holds(text: str, **values: Value) -> bool:
    given = {name.replace("__", "."): value for name, value in values.items()}
    return parse(text).holds(UNKNOWN | given)


@pytest.mark.parametrize(
    ("text", "values", "answer"),
    [
        ("account.declared_age == 17", {"account__declared_age": 17}, True),
        ("account.declared_age != 17", {"account__declared_age": 17}, False),
        ("account.declared_age < 18", {"account__declared_age": 17}, True),
        ("account.declared_age <= 17", {"account__declared_age": 17}, True),
        ("account.declared_age > 17", {"account__declared_age": 17}, False),
        ("account.declared_age >= 17", {"account__declared_age": 17}, True),
        ("13 <= account.declared_age < 18", {"account__declared_age": 18}, False),
        ("13 <= account.declared_age < 18", {"account__declared_age": 13}, True),
        ('upload.visibility in ["only_me", "friends"]', {"upload__visibility": "friends"}, True),
        ('upload.visibility not in ["only_me", "friends"]', {"upload__visibility": "public"}, True),
        ('upload.visibility not in ["only_me", "friends"]', {"upload__visibility": "only_me"}, False),
        ("finding.exact", {"finding__exact": True}, True),
        ("not finding.exact", {"finding__exact": False}, True),
        ("finding.exact == false", {"finding__exact": False}, True),
        ("finding.classification == verdict.classification", {"finding__classification": "A1"}, False),
        (
            "finding.exact or upload.has_device and media.readable",
            {"finding__exact": True, "upload__has_device": False, "media__readable": False},
            True,
        ),
        (
            "(finding.exact or upload.has_device) and media.readable",
            {"finding__exact": True, "upload__has_device": False, "media__readable": False},
            False,
        ),
        ("known(account.declared_age)", {"account__declared_age": 0}, True),
    ],
)
def test_answers(text: str, values: dict[str, Value], answer: bool) -> None:
    assert holds(text, **values) is answer


@pytest.mark.parametrize(
    "comparison",
    [
        "account.declared_age == 18",
        "account.declared_age != 18",
        "account.declared_age < 18",
        "account.declared_age >= 18",
        "18 != account.declared_age",
        "account.declared_age in [18, 19]",
        "account.declared_age not in [18, 19]",
        "account.declared_age != account.upload_count",
        "known(account.declared_age)",
        "finding.exact",
    ],
)
def test_every_comparison_with_an_unknown_value_is_false(comparison: str) -> None:
    assert holds(comparison, account__upload_count=1) is False
    assert holds(f"not {comparison}", account__upload_count=1) is True


def test_knows_which_facts_it_mentions_and_lists_its_comparisons() -> None:
    expression = parse('known(media.problem) and not (finding.score > 0.5 or finding.kind in ["bank_match"])')
    assert expression.paths == ("media.problem", "finding.score", "finding.kind")
    assert expression.mentions("finding") and not expression.mentions("upload")
    found = list(list_comparisons(expression.condition))
    assert [comparison.operator for comparison in found] == [">", "in"]
    assert all(isinstance(comparison, Comparison) and len(comparison.sides()) == 2 for comparison in found)
