"""Builds the XML documents of the CyberTipline from facts, in schema order, and checks them before anything is sent.

Says only what the facts say; anything that is None has no element.
"""

from datetime import datetime

from lxml import etree

from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError
from jacana.report.facts import DeviceCapture, FileFacts, IpCapture, ReportedAccount, ReportFacts
from jacana.report.rules import check_file_rules, check_report_rules
from jacana.report.schema import DocumentProblem, validate_schema
from jacana.report.usable import set_aside_unusable, usable_file
from jacana.report.xml import clean_text, parse_xml


class ReportDocumentInvalidError(InputInvalidError):
    """The document breaks our schema or a documented rule, so it is not sent."""

    code = "report.document_invalid"

    def __init__(self, problems: list[DocumentProblem]) -> None:
        names = ", ".join(dict.fromkeys(problem.rule for problem in problems))
        super().__init__(f"the report document breaks {len(problems)} rules ({names})", remedy="correct those facts")
        self.problems = problems


def build_report(facts: ReportFacts, now: datetime) -> bytes:
    """Return the `<report>` document as UTF-8 XML. Check it with `find_report_problems` before it is sent."""
    facts = set_aside_unusable(facts, now)
    root = etree.Element("report")
    _add_incident(root, facts)
    urls = list(dict.fromkeys(file.url for file in facts.files if file.url))
    if urls:
        page = _add(_add(root, "internetDetails"), "webPageIncident")
        for url in urls:
            _add(page, "url", url)
    _add_reporter(root, facts)
    _add_account(root, facts.account)
    _add(root, "additionalInfo", "\n".join((f"Case {facts.case_id}.", *facts.additional_info)))
    return _serialise(root)


def build_file_details(file: FileFacts, report_id: int, file_id: str, now: datetime) -> bytes:
    """Return the `<fileDetails>` document of one uploaded file as UTF-8 XML."""
    file = usable_file(file, now)
    root = etree.Element("fileDetails")
    _add(root, "reportId", str(report_id))
    _add(root, "fileId", file_id)
    _add(root, "originalFileName", file.original_file_name)
    _add(root, "uploadedToEspTimestamp", _moment(file.uploaded_at))
    _add(root, "locationOfFile", file.url)
    _add(root, "fileViewedByEsp", _boolean(file.viewed_by_esp))
    _add(root, "exifViewedByEsp", _boolean(file.viewed_by_esp and file.exif_viewed))
    _add(root, "publiclyAvailable", _boolean(file.publicly_available))
    _add(root, "fileRelevance", "Reported")
    if file.classification is not None and file.classified_by:
        _add(root, "industryClassification", file.classification.value)
    digests = (("MD5", file.md5), ("SHA1", file.sha1), ("SHA256", file.sha256))
    for kind, value in (*digests, *((item.type, item.value) for item in file.hashes)):
        _add(root, "originalFileHash", value, hashType=kind)
    if file.ip_capture is not None:
        _add_ip(root, file.ip_capture)
    if file.device is not None:
        _add_device(root, file.device)
    for line in file.additional_info:
        _add(root, "additionalInfo", line)
    return _serialise(root)


def find_report_problems(document: bytes, now: datetime) -> list[DocumentProblem]:
    """Return what the schema, or if it is content the rules, find wrong with a `<report>` document."""
    root = parse_xml(document)
    return validate_schema(root, "report") or check_report_rules(root, now)


def find_file_problems(document: bytes, now: datetime) -> list[DocumentProblem]:
    """Return what the schema, or if it is content the rules, find wrong with a `<fileDetails>` document."""
    root = parse_xml(document)
    return validate_schema(root, "fileDetails") or check_file_rules(root, now)


def check_document(problems: list[DocumentProblem]) -> None:
    """Raise ReportDocumentInvalidError unless the list is empty."""
    if problems:
        raise ReportDocumentInvalidError(problems)


def _add_incident(root: etree._Element, facts: ReportFacts) -> None:
    summary = _add(root, "incidentSummary")
    _add(summary, "incidentType", facts.incident_type.value)
    _add(summary, "platform", facts.reporter.company)
    _add(summary, "incidentDateTime", _moment(facts.incident_at))
    _add(summary, "incidentDateTimeDescription", facts.incident_description)


def _add_reporter(root: etree._Element, facts: ReportFacts) -> None:
    reporter = _add(root, "reporter")
    person = _add(reporter, "reportingPerson")
    _add(person, "firstName", facts.reporter.first_name)
    _add(person, "lastName", facts.reporter.last_name)
    _add(person, "email", facts.reporter.email)
    _add(reporter, "termsOfService", facts.reporter.terms_url or None)


def _add_account(root: etree._Element, account: ReportedAccount) -> None:
    block = _add(root, "personOrUserReported")
    if account.email:
        _add(_add(block, "personOrUserReportedPerson"), "email", account.email)
    _add(block, "espIdentifier", account.esp_identifier)
    _add(block, "screenName", account.screen_name)
    _add(block, "displayName", account.display_name)
    _add(block, "profileUrl", account.profile_url)
    _add(block, "profileBio", account.bio)
    for capture in account.ip_captures:
        _add_ip(block, capture)
    for device in account.devices:
        _add_device(block, device)
    if account.suspended_at is not None:
        _add(block, "accountTemporarilyDisabled", "true", disabledDate=_moment(account.suspended_at))
    if account.banned_at is not None:
        _add(block, "accountPermanentlyDisabled", "true", disabledDate=_moment(account.banned_at))


def _add_ip(parent: etree._Element, capture: IpCapture) -> None:
    element = _add(parent, "ipCaptureEvent")
    _add(element, "ipAddress", capture.address)
    _add(element, "eventName", capture.event)
    _add(element, "dateTime", _moment(capture.at))
    _add(element, "possibleProxy", _boolean(capture.possible_proxy))
    _add(element, "port", None if capture.port is None else str(capture.port))


def _add_device(parent: etree._Element, device: DeviceCapture) -> None:
    element = _add(parent, "deviceId")
    _add(element, "idType", device.id_type)
    _add(element, "idValue", device.id_value)
    _add(element, "eventName", device.event)
    _add(element, "dateTime", _moment(device.at))


_CONTAINER = ""


def _add(parent: etree._Element, name: str, text: str | None = _CONTAINER, **attributes: str | None) -> etree._Element:
    """Append `name`; with text None nothing is appended, because the fact was not recorded."""
    if text is None:
        return parent
    element = etree.SubElement(parent, name, {key: value for key, value in attributes.items() if value is not None})
    if text:
        element.text = clean_text(text)
    return element


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _boolean(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _serialise(root: etree._Element) -> bytes:
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
