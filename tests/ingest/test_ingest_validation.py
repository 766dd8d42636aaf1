import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.ingest.schema import UploadMetadata
from jacana.ingest.validation import FieldsInvalidError, format_path, suggest, validate_record

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
    assert len(format_path(("x" * 500,))) == 200
    assert "\ud800" not in format_path(("\ud800",))


def test_a_far_word_is_met_with_all_choices():
    assert suggest("zzzz", ["one", "two"]) == "use one of one, two"
