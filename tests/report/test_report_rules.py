from datetime import UTC, datetime

import pytest

from jacana.report.rules import check_file_rules, check_report_rules
from jacana.report.schema import validate_schema
from jacana.report.xml import parse_xml

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REPORTER = "<reporter><reportingPerson><email>a@b.example</email></reportingPerson></reporter>"


def _report(body: str = "", *, summary: str = "", details: str = "", reporter: str = REPORTER) -> list[str]:
    document = (
        f"<report><incidentSummary><incidentType>Child Sex Tourism</incidentType>{summary}"
        f"<incidentDateTime>2026-01-01T00:00:00Z</incidentDateTime></incidentSummary>{details}{reporter}{body}</report>"
    )
    root = parse_xml(document.encode())
    assert validate_schema(root, "report") == []
    return [problem.rule.removeprefix("rule ") for problem in check_report_rules(root, NOW)]


def _person(inside: str) -> str:
    return _user(f"<personOrUserReportedPerson>{inside}</personOrUserReportedPerson>")


def _user(inside: str) -> str:
    return f"<personOrUserReported>{inside}</personOrUserReported>"


def _file(inside: str) -> list[str]:
    root = parse_xml(f"<fileDetails><reportId>1</reportId><fileId>a</fileId>{inside}</fileDetails>".encode())
    assert validate_schema(root, "fileDetails") == []
    return [problem.rule.removeprefix("rule ") for problem in check_file_rules(root, NOW)]


def test_a_plain_report_breaks_no_rule() -> None:
    assert _report(_user("<espIdentifier>x</espIdentifier>")) == []


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        (_user(f"<espIdentifier>{'x' * 256}</espIdentifier>"), "espIdentifier"),
        (_user("<profileUrl>video.example</profileUrl>"), "profileUrl"),
        (_user("<ipCaptureEvent><ipAddress>1.2.3</ipAddress></ipCaptureEvent>"), "ipAddress"),
        (_user("<ipCaptureEvent><ipAddress> </ipAddress></ipCaptureEvent>"), "ipAddress"),
        (_user("<deviceId><idType/><idValue>1</idValue></deviceId>"), "idType"),
        (
            _user(
                "<ipCaptureEvent><ipAddress>1.2.3.4</ipAddress><dateTime>2026-11-22T12:00:01Z</dateTime></ipCaptureEvent>"
            ),
            "dateTime",
        ),
        (
            _user(
                "<ipCaptureEvent><ipAddress>1.2.3.4</ipAddress><dateTime>2026-11-22T11:00:00</dateTime></ipCaptureEvent>"
            ),
            "dateTime",
        ),
        (_user("<priorCTReports>0</priorCTReports>"), "priorCTReports"),
        (
            _user('<accountTemporarilyDisabled disabledDate="2027-01-01T00:00:00Z">true</accountTemporarilyDisabled>'),
            "accountTemporarilyDisabled",
        ),
        (
            _user(
                '<accountPermanentlyDisabled disabledDate="2026-01-02T00:00:00Z" '
                'userNotifiedDate="2026-01-01T00:00:00Z">true</accountPermanentlyDisabled>'
            ),
            "accountPermanentlyDisabled",
        ),
        (
            _user(
                '<accountTemporarilyDisabled disabledDate="2026-01-02T00:00:00Z" '
                'reenabledDate="2026-01-02T00:00:00Z">true</accountTemporarilyDisabled>'
            ),
            "accountTemporarilyDisabled",
        ),
        (_user("<estimatedLocation><city>x</city></estimatedLocation>"), "estimatedLocation"),
        (
            _user("<estimatedLocation><region>Illinois</region><countryCode>US</countryCode></estimatedLocation>"),
            "estimatedLocation",
        ),
        (
            _user("<estimatedLocation><city>x</city><countryCode>US</countryCode></estimatedLocation>"),
            "estimatedLocation",
        ),
        (_user("<estimatedLocation><countryCode>AP</countryCode></estimatedLocation>"), "countryCode"),
        (
            _user(
                '<associatedAccount type="Other"><approximateAge>3</approximateAge>'
                "<dateOfBirth>2020-01-01</dateOfBirth></associatedAccount>"
            ),
            "associatedAccount",
        ),
        (_person("<email>no address</email>"), "email"),
        (_person("<dateOfBirth>2026-11-22</dateOfBirth>"), "dateOfBirth"),
        (_person('<email verificationDate="2026-01-01T00:00:00Z">a@b.example</email>'), "email"),
        (_person('<phone countryCallingCode="+41">+41 79 000</phone>'), "phone"),
        (_person('<phone extension="12345678901">1</phone>'), "phone"),
        (_user("<screenName>a</screenName>") + _user("<screenName>b</screenName>"), "personOrUserReported"),
    ],
)
def test_each_rule_of_people_and_accounts(body: str, broken: str) -> None:
    assert _report(body) == [broken]


def test_the_reporter_needs_an_email() -> None:
    assert _report(reporter="<reporter><reportingPerson/></reporter>") == ["reportingPerson"]


def test_an_escalation_needs_a_reason() -> None:
    assert _report(summary="<escalateToHighPriority> </escalateToHighPriority>") == ["escalateToHighPriority"]


def test_an_email_incident_is_about_someone_in_the_report() -> None:
    incident = "<emailIncident><emailAddress>Some@one.example</emailAddress></emailIncident>"
    details = f"<internetDetails>{incident}</internetDetails>"
    assert _report(details=details) == ["emailAddress"]
    assert _report(_person("<email>some@one.example</email>"), details=details) == []


def test_reenabling_may_lie_in_the_future() -> None:
    body = (
        '<accountTemporarilyDisabled disabledDate="2026-01-01T00:00:00Z" '
        'reenabledDate="2030-01-01T00:00:00Z">true</accountTemporarilyDisabled>'
    )
    assert _report(_user(body)) == []


@pytest.mark.parametrize(
    ("inside", "broken"),
    [
        ("<locationOfFile>https://a.example/ x</locationOfFile>", "locationOfFile"),
        ("<fileViewedByEsp>false</fileViewedByEsp><exifViewedByEsp>true</exifViewedByEsp>", "fileDetails"),
        (
            "<fileRelevance>Supplemental Reported</fileRelevance><industryClassification>A1</industryClassification>",
            "fileDetails",
        ),
        (f'<originalFileHash hashType="{"x" * 65}">a</originalFileHash>', "originalFileHash"),
        (
            f"<details><nameValuePair><name>{'n' * 65}</name><value/></nameValuePair></details>",
            "name",
        ),
    ],
)
def test_each_rule_of_files(inside: str, broken: str) -> None:
    assert _file(inside) == [broken]


def test_a_plain_file_breaks_no_rule() -> None:
    assert _file("<fileViewedByEsp>true</fileViewedByEsp><exifViewedByEsp>1</exifViewedByEsp>") == []
