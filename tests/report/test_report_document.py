from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jacana.report.document import (
    ReportDocumentInvalidError,
    build_file_details,
    build_report,
    check_document,
    find_file_problems,
    find_report_problems,
)
from jacana.report.facts import IpCapture, ReportFacts
from jacana.report.xml import parse_xml

FILE_ID = "0123456789abcdef" * 2


def test_a_report_says_what_the_facts_say(facts: ReportFacts, clock) -> None:
    document = build_report(facts, clock.now)
    assert find_report_problems(document, clock.now) == []
    root = parse_xml(document)
    assert [child.tag for child in root] == [
        "incidentSummary",
        "internetDetails",
        "reporter",
        "personOrUserReported",
        "additionalInfo",
    ]
    expected = {
        "incidentSummary/incidentType": "Child Pornography (possession, manufacture, and distribution)",
        "incidentSummary/platform": "Video Network",
        "incidentSummary/incidentDateTime": "2026-11-22T10:00:00.000Z",
        "internetDetails/webPageIncident/url": "https://video.example/v/up_1",
        "reporter/reportingPerson/email": "safety@video.example",
        "reporter/termsOfService": "https://video.example/terms",
        "personOrUserReported/personOrUserReportedPerson/email": "someone@mail.example",
        "personOrUserReported/espIdentifier": "account-1",
        "personOrUserReported/displayName": "Some Name ☂",
        "personOrUserReported/profileBio": "likes <tags> & ampersands",
        "personOrUserReported/ipCaptureEvent/ipAddress": "2001:db8::7",
        "personOrUserReported/deviceId/idValue": "device-1",
        "personOrUserReported/accountPermanentlyDisabled": "true",
        "additionalInfo": "Case case_1.\nFound by screening.",
    }
    assert {path: root.findtext(path) for path in expected} == expected
    disabled = root.find("personOrUserReported/accountTemporarilyDisabled")
    assert disabled is not None
    assert disabled.get("disabledDate") == "2026-11-22T10:03:00.000Z"


def test_a_file_says_what_the_facts_say(facts: ReportFacts, clock) -> None:
    document = build_file_details(facts.files[0], 5_000_000_001, FILE_ID, clock.now)
    assert find_file_problems(document, clock.now) == []
    root = parse_xml(document)
    assert [child.tag for child in root] == [
        "reportId",
        "fileId",
        "originalFileName",
        "uploadedToEspTimestamp",
        "locationOfFile",
        "fileViewedByEsp",
        "exifViewedByEsp",
        "publiclyAvailable",
        "fileRelevance",
        "industryClassification",
        *["originalFileHash"] * 4,
        "ipCaptureEvent",
        "deviceId",
        "additionalInfo",
    ]
    assert (root.findtext("fileViewedByEsp"), root.findtext("exifViewedByEsp")) == ("true", "false")
    assert [item.get("hashType") for item in root.findall("originalFileHash")] == ["MD5", "SHA1", "SHA256", "PDQ"]
    assert root.findtext("ipCaptureEvent/port") == "50123"


def test_what_was_not_recorded_is_not_said(facts: ReportFacts, clock) -> None:
    file = replace(
        facts.files[0], uploaded_at=None, url=None, publicly_available=None, classified_by=None, ip_capture=None
    )
    said = {child.tag for child in parse_xml(build_file_details(file, 1, FILE_ID, clock.now))}
    assert not said & {
        "uploadedToEspTimestamp",
        "locationOfFile",
        "publiclyAvailable",
        "industryClassification",
        "ipCaptureEvent",
    }
    account = replace(facts.account, email=None, suspended_at=None, banned_at=None, bio=None)
    root = parse_xml(build_report(replace(facts, account=account, files=()), clock.now))
    assert root.find("internetDetails") is None
    assert {child.tag for child in root.find("personOrUserReported")} == {
        "espIdentifier",
        "screenName",
        "displayName",
        "profileUrl",
        "ipCaptureEvent",
        "deviceId",
    }


def test_a_view_of_exif_is_never_claimed_without_a_view_of_the_file(facts: ReportFacts, clock) -> None:
    file = replace(facts.files[0], viewed_by_esp=False, exif_viewed=True)
    root = parse_xml(build_file_details(file, 1, FILE_ID, clock.now))
    assert (root.findtext("fileViewedByEsp"), root.findtext("exifViewedByEsp")) == ("false", "false")


def test_a_missing_time_makes_the_document_invalid(facts: ReportFacts, clock) -> None:
    problems = find_report_problems(build_report(replace(facts, incident_at=None), clock.now), clock.now)
    with pytest.raises(ReportDocumentInvalidError) as refused:
        check_document(problems)
    assert refused.value.problems == problems


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=300),
    url=st.text(max_size=40),
    address=st.text(max_size=20) | st.ip_addresses().map(str),
    port=st.none() | st.integers(-5, 70_000),
    hours=st.integers(-400, 400),
)
def test_any_recorded_text_gives_a_valid_report(
    facts: ReportFacts, clock, text: str, url: str, address: str, port: int | None, hours: int
) -> None:
    at = clock.now + timedelta(hours=hours)
    capture = IpCapture(address, at=at, port=port)
    account = replace(
        facts.account,
        screen_name=text,
        display_name=text,
        email=url,
        profile_url=url,
        bio=text,
        suspended_at=at,
        ip_captures=(capture,),
    )
    file = replace(
        facts.files[0], original_file_name=text, url=url, uploaded_at=at, ip_capture=capture, additional_info=(text,)
    )
    hostile = replace(facts, account=account, files=(file,), incident_at=at, additional_info=(text,))
    assert find_report_problems(build_report(hostile, clock.now), clock.now) == []
    assert find_file_problems(build_file_details(file, 1, FILE_ID, clock.now), clock.now) == []
