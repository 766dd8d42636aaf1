"""Filing, step by step and through every fault: one finished report at the receiver, or a state that says why not."""

import hashlib
from dataclasses import replace

import pytest

from jacana.audit import list_entries, verify_log
from jacana.db.outbox import list_due
from jacana.model.fault import FAULT_POINTS
from jacana.report import filing as filing_module
from jacana.report.cybertipline import CyberTipline
from jacana.report.facts import digest_facts
from jacana.report.journal import FilingKind
from jacana.report.ncmec import NcmecCyberTipline
from jacana.report.sandbox.machine import Stage
from jacana.report.sandbox.server import SandboxServer
from jacana.report.states import ReportState, ReportStateConflictError

DAY = 24 * 3600
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where the database makes no difference, one is enough."""


def _count(sandbox: SandboxServer, stage: Stage) -> int:
    return sum(report.stage is stage for report in sandbox.receiver.list_reports())


def _file_until_settled(filing, report_id: str, tries: int = 12):
    """Call file again whenever it asks for it, letting the time pass that it asks for."""
    for _ in range(tries):
        outcome = filing.desk.file(report_id)
        if outcome.kind is not FilingKind.RETRY_AFTER:
            return outcome
        filing.clock.advance(outcome.seconds)
    raise AssertionError(f"not settled after {tries} tries: {outcome}")


@pytest.mark.parametrize("uploads", [("up_1",), ("up_1", "up_2")])
def test_a_report_is_filed(filing, sandbox: SandboxServer, uploads: tuple[str, ...]) -> None:
    report_id = filing.approved(*uploads)
    outcome = filing.desk.file(report_id)
    assert (outcome.kind, outcome.state, outcome.problem) == (FilingKind.DONE, ReportState.FILED, None)
    report = filing.load(report_id)
    received = sandbox.receiver.list_reports()
    assert [item.stage for item in received] == [Stage.FINISHED]
    assert report.remote_id == received[0].id
    assert report.receipt_complete
    assert b"reportDoneResponse" in (report.receipt or b"")
    assert report.filed_at == filing.clock()
    assert [file.remote_id for file in report.files] == [file.id for file in received[0].files]
    assert all(file.details for file in received[0].files)
    assert received[0].document == report.document
    assert filing.calls(report_id) == ["submit", *["upload", "fileinfo"] * len(uploads), "finish"]
    assert {read[1:] for read in filing.reads} == {("system", f"report:{report_id}")}
    assert report.lease_until is None


def test_everything_about_a_filing_is_recorded(filing) -> None:
    report_id = filing.approved()
    filing.desk.file(report_id)
    with filing.db.read() as connection:
        verbs = [entry.verb for _, entry in list_entries(connection, subject=report_id)]
        topics = [(row.topic, row.payload) for row in list_due(connection, filing.clock())]
        calls = filing.desk.list_calls(connection, report_id)
        assert verify_log(connection).green
    assert verbs == [
        "report.drafted",
        "report.file_added",
        "report.approved",
        "report.submitted",
        "report.opened",
        "report.upload_begun",
        "report.finish_begun",
        "report.filed",
    ]
    assert ("keep_report", {"report_id": report_id}) in topics
    assert all(call.request_id and call.response_code == 0 for call in calls)


@on_sqlite
def test_filing_again_changes_nothing(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved()
    filing.desk.file(report_id)
    before = filing.load(report_id)
    assert filing.desk.file(report_id).kind is FilingKind.DONE
    assert filing.load(report_id) == before
    assert len(sandbox.receiver.list_reports()) == 1


@on_sqlite
def test_a_draft_is_not_filed(filing) -> None:
    with pytest.raises(ReportStateConflictError):
        filing.desk.file(filing.draft("up_1"))


@on_sqlite
@pytest.mark.parametrize("endpoint", ["submit", "upload", "fileinfo", "finish"])
@pytest.mark.parametrize(
    "fault",
    [
        "code_1000",
        "code_1100",
        "code_1110",
        "code_1111",
        "code_1300",
        "http_429",
        "http_503",
        "drop_before_commit",
        "drop_after_commit",
        "missing_id",
        "invalid_xml",
        "huge_answer",
        "doctype_answer",
        "latin1_header",
    ],
)
def test_every_passing_fault_ends_in_one_finished_report(
    filing, sandbox: SandboxServer, fault: str, endpoint: str
) -> None:
    report_id = filing.approved()
    sandbox.switches.arm(fault, endpoint=endpoint)
    outcome = _file_until_settled(filing, report_id)
    assert (outcome.kind, outcome.state) == (FilingKind.DONE, ReportState.FILED)
    assert _count(sandbox, Stage.FINISHED) == 1
    finished = next(item for item in sandbox.receiver.list_reports() if item.stage is Stage.FINISHED)
    assert filing.load(report_id).remote_id == finished.id
    assert len(finished.files) == 1
    assert finished.files[0].details is not None
    assert _count(sandbox, Stage.OPEN) == 0


@on_sqlite
@pytest.mark.parametrize("fault", ["drop_after_commit", "invalid_xml"])
def test_a_lost_receipt_is_said(filing, sandbox: SandboxServer, fault: str) -> None:
    report_id = filing.approved()
    sandbox.switches.arm(fault, endpoint="finish")
    outcome = _file_until_settled(filing, report_id)
    report = filing.load(report_id)
    assert report.receipt_complete is False
    assert b"5102" in (report.receipt or b"")
    assert "receipt" in str(outcome.problem)


@on_sqlite
def test_an_unclear_submit_waits_until_the_orphan_has_expired(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved()
    sandbox.switches.arm("drop_after_commit", endpoint="submit")
    outcome = filing.desk.file(report_id)
    assert (outcome.kind, outcome.state) == (FilingKind.RETRY_AFTER, ReportState.AMBIGUOUS)
    assert outcome.seconds == 90_000
    filing.clock.advance(DAY)
    outcome = filing.desk.file(report_id)
    assert (outcome.kind, outcome.seconds) == (FilingKind.RETRY_AFTER, 90_000 - DAY)
    assert len(sandbox.receiver.list_reports()) == 1
    filing.clock.advance(outcome.seconds)
    assert filing.desk.file(report_id).kind is FilingKind.DONE
    assert [item.stage for item in sandbox.receiver.list_reports()] == [Stage.EXPIRED, Stage.FINISHED]
    assert filing.load(report_id).attempt == 2


@on_sqlite
@pytest.mark.parametrize("fault", ["code_1000", "code_1100", "code_1110", "code_1300", "http_503"])
def test_a_fault_of_the_server_at_submit_is_no_proof_that_nothing_was_opened(
    filing, sandbox: SandboxServer, fault: str
) -> None:
    report_id = filing.approved()
    sandbox.switches.arm(fault, endpoint="submit")
    outcome = filing.desk.file(report_id)
    assert (outcome.kind, outcome.state) == (FilingKind.RETRY_AFTER, ReportState.AMBIGUOUS)
    assert outcome.seconds == 90_000
    filing.clock.advance(3600)
    assert filing.desk.file(report_id).state is ReportState.AMBIGUOUS
    assert filing.calls(report_id) == ["submit"]


@on_sqlite
def test_a_receiver_that_is_busy_has_opened_nothing(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved()
    sandbox.switches.arm("http_429", endpoint="submit")
    outcome = filing.desk.file(report_id)
    assert (outcome.kind, outcome.state, outcome.seconds) == (FilingKind.RETRY_AFTER, ReportState.APPROVED, 5)


@on_sqlite
def test_submits_that_stay_unclear_for_a_week_need_a_person(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved()
    sandbox.switches.arm("drop_after_commit", endpoint="submit", always=True)
    outcome = _file_until_settled(filing, report_id)
    assert (outcome.kind, outcome.state) == (FilingKind.NEEDS_PERSON, ReportState.NEEDS_PERSON)
    assert 5 < filing.load(report_id).attempt < 10
    assert _count(sandbox, Stage.FINISHED) == 0


@on_sqlite
@pytest.mark.parametrize("decision", ["submit_again", "stop"])
def test_a_person_may_decide_on_an_unclear_submit(filing, sandbox: SandboxServer, decision: str) -> None:
    report_id = filing.approved()
    sandbox.switches.arm("drop_before_commit", endpoint="submit")
    filing.desk.file(report_id)
    with filing.db.write() as connection:
        filing.desk.resolve_ambiguous(connection, report_id, "user_2", decision, "asked NCMEC")
    outcome = filing.desk.file(report_id)
    expected = ReportState.FILED if decision == "submit_again" else ReportState.RETRACTED
    assert (outcome.kind, outcome.state) == (FilingKind.DONE, expected)
    assert _count(sandbox, Stage.FINISHED) == (decision == "submit_again")


@on_sqlite
def test_a_receiver_that_is_away_is_asked_later_and_nothing_is_ambiguous(make_filing, sandbox: SandboxServer) -> None:
    away = True

    def connect(environment: str, endpoint: str) -> CyberTipline:
        return NcmecCyberTipline(
            environment, "http://127.0.0.1:9/ispws" if away else endpoint, "video", "sandbox-password"
        )

    filing = make_filing(connect, cybertip_sandbox_url=sandbox.url)
    report_id = filing.approved()
    waits = [filing.desk.file(report_id).seconds for _ in range(3)]
    assert waits == [5, 30, 60]
    assert filing.load(report_id).state is ReportState.APPROVED
    away = False
    assert filing.desk.file(report_id).kind is FilingKind.DONE


@on_sqlite
def test_after_a_week_without_success_a_person_is_asked(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved()
    sandbox.switches.arm("http_429", endpoint="submit", always=True)
    waited = 0
    for _ in range(200):
        outcome = filing.desk.file(report_id)
        if outcome.kind is FilingKind.NEEDS_PERSON:
            break
        waited += outcome.seconds
        filing.clock.advance(outcome.seconds)
    assert outcome.kind is FilingKind.NEEDS_PERSON
    assert waited > 72 * 3600
    assert len(sandbox.receiver.list_reports()) == 0


@on_sqlite
def test_a_wrong_md5_needs_a_person_and_then_starts_again(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved()
    sandbox.switches.arm("wrong_md5")
    outcome = filing.desk.file(report_id)
    assert (outcome.kind, outcome.state) == (FilingKind.NEEDS_PERSON, ReportState.NEEDS_PERSON)
    assert "MD5" in str(outcome.problem)
    assert filing.desk.file(report_id).kind is FilingKind.NEEDS_PERSON
    assert _count(sandbox, Stage.FINISHED) == 0
    with filing.db.write() as connection:
        filing.desk.resolve_ambiguous(connection, report_id, "user_2", "submit_again")
    assert filing.desk.file(report_id).kind is FilingKind.DONE
    assert [item.stage for item in sandbox.receiver.list_reports()] == [Stage.RETRACTED, Stage.FINISHED]


@on_sqlite
def test_evidence_that_changed_is_not_described_as_the_original(filing, sandbox: SandboxServer, monkeypatch) -> None:
    report_id = filing.approved()
    monkeypatch.setattr(filing.desk._filer, "_open_file", lambda *_: iter([b"x" * 55_000]))
    outcome = filing.desk.file(report_id)
    assert outcome.kind is FilingKind.NEEDS_PERSON
    assert _count(sandbox, Stage.FINISHED) == 0


@on_sqlite
def test_another_file_list_in_the_receipt_is_an_alarm(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved("up_1", "up_2")
    sandbox.switches.arm("omit_file_id")
    outcome = filing.desk.file(report_id)
    assert (outcome.kind, outcome.state) == (FilingKind.DONE, ReportState.FILED)
    assert "ALARM" in str(outcome.problem)
    assert filing.load(report_id).problem == outcome.problem


@on_sqlite
@pytest.mark.parametrize("fault", ["code_9999"])
@pytest.mark.parametrize("endpoint", ["submit", "upload", "fileinfo", "finish"])
def test_a_code_nobody_knows_needs_a_person(filing, sandbox: SandboxServer, fault: str, endpoint: str) -> None:
    report_id = filing.approved()
    sandbox.switches.arm(fault, endpoint=endpoint)
    outcome = filing.desk.file(report_id)
    assert outcome.kind is FilingKind.NEEDS_PERSON
    assert "9999" in str(outcome.problem)
    with filing.db.write() as connection:
        filing.desk.resolve_ambiguous(connection, report_id, "user_2", "submit_again")
    assert filing.desk.file(report_id).kind is FilingKind.DONE
    assert _count(sandbox, Stage.FINISHED) == 1


@on_sqlite
def test_a_refused_log_in_stops_and_names_the_code(make_filing, sandbox: SandboxServer) -> None:
    def connect(environment: str, endpoint: str) -> CyberTipline:
        return NcmecCyberTipline(environment, endpoint, "video", "wrong")

    filing = make_filing(connect, cybertip_sandbox_url=sandbox.url)
    outcome = filing.desk.file(filing.approved())
    assert outcome.kind is FilingKind.NEEDS_PERSON
    assert "2000" in str(outcome.problem)


@on_sqlite
def test_another_account_in_the_settings_sends_nothing(filing, sandbox: SandboxServer, monkeypatch) -> None:
    report_id = filing.approved()
    changed = replace(filing.settings, cybertip_username="other")
    monkeypatch.setattr(filing.desk._filer, "_settings", changed)
    outcome = filing.desk.file(report_id)
    assert outcome.kind is FilingKind.RETRY_AFTER
    assert "account" in str(outcome.problem)
    assert sandbox.receiver.shelf.list_calls() == []


class PowerCut(BaseException):
    """Stands for SIGKILL: nothing in the code may catch it and clean up."""


REPORT_POINTS = [point for point in FAULT_POINTS if point.startswith("report.") and point != "report.after_draft"]


@on_sqlite
@pytest.mark.parametrize("point", REPORT_POINTS)
def test_a_crash_at_each_point_ends_in_one_finished_report(
    filing, sandbox: SandboxServer, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = filing.approved("up_1", "up_2")

    def cut(name: str) -> None:
        if name == point:
            raise PowerCut

    monkeypatch.setattr(filing_module, "fault", cut)
    monkeypatch.setattr(filing.desk._filer._journal, "release", lambda job: None)
    with pytest.raises(PowerCut):
        filing.desk.file(report_id)
    monkeypatch.undo()
    if point != "report.after_filed":
        waiting = filing.desk.file(report_id)
        assert waiting.kind is FilingKind.RETRY_AFTER, "the dead worker's lease still holds"
        filing.clock.advance(filing.settings.cybertip_lease_seconds)
    outcome = _file_until_settled(filing, report_id)
    assert (outcome.kind, outcome.state) == (FilingKind.DONE, ReportState.FILED)
    assert _count(sandbox, Stage.FINISHED) == 1
    assert _count(sandbox, Stage.OPEN) == 0
    finished = next(item for item in sandbox.receiver.list_reports() if item.stage is Stage.FINISHED)
    assert len(finished.files) == 2
    assert filing.load(report_id).remote_id == finished.id


def test_a_worker_that_lost_its_lease_finishes_nothing(filing, sandbox: SandboxServer, monkeypatch) -> None:
    report_id = filing.approved()
    rival = []

    def overtake(name: str) -> None:
        if name == "report.after_upload" and not rival:
            filing.clock.advance(filing.settings.cybertip_lease_seconds + 1)
            rival.append(True)
            rival.append(filing.desk.file(report_id))

    monkeypatch.setattr(filing_module, "fault", overtake)
    outcome = filing.desk.file(report_id)
    assert outcome.kind is FilingKind.RETRY_AFTER
    assert rival[1].kind is FilingKind.DONE
    assert [item.stage for item in sandbox.receiver.list_reports()] == [Stage.RETRACTED, Stage.FINISHED]
    assert filing.desk.file(report_id).kind is FilingKind.DONE


@on_sqlite
def test_a_long_upload_keeps_its_lease(filing, monkeypatch) -> None:
    report_id = filing.approved()
    opened = filing.desk._filer._open_file

    def slowly(*arguments: str):
        for chunk in opened(*arguments):
            filing.clock.advance(filing.settings.cybertip_lease_seconds * 0.5)
            yield chunk

    monkeypatch.setattr(filing.desk._filer, "_open_file", slowly)
    assert filing.desk.file(report_id).kind is FilingKind.DONE


@on_sqlite
def test_an_expired_report_is_started_again(filing, sandbox: SandboxServer, monkeypatch) -> None:
    report_id = filing.approved()

    def cut(name: str) -> None:
        if name == "report.before_finish":
            raise PowerCut

    monkeypatch.setattr(filing_module, "fault", cut)
    with pytest.raises(PowerCut):
        filing.desk.file(report_id)
    monkeypatch.undo()
    filing.clock.advance(2 * DAY)
    assert _file_until_settled(filing, report_id).state is ReportState.FILED
    assert [item.stage for item in sandbox.receiver.list_reports()] == [Stage.EXPIRED, Stage.FINISHED]


@on_sqlite
def test_retract_withdraws_an_open_report(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved()
    sandbox.switches.arm("wrong_md5")
    filing.desk.file(report_id)
    outcome = filing.desk.retract(report_id, "user:user_2", "the wrong account")
    assert (outcome.kind, outcome.state) == (FilingKind.DONE, ReportState.RETRACTED)
    assert [item.stage for item in sandbox.receiver.list_reports()] == [Stage.RETRACTED]
    assert filing.desk.file(report_id).state is ReportState.RETRACTED


@on_sqlite
def test_retract_of_an_approved_report_calls_nobody(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved()
    assert filing.desk.retract(report_id, "user:user_2", "mistake").state is ReportState.RETRACTED
    assert sandbox.receiver.shelf.list_calls() == []


@on_sqlite
def test_retract_of_a_finished_report_tells_the_truth(filing, sandbox: SandboxServer) -> None:
    report_id = filing.approved()
    sandbox.switches.arm("invalid_xml", endpoint="finish")
    filing.desk.file(report_id)
    assert filing.load(report_id).state is ReportState.FINISHING
    outcome = filing.desk.retract(report_id, "user:user_2", "too late")
    assert outcome.state is ReportState.FILED
    assert _count(sandbox, Stage.FINISHED) == 1


def _finish_answer_lost(filing, sandbox: SandboxServer, *, finished: bool = True) -> str:
    """A report that went back to draft after its finish had no answer; the receiver may have finished it."""
    report_id = filing.approved()
    sandbox.switches.arm("drop_after_commit" if finished else "drop_before_commit", endpoint="finish")
    filing.desk.file(report_id)
    with filing.db.write() as connection:
        filing.desk._store.update(connection, report_id, state="needs_person")
        filing.desk.resolve_ambiguous(connection, report_id, "user_2", "redraft")
    return report_id


@on_sqlite
def test_a_draft_that_may_be_finished_cannot_be_filed_a_second_time(filing, sandbox: SandboxServer) -> None:
    report_id = _finish_answer_lost(filing, sandbox)
    with pytest.raises(ReportStateConflictError, match="retract"), filing.db.write() as connection:
        filing.desk.discard(connection, report_id, "user_2", "start over")
    assert filing.draft("up_1") == report_id
    outcome = filing.desk.retract(report_id, "user:user_2", "start over")
    report = filing.load(report_id)
    assert (outcome.state, report.state, report.receipt_complete) == (ReportState.FILED, ReportState.FILED, False)
    assert report.receipt
    with filing.db.read() as connection:
        due = [(row.topic, row.payload) for row in list_due(connection, filing.clock())]
    assert ("keep_report", {"report_id": report_id}) in due
    assert filing.draft("up_1") == report_id
    assert _count(sandbox, Stage.FINISHED) == 1


@on_sqlite
def test_a_draft_that_is_only_open_is_retracted_at_the_receiver(filing, sandbox: SandboxServer) -> None:
    report_id = _finish_answer_lost(filing, sandbox, finished=False)
    outcome = filing.desk.retract(report_id, "user:user_2", "the wrong account")
    assert (outcome.kind, outcome.state) == (FilingKind.DONE, ReportState.RETRACTED)
    assert [item.stage for item in sandbox.receiver.list_reports()] == [Stage.RETRACTED]


@on_sqlite
def test_a_retract_of_a_draft_that_fails_leaves_it_a_draft(filing, sandbox: SandboxServer) -> None:
    report_id = _finish_answer_lost(filing, sandbox)
    for fault, kind in (("code_9999", FilingKind.NEEDS_PERSON), ("http_503", FilingKind.RETRY_AFTER)):
        filing.clock.advance(8 * DAY)
        sandbox.switches.arm(fault, endpoint="retract")
        outcome = filing.desk.retract(report_id, "user:user_2", "x")
        assert (outcome.kind, filing.load(report_id).state) == (kind, ReportState.DRAFT)
    assert filing.desk.retract(report_id, "user:user_2", "x").state is ReportState.FILED


@on_sqlite
def test_a_draft_that_was_never_sent_is_not_retracted(filing) -> None:
    with pytest.raises(ReportStateConflictError, match="discard"):
        filing.desk.retract(filing.draft("up_1"), "user:user_2", "x")


@on_sqlite
@pytest.mark.parametrize("changed", ["document", "facts", "document and its digest", "facts and their digest"])
def test_only_what_was_approved_is_sent(filing, sandbox: SandboxServer, changed: str) -> None:
    """Somebody who holds the field key writes another report into the row: the audit log still knows the right one."""
    report_id, store = filing.approved(), filing.desk._store
    report = filing.load(report_id)
    document = (report.document or b"").replace(b"some.name", b"another.name")
    facts = replace(report.facts, files=(replace(report.facts.files[0], viewed_by_esp=True),))
    values = {
        "document": {"document": store.seal_document(report_id, document)},
        "facts": {"facts": store.seal_facts(report_id, facts)},
    }[changed.split()[0]]
    if changed == "document and its digest":
        values["document_sha256"] = hashlib.sha256(document).hexdigest()
    if changed == "facts and their digest":
        values["facts_sha256"] = digest_facts(facts)
    with filing.db.write() as connection:
        store.update(connection, report_id, **values)
    outcome = filing.desk.file(report_id)
    assert (outcome.kind, outcome.state) == (FilingKind.NEEDS_PERSON, ReportState.NEEDS_PERSON)
    assert "approved" in str(outcome.problem)
    assert sandbox.receiver.shelf.list_calls() == []
