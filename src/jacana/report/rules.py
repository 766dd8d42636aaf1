"""The documented rules that no schema can state: limits, times, URLs, and what must come together. Pure.

One list serves both sides: the client checks what it is about to send, the sandbox what it was sent.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from lxml import etree

from jacana.report.batched import check_batched_file, check_batched_report
from jacana.report.limits import ATTRIBUTE_LENGTHS, limit_of
from jacana.report.schema import DocumentProblem
from jacana.report.values import is_absolute_url, is_email, is_ip_address, parse_timestamp
from jacana.report.xml import line_of

Element = etree._Element
_PAST_ELEMENTS = ("incidentDateTime", "dateTime", "uploadedToEspTimestamp")
_PAST_ATTRIBUTES = ("verificationDate", "disabledDate", "userNotifiedDate", "timestamp")
_URLS = ("url", "profileUrl", "legalURL", "locationOfFile")
_EMAILS = ("email", "emailAddress")
_NOT_BLANK = ("escalateToHighPriority", "idType", "idValue", "fileId", "ipAddress")
_LEGACY_COUNTRIES = ("", "A1", "A2", "O1", "AP", "EU", "FX", "AN")
_REPORT_ID_MINIMUM = 1

Finding = tuple[Element, str]


def check_report_rules(root: Element, now: datetime) -> list[DocumentProblem]:
    """Return the rules that a schema-valid `<report>` breaks at the moment `now`."""
    return _problems(root, [*_general(now), _reporter_email, _incident_emails, _reported_count, check_batched_report])


def check_file_rules(root: Element, now: datetime, *, batched: bool = False) -> list[DocumentProblem]:
    """Return the rules that a schema-valid `<fileDetails>` breaks; `batched` is the mode of its report."""
    checks = [*_general(now), _file_claims]
    return _problems(root, [*checks, check_batched_file] if batched else checks)


def _problems(root: Element, checks: list[Callable[[Element], Iterator[Finding]]]) -> list[DocumentProblem]:
    return [
        DocumentProblem(line_of(element), 1, f"rule {element.tag}", message)
        for check in checks
        for element, message in check(root)
    ]


def _general(now: datetime) -> list[Callable[[Element], Iterator[Finding]]]:
    return [
        _lengths,
        _not_blank,
        _addresses,
        lambda root: _times(root, now),
        lambda root: _birth_dates(root, now.astimezone(UTC).date()),
        _verification,
        _phones,
        _countries,
        _locations,
        _account_states,
        _ages,
        _prior_reports,
    ]


def _text(element: Element) -> str:
    return element.text or ""


def _lengths(root: Element) -> Iterator[Finding]:
    for element in root.iter(etree.Element):
        parent = element.getparent()
        limit = limit_of("" if parent is None else str(parent.tag), str(element.tag))
        if limit is not None and len(element) == 0 and len(_text(element)) > limit:
            yield element, f"the text is longer than {limit} characters"
        for name, longest in ATTRIBUTE_LENGTHS.items():
            if len(element.get(name, "")) > longest:
                yield element, f"the attribute {name} is longer than {longest} characters"


def _not_blank(root: Element) -> Iterator[Finding]:
    for element in root.iter(*_NOT_BLANK):
        if not _text(element).strip():
            yield element, "must not be blank"


def _addresses(root: Element) -> Iterator[Finding]:
    for element in root.iter(*_URLS):
        if not is_absolute_url(_text(element)):
            yield element, "must be an absolute URL without white space or control characters"
    for element in root.iter(*_EMAILS):
        if not is_email(_text(element)):
            yield element, "must be a well-formed e-mail address"
    for element in root.iter("ipAddress"):
        if _text(element).strip() and not is_ip_address(_text(element)):
            yield element, "must be an IPv4 or IPv6 address"


def _times(root: Element, now: datetime) -> Iterator[Finding]:
    for element in root.iter(*_PAST_ELEMENTS):
        if problem := _past(_text(element), now):
            yield element, problem
    for element in root.iter(etree.Element):
        for name in _PAST_ATTRIBUTES:
            value = element.get(name)
            if value is not None and (problem := _past(value, now)):
                yield element, f"{name} {problem}"


def _past(text: str, now: datetime) -> str | None:
    moment = parse_timestamp(text)
    if moment is None:
        return "must carry a time zone"
    return "must lie in the past" if moment > now else None


def _birth_dates(root: Element, today: date) -> Iterator[Finding]:
    for element in root.iter("dateOfBirth"):
        if _text(element).strip()[:10] >= today.isoformat():
            yield element, "must lie in the past"


def _verification(root: Element) -> Iterator[Finding]:
    for element in root.iter("phone", "phoneNumber", *_EMAILS):
        if element.get("verificationDate") is not None and element.get("verified") not in ("true", "1"):
            yield element, "verificationDate needs verified=true"


def _phones(root: Element) -> Iterator[Finding]:
    for element in root.iter("phone", "phoneNumber"):
        code = element.get("countryCallingCode")
        if code and _text(element).strip().startswith(code):
            yield element, "the text must not repeat countryCallingCode"


def _countries(root: Element) -> Iterator[Finding]:
    for element in root.iter("country", "countryCode"):
        if _text(element).strip() in _LEGACY_COUNTRIES:
            yield element, "must be an ISO 3166-1 alpha-2 code"


def _locations(root: Element) -> Iterator[Finding]:
    for element in root.iter("estimatedLocation"):
        region, country = element.findtext("region") or "", element.findtext("countryCode")
        if country is None:
            yield element, "needs a countryCode"
        elif country == "US" and region and not (len(region) == 2 and region.isascii() and region.isupper()):
            yield element, "with countryCode US the region must be a postal abbreviation"
        elif country == "US" and element.findtext("city") and not region:
            yield element, "with countryCode US a city needs a region"


def _account_states(root: Element) -> Iterator[Finding]:
    for element in root.iter("accountTemporarilyDisabled", "accountPermanentlyDisabled"):
        disabled, notified, enabled = (
            parse_timestamp(element.get(name, "")) for name in ("disabledDate", "userNotifiedDate", "reenabledDate")
        )
        if disabled and notified and notified < disabled:
            yield element, "userNotifiedDate must not be before disabledDate"
        if disabled and enabled and enabled <= disabled:
            yield element, "reenabledDate must be after disabledDate"


def _ages(root: Element) -> Iterator[Finding]:
    for element in root.iter("associatedAccount"):
        if element.find("approximateAge") is not None and element.find("dateOfBirth") is not None:
            yield element, "approximateAge and dateOfBirth exclude each other"


def _prior_reports(root: Element) -> Iterator[Finding]:
    for element in root.iter("priorCTReports", "priorCTReport"):
        if int(_text(element) or 0) < _REPORT_ID_MINIMUM:
            yield element, "must be a report id"


def _reporter_email(root: Element) -> Iterator[Finding]:
    for person in root.findall("reporter/reportingPerson"):
        if person.find("email") is None:
            yield person, "needs at least one email"


def _incident_emails(root: Element) -> Iterator[Finding]:
    people = ("personOrUserReported", "intendedRecipient", "victim")
    known = {_text(item).strip().lower() for name in people for item in root.findall(f"{name}//email")}
    for element in root.iter("emailAddress"):
        if _text(element).strip().lower() not in known:
            yield element, "must also be an email of a reported person, recipient or victim"


def _reported_count(root: Element) -> Iterator[Finding]:
    reported = root.findall("personOrUserReported")
    if len(reported) > 1 and root.find("batchedReport") is None:
        yield reported[1], "only a batched report may name more than one"


def _file_claims(root: Element) -> Iterator[Finding]:
    if _is_true(root, "exifViewedByEsp") and not _is_true(root, "fileViewedByEsp"):
        yield root, "exifViewedByEsp true needs fileViewedByEsp true"
    if root.findtext("fileRelevance") == "Supplemental Reported":
        for name in ("industryClassification", "potentialMeme", "fileAnnotations/potentialMeme"):
            if root.find(name) is not None:
                yield root, f"a supplemental file must not carry {name}"


def _is_true(root: Element, name: str) -> bool:
    return (root.findtext(name) or "").strip() in ("true", "1")
