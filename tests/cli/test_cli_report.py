"""`jacana report …` over a real database: what it prints, what it decides, how it exits."""

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from jacana.audit import list_entries
from jacana.cli import report as report_command
from jacana.db.engine import Database
from jacana.db.sealing import FieldSealer
from jacana.report.desk import ReportDesk
from jacana.report.facts import FileFacts, IncidentType, ReportedAccount, Reporter, ReportFacts
from jacana.report.memory import MemoryCyberTipline
from jacana.report.sandbox.receiver import Account, Receiver
from jacana.report.sandbox.store import Shelf
from jacana.settings import Settings

SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # of b"hello"


@pytest.fixture
def stages(sqlite_url: str, clock, monkeypatch: pytest.MonkeyPatch):
    settings = Settings(
        cybertip_environment="sandbox",
        cybertip_sandbox_url="http://127.0.0.1:1/ispws",
        cybertip_username="a",
        cybertip_password="b",
        reporter_email="safety@video.example",
    )
    receiver = Receiver(Shelf(), [Account("a", "b")], clock)
    database = Database(sqlite_url)
    desk = ReportDesk(
        database,
        lambda *_: MemoryCyberTipline(receiver, "a", "b"),
        lambda *_: iter([b"hello"]),
        FieldSealer(bytes(32)),
        clock,
        settings,
    )
    wired = SimpleNamespace(db=database, reports=desk, receiver=receiver, clock=clock)

    @contextmanager
    def open_stages():
        yield wired

    monkeypatch.setattr(report_command, "open_stages", open_stages)
    yield wired
    database.close()


def _approved(stages) -> str:
    file = FileFacts("up_1", SHA256, "5d41402abc4b2a76b9719d911017c592", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", 5)
    facts = ReportFacts(
        "case_1",
        IncidentType.CHILD_PORNOGRAPHY,
        datetime(2026, 11, 22, 9, tzinfo=UTC),
        None,
        Reporter("Video Network", "Ada", "Ode", "safety@video.example"),
        ReportedAccount("account-1"),
        (file,),
    )
    with stages.db.write() as connection:
        report_id = stages.reports.draft(connection, "case_1", "account-1", "up_1", SHA256)
        version = stages.reports.load(connection, report_id).version
        stages.reports.approve(connection, report_id, version, "user_1", facts)
    return report_id


def _stuck(stages) -> str:
    report_id = _approved(stages)
    with stages.db.write() as connection:
        stages.reports._store.update(connection, report_id, state="needs_person", problem="code 4100: a rule")
    return report_id


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(report_command.app, arguments, env={"COLUMNS": "240"}, catch_exceptions=False)
    return result.exit_code, result.output


@pytest.fixture(autouse=True)
def wide_console(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    class Late(Console):
        """A console that prints to whatever standard output is at the time."""

    monkeypatch.setattr(report_command, "console", Late(width=240, highlight=False))


def test_no_reports(stages) -> None:
    assert _run("list") == (0, "No reports.\n")


def test_a_filed_report_is_listed_and_shown(stages) -> None:
    report_id = _approved(stages)
    stages.reports.file(report_id)
    status, listed = _run("list", "--state", "filed", "--case", "case_1")
    assert (status, report_id in listed, "sandbox" in listed) == (0, True, True)
    assert _run("list", "--state", "draft")[1] == "No reports.\n"
    status, shown = _run("show", report_id)
    assert status == 0
    for expected in ("state        filed", "sent as", "memory-1", "submit", "fileinfo", "finish", "by user_1"):
        assert expected in shown


def test_the_document_is_printed_as_it_is_sent(stages) -> None:
    report_id = _approved(stages)
    status, printed = _run("preview", report_id)
    assert status == 0
    with stages.db.read() as connection:
        assert printed.strip() == stages.reports.load(connection, report_id).document.decode().strip()
        assert stages.receiver.list_reports() == []


def test_a_draft_has_no_document(stages) -> None:
    with stages.db.write() as connection:
        report_id = stages.reports.draft(connection, "case_1", "account-1", "up_1", SHA256)
    assert _run("preview", report_id)[0] == 1


@pytest.mark.parametrize(
    ("flag", "state", "verb"),
    [
        ("--again", "approved", "report.sent_again"),
        ("--stop", "retracted", "report.retracted"),
        ("--redraft", "draft", "report.redrafted"),
    ],
)
def test_a_person_decides(stages, flag: str, state: str, verb: str) -> None:
    report_id = _stuck(stages)
    status, said = _run("resolve", report_id, flag, "--reason", "asked")
    assert (status, f"is now {state}" in said) == (0, True)
    with stages.db.read() as connection:
        last = [entry for _, entry in list_entries(connection, subject=report_id)][-1]
    assert last.verb == verb
    assert last.actor.startswith("cli:")


@pytest.mark.parametrize("flags", [(), ("--again", "--stop")])
def test_one_decision_is_needed(stages, flags: tuple[str, ...]) -> None:
    with pytest.raises(report_command.DecisionMissingError) as refused:
        _run("resolve", "report_x", *flags)
    assert refused.value.remedy


def test_retract(stages) -> None:
    report_id = _stuck(stages)
    assert _run("retract", report_id, "--reason", "mistake") == (0, f"{report_id} is retracted.\n")


def test_retract_of_what_is_finished_tells_the_truth(stages) -> None:
    report_id = _approved(stages)
    stages.reports.file(report_id)
    remote = stages.receiver.list_reports()[0].id
    with stages.db.write() as connection:
        stages.reports._store.update(connection, report_id, state="finishing", remote_id=remote)
    status, said = _run("retract", report_id, "--reason", "late")
    assert (status, "was finished already" in said) == (1, True)
