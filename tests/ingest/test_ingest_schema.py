import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from jacana.ingest.schema import (
    BLINDED_FIELDS,
    EVENT_MODELS,
    EVENT_TYPES,
    SEALED_FIELDS,
    AccountFacts,
    UploadMetadata,
    UploadReference,
    blind_form,
    parse_event,
    parse_metadata,
)
from jacana.ingest.validation import FieldsInvalidError, validate_record
from jacana.model.event import EventType

DOCS = (Path(__file__).parents[2] / "docs" / "ingest.md").read_text(encoding="utf-8")
BASE = {"id": "e1", "account_id": "anna", "occurred_at": "2026-01-31T12:00:00Z"}


def section_of(heading: str) -> str:
    match = re.search(rf"^#+ `{re.escape(heading)}`$(.*?)(?=^#|\Z)", DOCS, re.M | re.S)
    assert match, f"docs/ingest.md has no section `{heading}`"
    return match.group(1)


def problem_of(raw, prefix="events[0]"):
    with pytest.raises(FieldsInvalidError) as caught:
        parse_event(raw, prefix)
    return caught.value.problems[0]


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_docs_list_every_event_type_with_its_own_fields(kind):
    common = {
        "id",
        "type",
        "account_id",
        "occurred_at",
        "session_id",
        "ip",
        "port",
        "device_id",
        "asn",
        "device_attested",
    }
    section = section_of(kind)
    missing = [
        name for name in EVENT_MODELS[EventType(kind)].model_fields if f"`{name}`" not in section and name not in common
    ]
    assert not missing


@pytest.mark.parametrize(
    "name",
    ["id", "type", "account_id", "occurred_at", "session_id", "ip", "port", "asn", "device_id", "device_attested"],
)
def test_the_docs_explain_the_fields_events_share(name):
    assert f"| `{name}`" in DOCS


@pytest.mark.parametrize("model", [UploadMetadata, UploadReference, AccountFacts])
def test_the_docs_list_every_field_of_an_upload(model):
    missing = [name for name in model.model_fields if f"`{name}`" not in DOCS and f"`account.{name}`" not in DOCS]
    assert not missing


def test_every_type_has_a_record_that_says_its_own_name():
    assert set(EVENT_MODELS) == set(EventType)
    for kind, model in EVENT_MODELS.items():
        assert model.model_fields["type"].annotation.__args__ == (kind.value,)


def test_every_blinded_field_is_sealed():
    assert set(BLINDED_FIELDS) <= SEALED_FIELDS


def test_a_typed_event_is_read():
    event = parse_event({**BASE, "type": "follow", "target_account_id": "bert"})
    assert (event.target_account_id, event.ended) == ("bert", False)


def test_an_unknown_type_is_met_with_the_nearest_known_one():
    problem = problem_of({**BASE, "type": "video_view"})
    assert (problem.field, problem.remedy) == ("events[0].type", "did you mean video_viewed?")


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"type": None}, {"type": ["follow"]}, {"type": {}}])
def test_what_has_no_type_is_refused_with_the_field(raw):
    assert problem_of(raw).remedy


def test_a_naive_time_is_refused_with_the_remedy():
    problem = problem_of({**BASE, "type": "password_changed", "occurred_at": "2026-01-31T12:00:00"})
    assert problem.field == "events[0].occurred_at"
    assert "offset" in problem.remedy


def test_an_email_is_compared_without_case_and_a_device_with():
    assert blind_form("email", " Anna@Example.org ") == "anna@example.org"
    assert blind_form("device_id", "A") == "A"


BROKEN = st.builds(
    lambda before, half, after: before + half + after,
    st.text(max_size=5),
    st.characters(categories=["Cs"]),
    st.text(max_size=5),
)
"""Text with half of a surrogate pair, which JSON can say and UTF-8 cannot."""


def fields_of(model, prefix=()):
    """Return the path of every field of a record, those of records inside it too."""
    paths = []
    for name, field in model.model_fields.items():
        inner = [one for one in (field.annotation,) if isinstance(one, type) and issubclass(one, BaseModel)]
        paths += fields_of(inner[0], (*prefix, name)) if inner else [(*prefix, name)]
    return paths


UPLOAD = {"network_id": "1", "account": {"id": "a"}, "visibility": "public", "object": "a.mp4"}


@pytest.mark.parametrize("path", fields_of(UploadReference), ids=".".join)
@settings(max_examples=10)
@given(text=BROKEN)
def test_half_a_surrogate_pair_in_any_field_of_an_upload_is_that_fields_problem(path, text):
    raw = {**UPLOAD, "account": dict(UPLOAD["account"])}
    (raw["account"] if path[0] == "account" else raw)[path[-1]] = text
    with pytest.raises(FieldsInvalidError) as caught:
        validate_record(UploadReference, raw)
    assert [problem.field for problem in caught.value.problems] == [".".join(path)]


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, model in EVENT_MODELS.items() for name in model.model_fields]
)
@settings(max_examples=10)
@given(text=BROKEN)
def test_half_a_surrogate_pair_in_any_field_of_an_event_is_that_fields_problem(kind, name, text):
    with pytest.raises(FieldsInvalidError) as caught:
        parse_event({**BASE, "type": kind.value, name: [text] if name == "recipient_ids" else text}, "events[0]")
    assert any((problem.field or "").startswith(f"events[0].{name}") for problem in caught.value.problems)


@settings(max_examples=10)
@given(text=BROKEN)
def test_half_a_surrogate_pair_in_a_name_is_refused(text):
    for parse, raw in ((parse_event, {**BASE, "type": "password_changed"}), (parse_metadata, dict(UPLOAD))):
        with pytest.raises(FieldsInvalidError) as caught:
            parse({**raw, text: "x"})
        caught.value.message.encode()


def test_half_a_surrogate_pair_has_a_remedy_a_person_can_follow():
    problem = problem_of({**BASE, "type": "password_changed", "id": "\ud800"})
    assert (problem.message, problem.remedy) == ("contains half of a surrogate pair", "send valid Unicode text")


@pytest.mark.parametrize("address", ["fe80::1%eth0", "fe80::1%\x00"])
def test_an_address_with_a_zone_is_refused(address):
    problem = problem_of({**BASE, "type": "session_started", "ip": address})
    assert problem.field == "events[0].ip"


def test_devices_of_one_ipv6_home_have_one_network():
    assert blind_form("ip", "2001:db8:1:2::7") == blind_form("ip", "2001:db8:1:2:a:b:c:d") == "2001:db8:1:2::/64"
    assert blind_form("ip", "2001:db8:1:3::7") != blind_form("ip", "2001:db8:1:2::7")
    assert blind_form("ip", "192.0.2.7") == "192.0.2.7"
    assert blind_form("device_id", "2001:db8::1") == "2001:db8::1"
