"""What the contract tests of the port cannot reach: batched mode, rights, lenience, forms that lack a field."""

from datetime import timedelta

import pytest

from jacana.report.document import build_file_details, build_report
from jacana.report.facts import ReportFacts
from jacana.report.sandbox.machine import Stage
from jacana.report.sandbox.receiver import Account, Receiver, SentFile
from jacana.report.sandbox.store import Shelf

MINE = Account("a", "b")
FILE = SentFile("clip.mp4", "0" * 32, 5)
BATCHED = b"""<report><batchedReport reason="VIRAL_POTENTIAL_MEME"/>
<incidentSummary><incidentType>Child Sex Tourism</incidentType>
<incidentDateTime>2026-01-01T00:00:00Z</incidentDateTime></incidentSummary>
<reporter><reportingPerson><email>a@b.example</email></reportingPerson></reporter>
<personOrUserReported><espIdentifier>1</espIdentifier></personOrUserReported>
<personOrUserReported><espIdentifier>2</espIdentifier></personOrUserReported></report>"""


@pytest.fixture
def receiver(clock) -> Receiver:
    return Receiver(Shelf(), [MINE], clock)


def _describe(report_id: int, file_id: str, inside: str) -> bytes:
    return f"<fileDetails><reportId>{report_id}</reportId><fileId>{file_id}</fileId>{inside}</fileDetails>".encode()


def test_a_batched_report_with_two_files_cannot_be_finished(receiver: Receiver) -> None:
    report_id = receiver.submit(MINE, BATCHED).report_id or 0
    first = receiver.upload(MINE, str(report_id), FILE).file_id or ""
    assert receiver.describe_file(MINE, _describe(report_id, first, "")).code == 4100
    viral = "<fileRelevance>Reported</fileRelevance><fileAnnotations><viral/></fileAnnotations>"
    assert receiver.describe_file(MINE, _describe(report_id, first, viral)).code == 0
    receiver.upload(MINE, str(report_id), FILE)
    assert receiver.finish(MINE, str(report_id)).code == 4100
    assert receiver.retract(MINE, str(report_id)).code == 0


def test_two_reported_people_need_batched_mode(receiver: Receiver) -> None:
    single = BATCHED.replace(b'<batchedReport reason="VIRAL_POTENTIAL_MEME"/>', b"")
    assert receiver.submit(MINE, single).code == 4100
    assert receiver.submit(MINE, single, lenient=True).code == 0


def test_uploads_and_descriptions_move_the_expiry(receiver: Receiver, facts: ReportFacts, clock) -> None:
    report_id = receiver.submit(MINE, build_report(facts, clock.now)).report_id or 0
    clock.advance(23.5 * 3600)
    file_id = receiver.upload(MINE, str(report_id), FILE).file_id or ""
    clock.advance(0.9 * 3600)
    details = build_file_details(facts.files[0], report_id, file_id, clock.now - timedelta(seconds=1))
    assert receiver.describe_file(MINE, details).code == 0
    clock.advance(0.9 * 3600)
    assert receiver.list_reports()[0].stage is Stage.OPEN
    clock.advance(0.1 * 3600)
    assert receiver.list_reports()[0].stage is Stage.EXPIRED
    assert receiver.finish(MINE, str(report_id)).code == 5001
    assert receiver.describe_file(MINE, details).code == 5001


@pytest.mark.parametrize("id_text", [None, "", "x", "-1", "٣", str(2**63)])
def test_an_id_that_is_no_number_is_an_invalid_request(receiver: Receiver, id_text: str | None) -> None:
    assert receiver.finish(MINE, id_text).code == 4000
    assert receiver.upload(MINE, id_text, FILE).code == 4000


def test_a_missing_file_is_an_invalid_request(receiver: Receiver) -> None:
    assert receiver.upload(MINE, "1", None).code == 4000


def test_rights_come_before_everything_else(receiver: Receiver) -> None:
    nobody = Account("n", "n", may_submit=False, may_update=False)
    assert receiver.submit(nobody, b"").code == 3100
    for code in (
        receiver.upload(nobody, None, None).code,
        receiver.describe_file(nobody, b"").code,
        receiver.finish(nobody, None).code,
        receiver.retract(nobody, None).code,
    ):
        assert code == 3300


def test_a_wrong_root_is_a_failed_validation(receiver: Receiver) -> None:
    assert receiver.submit(MINE, b"<fileDetails/>").code == 4100
    assert receiver.describe_file(MINE, b"<report/>").code == 4100


def test_log_in(receiver: Receiver) -> None:
    assert receiver.log_in("a", "b") == MINE
    assert receiver.log_in("a", "c") is None
    assert receiver.log_in("☂", "b") is None
    assert receiver.log_in("a", "☂") is None
