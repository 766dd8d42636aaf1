import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.model.verdict import Classification
from jacana.report.facts import (
    CaptureEvent,
    DeviceCapture,
    FileFacts,
    FileHash,
    IncidentType,
    IpCapture,
    ReportedAccount,
    Reporter,
    ReportFacts,
    facts_from_json,
    facts_to_json,
)

texts = st.text(max_size=40)
times = st.none() | st.datetimes(timezones=st.just(UTC))
optional = st.none() | texts
ips = st.builds(
    IpCapture,
    address=texts,
    event=st.none() | st.sampled_from(CaptureEvent),
    at=times,
    possible_proxy=st.none() | st.booleans(),
    port=st.none() | st.integers(0, 70_000),
)
devices = st.builds(DeviceCapture, id_type=texts, id_value=texts, event=st.none(), at=times)
files = st.builds(
    FileFacts,
    upload_id=texts,
    sha256=texts,
    md5=texts,
    sha1=texts,
    size_bytes=st.integers(-1, 2**40),
    original_file_name=optional,
    uploaded_at=times,
    url=optional,
    viewed_by_esp=st.booleans(),
    exif_viewed=st.booleans(),
    publicly_available=st.none() | st.booleans(),
    classification=st.none() | st.sampled_from(Classification),
    classified_by=optional,
    hashes=st.lists(st.builds(FileHash, type=texts, value=texts), max_size=2).map(tuple),
    ip_capture=st.none() | ips,
    device=st.none() | devices,
    additional_info=st.lists(texts, max_size=2).map(tuple),
)
accounts = st.builds(
    ReportedAccount,
    esp_identifier=texts,
    screen_name=optional,
    display_name=optional,
    email=optional,
    profile_url=optional,
    bio=optional,
    suspended_at=times,
    banned_at=times,
    ip_captures=st.lists(ips, max_size=2).map(tuple),
    devices=st.lists(devices, max_size=2).map(tuple),
)
any_facts = st.builds(
    ReportFacts,
    case_id=texts,
    incident_type=st.sampled_from(IncidentType),
    incident_at=times,
    incident_description=optional,
    reporter=st.builds(Reporter, company=texts, first_name=texts, last_name=texts, email=texts, terms_url=texts),
    account=accounts,
    files=st.lists(files, max_size=3).map(tuple),
    additional_info=st.lists(texts, max_size=2).map(tuple),
)


@given(any_facts)
def test_facts_survive_json(facts: ReportFacts) -> None:
    assert facts_from_json(json.loads(json.dumps(facts_to_json(facts)))) == facts


def test_a_time_without_a_zone_is_no_fact(facts: ReportFacts) -> None:
    with pytest.raises(ValueError, match="time zone"):
        facts_to_json(replace(facts, incident_at=datetime.now(UTC).replace(tzinfo=None)))


def test_no_view_is_claimed_by_default() -> None:
    file = FileFacts("up_1", "0" * 64, "0" * 32, "0" * 40, 1)
    assert (file.viewed_by_esp, file.exif_viewed, file.publicly_available) == (False, False, None)
