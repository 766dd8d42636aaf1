"""`jacana case` says in text what waits and what was decided."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from jacana.cli import case
from jacana.db.engine import Database
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.model.decision import Lane
from jacana.model.verdict import Classification, Verdict
from jacana.review.cases import DecisionForm
from jacana.review.desk import ReviewDesk
from jacana.review.errors import CaseMissingError

SHA256 = "ab" * 32


@pytest.fixture
def stages(sqlite_url: str, clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    wired = SimpleNamespace(db=Database(sqlite_url), clock=clock, desk=ReviewDesk(clock, 900, 10))

    @contextmanager
    def open_stages() -> Iterator[SimpleNamespace]:
        yield wired

    monkeypatch.setattr(case, "open_stages", open_stages)
    monkeypatch.setattr(case, "console", Console(width=300))
    yield wired
    wired.db.close()


def open_case(stages: SimpleNamespace, number: int) -> str:
    account_id, upload_id, now = f"acc_{number}", f"up_{number}", stages.clock()
    with stages.db.write() as connection:
        connection.execute(
            ingest_accounts.insert().values(id=account_id, state="active", first_seen_at=now, updated_at=now)
        )
        connection.execute(
            ingest_uploads.insert().values(
                id=upload_id,
                network_id=upload_id,
                account_id=account_id,
                visibility="public",
                state="held",
                md5="0" * 32,
                sha1="0" * 40,
                sha256=SHA256,
                size_bytes=1,
                received_at=now,
            )
        )
        return stages.desk.open_case(connection, account_id, Lane.APPARENT_CSAM, upload_id, SHA256)


def decide(stages: SimpleNamespace, case_id: str) -> str:
    with stages.db.write() as connection:
        lease = stages.desk.lease_case(connection, case_id, "anna")
        view = stages.desk.start_view(connection, "anna", case_id, SHA256)
        stages.desk.record_served(connection, view.id, "anna", 0, 1)
    stages.clock.advance(1)
    with stages.db.write() as connection:
        stages.desk.record_progress(
            connection, view.id, "anna", [], 1000, duration_seconds=None, size_bytes=1, readable=True
        )
        verdict, grade = Verdict.CONFIRMED, Classification.A1
        form = DecisionForm(case_id, SHA256, verdict, grade, "as the bank says", "anna", lease.token, lease.version)
        return stages.desk.decide(connection, form).id


def run(*arguments: str) -> Result:
    return CliRunner().invoke(case.app, [*arguments])


def test_an_empty_queue_says_so(stages: SimpleNamespace) -> None:
    assert run("list").output == "No open cases.\n"
    assert run("list", "--account", "acc_9").output == "No cases of account acc_9.\n"


def test_the_queue_names_the_case_that_covers(stages: SimpleNamespace) -> None:
    first = open_case(stages, 1)
    stages.clock.advance(3000)
    second = open_case(stages, 2)
    stages.clock.advance(700)
    lines = run("list").output.splitlines()
    row = next(line for line in lines if line.split("│")[1:2] and first in line.split("│")[1])
    copy = next(line for line in lines if line.split("│")[1:2] and second in line.split("│")[1])
    assert "overdue" in row
    assert "needed" in row
    assert "1 of 1" in row
    assert "overdue" not in copy
    assert f"no view needed: covered by {first}" in copy


def test_a_case_is_shown_with_its_verdict_before_and_after(stages: SimpleNamespace) -> None:
    case_id = open_case(stages, 1)
    assert f"{SHA256} of up_1: undecided" in run("show", case_id).output
    decision_id = decide(stages, case_id)
    pending = run("show", case_id).output
    assert "confirmed, can be undone" in pending
    assert f"{decision_id}: confirmed A1 by anna, who had seen the whole file" in pending
    assert "as the bank says" in pending
    with stages.db.write() as connection:
        stages.desk.settle(connection, decision_id)
    settled = run("show", case_id).output
    assert "state        closed" in settled
    assert f"{SHA256} of up_1: confirmed\n" in settled
    closed = run("list", "--account", "acc_1").output
    assert case_id in closed
    assert "closed" in closed


def test_an_undone_verdict_is_shown_as_such(stages: SimpleNamespace) -> None:
    case_id = open_case(stages, 1)
    decision_id = decide(stages, case_id)
    with stages.db.write() as connection:
        stages.desk.undo(connection, decision_id, "anna")
    shown = run("show", case_id).output
    assert "undecided" in shown
    assert "undone 2026-11-22T12:00:01.000Z" in shown


def test_a_missing_case_is_an_error_with_a_code(stages: SimpleNamespace) -> None:
    assert isinstance(run("show", "case_none").exception, CaseMissingError)
