from dataclasses import replace

import pytest

from jacana.model.verdict import Classification
from jacana.report.checks import check_facts, rate_completeness
from jacana.report.facts import ReportFacts


def _fields(facts: ReportFacts, environment: str = "sandbox") -> list[str]:
    return [problem.field for problem in check_facts(facts, environment)]


def test_complete_facts_have_no_problem(facts: ReportFacts) -> None:
    assert _fields(facts) == []


@pytest.mark.parametrize("name", ["company", "first_name", "last_name", "email"])
def test_the_reporter_must_be_complete(facts: ReportFacts, name: str) -> None:
    assert _fields(replace(facts, reporter=replace(facts.reporter, **{name: " "}))) == [f"reporter.{name}"]


def test_terms_must_be_an_absolute_url(facts: ReportFacts) -> None:
    assert _fields(replace(facts, reporter=replace(facts.reporter, terms_url="video/terms"))) == ["reporter.terms_url"]


@pytest.mark.parametrize("environment", ["ncmec-test", "production"])
def test_placeholders_are_refused_where_ncmec_would_see_them(facts: ReportFacts, environment: str) -> None:
    assert _fields(facts, environment) == ["reporter.email", "reporter.terms_url"]
    named = replace(
        facts.reporter, company="Acme", email="a@video-network.com", terms_url="https://video-network.com/t"
    )
    assert _fields(replace(facts, reporter=named), environment) == ["reporter.company"]


def test_a_report_without_time_or_content_is_refused(facts: ReportFacts) -> None:
    assert _fields(replace(facts, incident_at=None)) == ["incident_at"]
    assert _fields(replace(facts, files=(), additional_info=())) == ["files"]
    assert _fields(replace(facts, account=replace(facts.account, esp_identifier=""))) == ["account.esp_identifier"]


def test_claims_about_a_file_need_a_person(facts: ReportFacts) -> None:
    file = replace(facts.files[0], classification=Classification.A1, classified_by=None)
    assert _fields(replace(facts, files=(file,))) == ["files[0].classification"]
    file = replace(facts.files[0], exif_viewed=True, viewed_by_esp=False)
    assert _fields(replace(facts, files=(file,))) == ["files[0].exif_viewed"]
    assert _fields(replace(facts, files=(replace(facts.files[0], size_bytes=0),))) == ["files[0].size_bytes"]


def test_completeness_names_what_ncmec_would_miss(facts: ReportFacts) -> None:
    whole = rate_completeness(facts)
    assert (whole.score, whole.missing) == (whole.total, ())
    poor = replace(facts.files[0], ip_capture=None, uploaded_at=None)
    rated = rate_completeness(replace(facts, files=(poor,), account=replace(facts.account, email=None)))
    assert rated.score == rated.total - 3
    assert rated.missing == (
        "the upload address of file 1",
        "the upload time of file 1",
        "an e-mail address of the account",
    )
