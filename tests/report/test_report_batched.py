import pytest

from jacana.report.batched import check_batched_file, check_batched_report, is_batched
from jacana.report.xml import parse_xml


def _report(inside: str) -> list[str]:
    root = parse_xml(f'<report><batchedReport reason="VIRAL_POTENTIAL_MEME"/>{inside}</report>'.encode())
    assert is_batched(root)
    return [str(element.tag) for element, _ in check_batched_report(root)]


def _file(inside: str) -> list[str]:
    root = parse_xml(f"<fileDetails>{inside}</fileDetails>".encode())
    return [str(element.tag) for element, _ in check_batched_file(root)]


def test_a_batched_report_names_many_accounts_by_id_only() -> None:
    user = "<personOrUserReported><espIdentifier>1</espIdentifier></personOrUserReported>"
    assert _report(user + user) == []
    named = "<personOrUserReported><espIdentifier>1</espIdentifier><screenName>x</screenName></personOrUserReported>"
    assert _report(user + named) == ["personOrUserReported"]


@pytest.mark.parametrize("name", ["internetDetails", "lawEnforcement", "intendedRecipient", "victim", "additionalInfo"])
def test_a_batched_report_has_no_other_parts(name: str) -> None:
    assert _report(f"<{name}/>") == [name]


def test_other_reports_are_left_alone() -> None:
    assert list(check_batched_report(parse_xml(b"<report><victim/></report>"))) == []


def test_a_batched_file_is_viral_and_reported() -> None:
    reported = "<fileRelevance>Reported</fileRelevance>"
    assert _file(reported + "<fileAnnotations><viral/></fileAnnotations>") == []
    assert _file(reported + "<potentialMeme>true</potentialMeme>") == []
    assert _file(reported) == ["fileDetails"]
    assert _file(reported + "<fileAnnotations><viral/><infant/></fileAnnotations>") == ["fileDetails"]
    assert _file("<fileAnnotations><viral/></fileAnnotations>") == ["fileDetails"]
    assert _file(reported + "<fileAnnotations><viral/></fileAnnotations><ipCaptureEvent/>") == ["ipCaptureEvent"]
