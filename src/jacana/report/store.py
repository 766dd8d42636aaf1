"""Rows of reports, their files and their calls.

Facts, document and problems are sealed for their report: they hold personal data, or quote it.
"""

import base64
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from jacana.db.engine import Connection
from jacana.db.sealing import FieldSealer
from jacana.db.tables.report import report_calls, report_files, report_reports
from jacana.model.errors import ThingNotFoundError
from jacana.report.facts import ReportFacts, facts_from_json, facts_to_json
from jacana.report.record import Report, ReportCall, ReportFile
from jacana.report.states import ReportState

_LIST_LIMIT = 500
_PROBLEM_LENGTH = 400


class ReportNotFoundError(ThingNotFoundError):
    """There is no such report."""

    code = "report.not_found"


class ReportStore:
    """Reads and writes reports inside the caller's transaction."""

    def __init__(self, sealer: FieldSealer) -> None:
        self._sealer = sealer

    def insert_draft(self, connection: Connection, *, id: str, case_id: str, account_id: str, now: datetime) -> bool:
        """Add an empty draft that later files of the case join. Return False if the case has an open draft already."""
        row = {
            "id": id,
            "case_id": case_id,
            "account_id": account_id,
            "draft_key": case_id,
            "state": ReportState.DRAFT.value,
            "version": 1,
            "attempt": 0,
            "fence": 0,
            "created_at": now,
        }
        try:
            with connection.begin_nested():
                connection.execute(report_reports.insert().values(row))
        except IntegrityError:
            return False
        return True

    def find_draft(self, connection: Connection, case_id: str) -> str | None:
        """Return the id of the case's open draft, locked until the transaction ends."""
        query = sa.select(report_reports.c.id).where(report_reports.c.draft_key == case_id).with_for_update()
        return connection.execute(query).scalar_one_or_none()

    def find_report_of(self, connection: Connection, case_id: str, upload_id: str) -> str | None:
        """Return the newest report of the case that has this upload and was not given up."""
        query = (
            sa.select(report_reports.c.id)
            .join(report_files, report_files.c.report_id == report_reports.c.id)
            .where(report_reports.c.case_id == case_id, report_files.c.upload_id == upload_id)
            .where(report_reports.c.state != ReportState.RETRACTED.value)
            .order_by(report_reports.c.created_at.desc())
        )
        return connection.execute(query.limit(1)).scalar_one_or_none()

    def add_file(self, connection: Connection, report_id: str, *, id: str, upload_id: str, sha256: str) -> None:
        """Add a file at the end."""
        last = sa.select(sa.func.max(report_files.c.position)).where(report_files.c.report_id == report_id)
        position = (connection.execute(last).scalar_one() or 0) + 1
        connection.execute(
            report_files.insert().values(
                id=id, report_id=report_id, upload_id=upload_id, sha256=sha256, position=position
            )
        )

    def remove_file(self, connection: Connection, report_id: str, upload_id: str) -> bool:
        """Take a file out. Return whether it was there."""
        gone = connection.execute(
            report_files.delete().where(report_files.c.report_id == report_id, report_files.c.upload_id == upload_id)
        )
        return gone.rowcount == 1

    def update_file(self, connection: Connection, file_id: str, **values: Any) -> None:
        """Write columns of one file."""
        connection.execute(report_files.update().where(report_files.c.id == file_id).values(**values))

    def forget_uploads(self, connection: Connection, report_id: str) -> None:
        """Clear the remote fields of every file: the attempt they belonged to is gone."""
        connection.execute(
            report_files.update()
            .where(report_files.c.report_id == report_id)
            .values(remote_id=None, md5_answer=None, uploaded_at=None, described_at=None)
        )

    def load(self, connection: Connection, report_id: str, *, lock: bool = False) -> Report:
        """Return one report, its row locked until the transaction ends if `lock`. Raises ReportNotFoundError."""
        query = sa.select(report_reports).where(report_reports.c.id == report_id)
        row = connection.execute(query.with_for_update() if lock else query).first()
        if row is None:
            raise ReportNotFoundError(f"there is no report {report_id}")
        return self._read_row(connection, row)

    def list_reports(
        self, connection: Connection, state: ReportState | None, case_id: str | None, account_id: str | None
    ) -> list[Report]:
        """Return at most 500 reports, newest first."""
        query = sa.select(report_reports).order_by(report_reports.c.created_at.desc(), report_reports.c.id.desc())
        for column, value in (("state", state and state.value), ("case_id", case_id), ("account_id", account_id)):
            if value is not None:
                query = query.where(report_reports.c[column] == value)
        return [self._read_row(connection, row) for row in connection.execute(query.limit(_LIST_LIMIT)).all()]

    def update(self, connection: Connection, report_id: str, *, fence: int | None = None, **values: Any) -> bool:
        """Write columns; with `fence` only if nobody has taken the lease since. Return whether it was written."""
        if "problem" in values:
            values["problem"] = self._seal_problem(report_id, values["problem"])
        query = report_reports.update().where(report_reports.c.id == report_id)
        if fence is not None:
            query = query.where(report_reports.c.fence == fence)
        return connection.execute(query.values(**values)).rowcount == 1

    def take_lease(self, connection: Connection, report_id: str, fence: int, until: datetime) -> None:
        """Write a new fencing token and the end of its lease; the caller holds the row."""
        query = report_reports.update().where(report_reports.c.id == report_id)
        connection.execute(query.values(fence=fence, lease_until=until))

    def seal_facts(self, report_id: str, facts: ReportFacts) -> dict[str, str]:
        """Return facts as the JSON that the facts column of this report holds."""
        sealed = self._sealer.seal(json.dumps(facts_to_json(facts), sort_keys=True), f"report.facts:{report_id}")
        return {"sealed": base64.b64encode(sealed).decode()}

    def seal_document(self, report_id: str, document: bytes) -> bytes:
        """Return a document as the document column of this report holds it."""
        return self._sealer.seal(document.decode(), f"report.document:{report_id}")

    def add_calls(self, connection: Connection, report_id: str, calls: Iterable[ReportCall]) -> None:
        """Record calls that were made."""
        for call in calls:
            connection.execute(
                report_calls.insert().values(
                    report_id=report_id,
                    attempt=call.attempt,
                    remote_id=call.remote_id,
                    endpoint=call.endpoint,
                    at=call.at,
                    http_status=call.http_status,
                    response_code=call.response_code,
                    request_id=call.request_id,
                    problem=self._seal_problem(report_id, call.problem),
                )
            )

    def list_calls(self, connection: Connection, report_id: str) -> list[ReportCall]:
        """Return every call made for a report, in order."""
        query = sa.select(report_calls).where(report_calls.c.report_id == report_id).order_by(report_calls.c.id)
        return [
            ReportCall(
                endpoint=row.endpoint,
                at=row.at,
                attempt=row.attempt,
                remote_id=row.remote_id,
                http_status=row.http_status,
                response_code=row.response_code,
                request_id=row.request_id,
                problem=self._open_problem(report_id, row.problem),
            )
            for row in connection.execute(query)
        ]

    def _read_row(self, connection: Connection, row: Any) -> Report:
        values = {name: row._mapping[name] for name in Report.__dataclass_fields__ if name in row._mapping}
        values["state"] = ReportState(row.state)
        values["facts"] = None if row.facts is None else self._open_facts(row.id, row.facts)
        values["document"] = (
            None if row.document is None else self._sealer.open(row.document, f"report.document:{row.id}").encode()
        )
        values["problem"] = self._open_problem(row.id, row.problem)
        return Report(**values, files=self._list_files(connection, row.id))

    def _open_facts(self, report_id: str, sealed: dict[str, str]) -> ReportFacts:
        opened = self._sealer.open(base64.b64decode(sealed["sealed"]), f"report.facts:{report_id}")
        return facts_from_json(json.loads(opened))

    def _seal_problem(self, report_id: str, problem: str | None) -> bytes | None:
        return self._sealer.seal(problem[:_PROBLEM_LENGTH], f"report.problem:{report_id}") if problem else None

    def _open_problem(self, report_id: str, sealed: bytes | None) -> str | None:
        return None if sealed is None else self._sealer.open(sealed, f"report.problem:{report_id}")

    def _list_files(self, connection: Connection, report_id: str) -> tuple[ReportFile, ...]:
        query = sa.select(report_files).where(report_files.c.report_id == report_id).order_by(report_files.c.position)
        return tuple(
            ReportFile(**{name: row._mapping[name] for name in ReportFile.__dataclass_fields__})
            for row in connection.execute(query)
        )
