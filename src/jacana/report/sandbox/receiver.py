"""What the sandbox does with each call, in the documented order of checks. Knows nothing of HTTP or of faults."""

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from jacana.model.clock import Clock
from jacana.report.batched import is_batched
from jacana.report.rules import check_file_rules, check_report_rules
from jacana.report.sandbox.machine import ReceivedFile, ReceivedReport, Stage, judge_access, settle_expiry
from jacana.report.sandbox.replies import SUCCESS, Reply, refuse
from jacana.report.sandbox.store import Shelf
from jacana.report.schema import DocumentProblem, validate_schema
from jacana.report.xml import XmlInvalidError, parse_xml

_SHOWN_PROBLEMS = 50
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who may log in, and what they may do."""

    user: str
    password: str
    may_submit: bool = True
    may_update: bool = True


@dataclass(frozen=True, slots=True)
class SentFile:
    """An uploaded file as it arrived: counted and hashed, not kept."""

    name: str
    md5: str
    size_bytes: int


class Receiver:
    """Receives reports of several accounts."""

    def __init__(self, shelf: Shelf, accounts: Sequence[Account], clock: Clock, *, edition: str = "2025") -> None:
        self.shelf, self._clock, self._edition = shelf, clock, edition
        self._accounts = {account.user: account for account in accounts}

    @property
    def edition(self) -> str:
        """Edition of the schema that documents are checked against."""
        return self._edition

    def log_in(self, user: str, password: str) -> Account | None:
        """Return the account if the password is right."""
        account = self._accounts.get(user)
        expected = account.password if account else secrets.token_hex(8)
        return account if hmac.compare_digest(password.encode(), expected.encode()) else None

    def status(self, account: Account, address: str) -> Reply:
        """Answer who is calling."""
        return Reply(SUCCESS, f"Remote User : {account.user}, Remote Ip : {address}")

    def submit(self, account: Account, body: bytes, *, lenient: bool = False) -> Reply:
        """Open a report."""
        if not account.may_submit:
            return refuse(3100)
        now = self._clock()
        root = self._read_document(body, "report", lambda root: [] if lenient else check_report_rules(root, now))
        if isinstance(root, Reply):
            return root
        report_id = self.shelf.add_report(account.user, body, is_batched(root), now)
        return Reply(SUCCESS, "Success", report_id)

    def upload(self, account: Account, id_text: str | None, file: SentFile | None) -> Reply:
        """Add a file to an open report."""
        if not account.may_update:
            return refuse(3300)
        if file is None:
            return refuse(4000, "the form field file is missing")
        report = self._find_open(account, id_text)
        if isinstance(report, Reply):
            return report
        if file.size_bytes == 0:
            return refuse(4200, "the file is empty")
        received = ReceivedFile(secrets.token_hex(16), file.name, file.md5, file.size_bytes, self._clock())
        self.shelf.add_file(report.id, received)
        return Reply(SUCCESS, "Success", report.id, received.id, received.md5)

    def describe_file(self, account: Account, body: bytes, *, lenient: bool = False) -> Reply:
        """Take the description of an uploaded file."""
        if not account.may_update:
            return refuse(3300)
        now = self._clock()
        root = self._read_document(body, "fileDetails", lambda root: self._check_file(root, now, lenient))
        if isinstance(root, Reply):
            return root
        report = self._load(int(root.findtext("reportId") or 0), now)
        file_id = (root.findtext("fileId") or "").strip()
        code = judge_access(report, account.user)
        if code == 5001 or report is None:
            return refuse(5001)
        file = report.find_file(file_id)
        if file is None:
            return refuse(code if report.stage is Stage.RETRACTED else 5002)
        if code:
            return refuse(code)
        if file.details is not None:
            return refuse(1300, "the file was described before")
        self.shelf.set_details(report.id, file_id, body, now)
        return Reply(SUCCESS, "Success", report.id)

    def finish(self, account: Account, id_text: str | None) -> Reply:
        """Close a report for good."""
        report = self._find_for_closing(account, id_text)
        if isinstance(report, Reply):
            return report
        if report.batched and len(report.files) > 1:
            return refuse(4100, "a batched report holds at most one file; retract it and submit again")
        self.shelf.close_report(report.id, Stage.FINISHED, self._clock())
        return Reply(SUCCESS, "", report.id, file_ids=tuple(file.id for file in report.files))

    def retract(self, account: Account, id_text: str | None) -> Reply:
        """Withdraw an open report."""
        report = self._find_for_closing(account, id_text)
        if isinstance(report, Reply):
            return report
        self.shelf.close_report(report.id, Stage.RETRACTED, self._clock())
        return Reply(SUCCESS, "Success", report.id)

    def list_reports(self) -> list[ReceivedReport]:
        """Return every report as it stands now."""
        now = self._clock()
        return [settle_expiry(report, now) for report in self.shelf.list_reports()]

    def _find_for_closing(self, account: Account, id_text: str | None) -> ReceivedReport | Reply:
        return self._find_open(account, id_text) if account.may_update else refuse(3300)

    def _find_open(self, account: Account, id_text: str | None) -> ReceivedReport | Reply:
        text = (id_text or "").strip()
        if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST_ID:
            return refuse(4000, "the form field id is missing or not a number")
        report = self._load(int(text), self._clock())
        code = judge_access(report, account.user)
        return refuse(code) if code or report is None else report

    def _load(self, report_id: int, now: datetime) -> ReceivedReport | None:
        report = self.shelf.load_report(report_id)
        if report is None:
            return None
        settled = settle_expiry(report, now)
        if settled.stage is Stage.EXPIRED and report.stage is Stage.OPEN:
            self.shelf.close_report(report.id, Stage.EXPIRED, settled.closed_at or now)
        return settled

    def _check_file(self, root: etree._Element, now: datetime, lenient: bool) -> list[DocumentProblem]:
        if lenient:
            return []
        report = self.shelf.load_report(int(root.findtext("reportId") or 0))
        return check_file_rules(root, now, batched=report is not None and report.batched)

    def _read_document(
        self, body: bytes, root_name: str, check_rules: Callable[[etree._Element], list[DocumentProblem]]
    ) -> etree._Element | Reply:
        try:
            root = parse_xml(body)
        except XmlInvalidError as problem:
            return refuse(4110, problem.message)
        problems = validate_schema(root, root_name, self._edition) or check_rules(root)
        if problems:
            return refuse(4100, "\n".join(str(problem) for problem in problems[:_SHOWN_PROBLEMS]))
        return root
