import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.ingest.schema import UploadMetadata, parse_event
from jacana.ingest.validation import (
    NAME_MAX_LETTERS,
    PROBLEMS_MAX,
    FieldsInvalidError,
    format_path,
    suggest,
    validate_record,
)

GOOD = {"network_id": "1", "account": {"id": "a"}, "visibility": "public"}


def problems_of(raw, prefix=""):
    with pytest.raises(FieldsInvalidError) as caught:
        validate_record(UploadMetadata, raw, prefix)
    return caught.value.problems


def test_every_wrong_field_is_named_with_its_path_and_a_remedy():
    problems = problems_of({"account": {}, "visibility": "pubic", "port": 0}, "items[2]")
    assert {problem.field: problem.remedy for problem in problems} == {
        "items[2].network_id": "send this field",
        "items[2].account.id": "send this field",
        "items[2].visibility": "did you mean public?",
        "items[2].port": "send at least 1",
    }


def test_the_error_itself_speaks_of_the_first_problem():
    with pytest.raises(FieldsInvalidError) as caught:
        validate_record(UploadMetadata, {**GOOD, "visibility": 3})
    assert (caught.value.field, caught.value.code) == ("visibility", "input.fields_invalid")
    assert "visibility" in caught.value.message


def test_an_unknown_field_is_met_with_the_nearest_known_one_of_its_record():
    (outer,) = problems_of({**GOOD, "captoin": "x"})
    assert (outer.field, outer.remedy) == ("captoin", "did you mean caption?")
    (inner,) = problems_of({**GOOD, "account": {"id": "a", "screenname": "x"}})
    assert (inner.field, inner.remedy) == ("account.screenname", "did you mean screen_name?")


def test_what_is_no_object_is_one_problem():
    assert len(problems_of([])) == 1


@given(st.text(min_size=4))
def test_no_problem_repeats_what_was_sent(secret):
    sent = "\u2603" + secret + "\u2603"
    for raw in (
        {**GOOD, "visibility": sent},
        {**GOOD, "ip": sent},
        {**GOOD, "uploaded_at": sent},
        {**GOOD, "port": sent},
    ):
        for problem in problems_of(raw):
            assert sent not in f"{problem.message}{problem.remedy}"


def test_a_path_is_short_and_printable():
    assert format_path(("a", 3, "b")) == "a[3].b"
    assert format_path(("\x1b[2J" + "x" * 500,)).isprintable()
    assert format_path(("x" * 500,)) == "x" * NAME_MAX_LETTERS
    assert len(format_path(("x" * 500,) * 9)) == 200
    assert "\ud800" not in format_path(("\ud800",))


def test_a_far_word_is_met_with_all_choices():
    assert suggest("zzzz", ["one", "two"]) == "use one of one, two"


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_a_flood_of_unknown_fields_is_answered_in_short(where):
    flood = {f"unknown{number}" + "x" * 300: number for number in range(100_000)}
    raw = {**GOOD, **flood} if where == "outside" else {**GOOD, "account": {"id": "a", **flood}}
    raw["port"] = 0
    tracemalloc.start()
    problems = problems_of(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(problems) == PROBLEMS_MAX
    assert problems[0].field == "port"  # a known field that is wrong is not drowned out
    assert peak < 2**20
    assert sum(len(f"{problem}") for problem in problems) < 20_000


def test_an_unknown_field_after_a_flood_of_known_ones_is_still_refused():
    (problem,) = problems_of({**GOOD, "account": {"id": "a", "bio": "x"}, "other": {}})
    assert problem.field == "other"


def test_a_list_of_wrong_items_is_one_problem():
    raw = {"id": "1", "account_id": "a", "occurred_at": "2026-01-31T12:00:00Z", "conversation_id": "c"}
    with pytest.raises(FieldsInvalidError) as caught:
        parse_event({**raw, "type": "message_sent", "recipient_ids": [0] * 1000}, "events[0]")
    (problem,) = caught.value.problems
    assert problem.field == "events[0].recipient_ids[0]"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ([1], "is no JSON object"),
        ({**GOOD, "caption": 5}, "is no text"),
        ({**GOOD, "account": "anna"}, "is no JSON object"),
    ],
    ids=["list", "number", "text"],
)
def test_a_wrong_type_is_told_without_a_word_of_the_program(raw, message):
    (problem,) = problems_of(raw)
    assert problem.message == message
    assert problem.remedy.startswith("send ")
