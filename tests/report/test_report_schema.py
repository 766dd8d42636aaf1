import pytest

from jacana.report.schema import schema_bytes, validate_schema
from jacana.report.xml import parse_xml

REPORT = """<report>
<incidentSummary><incidentType>Child Sex Tourism</incidentType>{summary}
<incidentDateTime>2026-01-01T00:00:00Z</incidentDateTime></incidentSummary>
<reporter><reportingPerson><email>a@b.example</email></reportingPerson></reporter>
{rest}</report>"""


def _validate(summary: str = "", rest: str = "", edition: str = "2025") -> list[str]:
    root = parse_xml(REPORT.format(summary=summary, rest=rest).encode())
    return [str(problem) for problem in validate_schema(root, "report", edition)]


def test_the_smallest_report_is_valid() -> None:
    assert _validate() == []


def test_an_answer_is_no_report() -> None:
    root = parse_xml(b"<reportResponse><responseCode>0</responseCode><responseDescription/></reportResponse>")
    assert validate_schema(root, "reportResponse") == []
    assert [problem.rule for problem in validate_schema(root, "report")] == ["cvc-elt.1"]


@pytest.mark.parametrize("annotation", ["<informational/>", "<potentialAggravatingFactors/>", "<instrumentalUse/>"])
def test_elements_of_2026_need_their_edition(annotation: str) -> None:
    summary = f"<reportAnnotations><spam/>{annotation}</reportAnnotations>"
    assert _validate(summary)
    assert _validate(summary, edition="2026") == []


def test_the_discrepancy_of_an_age_is_new_in_2026() -> None:
    person = "<age>12</age><ageAssertionDiscrepancy>true</ageAssertionDiscrepancy>"
    victim = f"<victim><victimPerson>{person}</victimPerson></victim>"
    assert _validate(rest=victim)
    assert _validate(rest=victim, edition="2026") == []


def test_annotations_come_in_any_order_once_and_only_true() -> None:
    def annotate(inside: str) -> list[str]:
        return _validate(f"<reportAnnotations>{inside}</reportAnnotations>")

    assert annotate("<spam>true</spam><sextortion/>") == annotate("<sextortion/><spam/>") == []
    assert annotate("<spam/><spam/>")
    assert annotate("<spam>false</spam>")


def test_a_problem_reads_like_ncmecs() -> None:
    problem = _validate("<platform>x</platform><platform>y</platform>")[0]
    assert problem.startswith("[2,1] - cvc-complex-type.2.4.a: ")
    problem = _validate(rest="<victim><victimPerson><age>151</age></victimPerson></victim>")[0]
    assert problem.startswith("[5,1] - cvc-maxinclusive-valid: ")


def test_wrong_order_is_found() -> None:
    assert _validate(rest="<victim><victimPerson/></victim><personOrUserReported/>")
    assert _validate(rest="<personOrUserReported/><victim><victimPerson/></victim>") == []


@pytest.mark.parametrize(("state", "valid"), [("", True), ("DC", True), ("PR", True), ("AS", False), ("XX", False)])
def test_states_of_the_us(state: str, valid: bool) -> None:
    address = f"<address><state>{state}</state></address>"
    assert (_validate(rest=f"<victim><victimPerson>{address}</victimPerson></victim>") == []) is valid


def test_the_served_schema_has_no_marks_of_ours() -> None:
    assert b"d26-informational" not in schema_bytes("2026")
    assert b"informational" not in schema_bytes("2025")
