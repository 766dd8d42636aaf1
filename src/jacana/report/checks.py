"""What keeps a report from being approved, and what NCMEC would miss in it. Pure; reads facts, changes nothing."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from jacana.report.facts import FileFacts, Reporter, ReportFacts
from jacana.report.values import is_absolute_url, is_email

_RESERVED_DOMAINS = ("example", "example.com", "example.net", "example.org", "invalid", "test", "localhost")
_PLACEHOLDERS = ("changeme", "change me", "todo", "your company", "acme", "john doe", "jane doe", "xxx")
_REAL_ENVIRONMENTS = ("ncmec-test", "production")


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason not to file: the field as the facts name it, what is wrong, and what to do."""

    field: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of what NCMEC needs is there: `score` of `total` points, and what is missing, most important first.

    NCMEC sorts reports into referrals and informational ones; a missing upload address, time or user data is the main
    cause of the latter.
    """

    score: int
    total: int
    missing: tuple[str, ...]


def check_facts(facts: ReportFacts, environment: str) -> list[Problem]:
    """Return what must be put right before approval. Placeholders are refused where a real receiver would see them."""
    problems = [*_check_reporter(facts.reporter)]
    if environment in _REAL_ENVIRONMENTS:
        problems += _check_placeholders(facts.reporter)
    if facts.incident_at is None:
        problems.append(Problem("incident_at", "no time of the incident was recorded", "record when it was uploaded"))
    if not facts.files and not facts.additional_info:
        problems.append(Problem("files", "the report has neither a file nor a text", "discard the draft"))
    if not facts.account.esp_identifier.strip():
        problems.append(Problem("account.esp_identifier", "the account has no identifier", "report a known account"))
    for number, file in enumerate(facts.files):
        problems += _check_file(f"files[{number}]", file)
    return problems


def _check_reporter(reporter: Reporter) -> list[Problem]:
    problems = [
        Problem(f"reporter.{name}", "is empty", f"set {setting}")
        for name, setting, value in (
            ("company", "reporter_company", reporter.company),
            ("first_name", "reporter_first_name", reporter.first_name),
            ("last_name", "reporter_last_name", reporter.last_name),
        )
        if not value.strip()
    ]
    if not is_email(reporter.email):
        problems.append(Problem("reporter.email", "is not an e-mail address; NCMEC needs one", "set reporter_email"))
    if reporter.terms_url and not is_absolute_url(reporter.terms_url):
        problems.append(Problem("reporter.terms_url", "is not an absolute URL", "set reporter_terms_url to https://…"))
    return problems


def _check_placeholders(reporter: Reporter) -> list[Problem]:
    problems = [
        Problem(f"reporter.{name}", "looks like a placeholder", f"set reporter_{name} to the real value")
        for name, value in (
            ("company", reporter.company),
            ("first_name", reporter.first_name),
            ("last_name", reporter.last_name),
        )
        if value.strip().lower() in _PLACEHOLDERS
    ]
    for name, domain in (
        ("email", reporter.email.rpartition("@")[2]),
        ("terms_url", urlsplit(reporter.terms_url).hostname or ""),
    ):
        if _is_reserved(domain):
            remedy = f"set reporter_{name} to the real address"
            problems.append(Problem(f"reporter.{name}", "uses a domain that is reserved for examples", remedy))
    return problems


def _is_reserved(domain: str) -> bool:
    lowered = domain.strip().lower().rstrip(".")
    return any(lowered == reserved or lowered.endswith(f".{reserved}") for reserved in _RESERVED_DOMAINS)


def _check_file(field: str, file: FileFacts) -> list[Problem]:
    problems = []
    if file.exif_viewed and not file.viewed_by_esp:
        problems.append(Problem(f"{field}.exif_viewed", "claims more than the view", "take both from the view log"))
    if file.classification is not None and not file.classified_by:
        problems.append(
            Problem(f"{field}.classification", "was not set by a person", "let a reviewer classify, or leave it out")
        )
    if file.size_bytes <= 0:
        problems.append(Problem(f"{field}.size_bytes", "the file is empty", "leave the file out of the report"))
    return problems


def rate_completeness(facts: ReportFacts) -> Completeness:
    """Return the score of one report: each wish counts once per report, or once per file where it is about files."""
    wishes = [
        *[wish for number, file in enumerate(facts.files, 1) for wish in _file_wishes(number, file)],
        ("an e-mail address of the account", facts.account.email),
        ("a log-in or registration address of the account", facts.account.ip_captures),
        ("a screen name or display name", facts.account.screen_name or facts.account.display_name),
        ("a device of the account", facts.account.devices or [file.device for file in facts.files if file.device]),
        ("the address where the content was", [file.url for file in facts.files if file.url]),
    ]
    missing = tuple(name for name, value in wishes if not value)
    return Completeness(len(wishes) - len(missing), len(wishes), missing)


def _file_wishes(number: int, file: FileFacts) -> list[tuple[str, object]]:
    capture = file.ip_capture
    return [
        (f"the upload address of file {number}", capture),
        (f"the time of the upload address of file {number}", capture is None or capture.at),
        (f"the upload time of file {number}", file.uploaded_at),
        (f"a person's view of the whole of file {number}", file.viewed_by_esp),
        (f"a person's classification of file {number}", file.classification if file.classified_by else None),
    ]
