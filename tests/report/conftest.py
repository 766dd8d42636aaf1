"""A complete set of facts, a sandbox on loopback in both modes, and a report desk that files with it."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from jacana.db.engine import Database
from jacana.db.sealing import FieldSealer
from jacana.model.verdict import Classification
from jacana.report.cybertipline import CyberTipline
from jacana.report.desk import ReportDesk
from jacana.report.facts import (
    CaptureEvent,
    DeviceCapture,
    FileFacts,
    FileHash,
    IncidentType,
    IpCapture,
    ReportedAccount,
    Reporter,
    ReportFacts,
)
from jacana.report.ncmec import NcmecCyberTipline
from jacana.report.record import Report
from jacana.report.sandbox.receiver import Account
from jacana.report.sandbox.server import SandboxServer
from jacana.settings import Settings

UPLOADED_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
USER, PASSWORD = "video", "sandbox-password"
CONTENTS = {"up_1": b"first clip " * 5000, "up_2": b"second clip " * 3000}


def make_file(upload_id: str, **changes) -> FileFacts:
    content = CONTENTS[upload_id]
    facts = FileFacts(
        upload_id=upload_id,
        sha256=hashlib.sha256(content).hexdigest(),
        md5=hashlib.md5(content).hexdigest(),
        sha1=hashlib.sha1(content).hexdigest(),
        size_bytes=len(content),
        original_file_name="clip one.mp4",
        uploaded_at=UPLOADED_AT,
        url=f"https://video.example/v/{upload_id}",
        publicly_available=False,
        hashes=(FileHash("PDQ", "ab" * 32),),
        ip_capture=IpCapture("192.0.2.7", CaptureEvent.UPLOAD, UPLOADED_AT, False, 50123),
        device=DeviceCapture("app install id", "device-1", CaptureEvent.UPLOAD, UPLOADED_AT),
        additional_info=("It matches an entry of the bank demo in 4 seconds.",),
    )
    return replace(facts, **changes)


def make_facts(*uploads: str, case_id: str = "case_1", account_id: str = "account-1") -> ReportFacts:
    return ReportFacts(
        case_id=case_id,
        incident_type=IncidentType.CHILD_PORNOGRAPHY,
        incident_at=UPLOADED_AT,
        incident_description="Time of the upload as recorded by the network",
        reporter=Reporter("Video Network", "Ada", "Ode", "safety@video.example", "https://video.example/terms"),
        account=ReportedAccount(
            esp_identifier=account_id,
            screen_name="some.name",
            display_name="Some Name ☂",
            email="someone@mail.example",
            profile_url="https://video.example/u/some.name",
            bio="likes <tags> & ampersands",
            suspended_at=UPLOADED_AT + timedelta(minutes=3),
            banned_at=UPLOADED_AT + timedelta(minutes=9),
            ip_captures=(IpCapture("2001:db8::7", CaptureEvent.LOGIN, UPLOADED_AT),),
            devices=(DeviceCapture("app install id", "device-1"),),
        ),
        files=tuple(make_file(upload) for upload in uploads or ("up_1",)),
        additional_info=("Found by screening.",),
    )


@pytest.fixture
def facts() -> ReportFacts:
    """Facts of one file that a person viewed whole and classified."""
    whole = make_facts()
    viewed = replace(whole.files[0], viewed_by_esp=True, classification=Classification.B2, classified_by="user_1")
    return replace(whole, files=(viewed,))


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings(
        cybertip_environment="sandbox",
        cybertip_sandbox_url="http://127.0.0.1:1/ispws",
        cybertip_username=USER,
        cybertip_password=PASSWORD,
        cybertip_timeout_seconds=5,
        reporter_company="Video Network",
        reporter_first_name="Ada",
        reporter_last_name="Ode",
        reporter_email="safety@video.example",
        reporter_terms_url="https://video.example/terms",
    )


@pytest.fixture(params=["modern", "legacy"])
def sandbox(request: pytest.FixtureRequest, clock) -> Iterator[SandboxServer]:
    """A real sandbox server; every test that takes it runs in modern and in legacy mode."""
    faults = ["legacy"] if request.param == "legacy" else []
    with SandboxServer([Account(USER, PASSWORD), Account("other", "other")], clock=clock, faults=faults) as server:
        yield server


@pytest.fixture
def sealer() -> FieldSealer:
    return FieldSealer(bytes(32))


@dataclass
class Filing:
    """A desk over one database, and shorthand for what tests do with it."""

    db: Database
    desk: ReportDesk
    settings: Settings
    clock: Callable[[], datetime]
    reads: list[tuple[str, str, str]] = field(default_factory=list)

    def draft(self, *uploads: str, case_id: str = "case_1") -> str:
        with self.db.write() as connection:
            for upload in uploads:
                sha256 = hashlib.sha256(CONTENTS[upload]).hexdigest()
                report_id = self.desk.draft(connection, case_id, "account-1", upload, sha256)
        return report_id

    def approve(self, report_id: str, facts: ReportFacts) -> None:
        with self.db.write() as connection:
            version = self.desk.load(connection, report_id).version
            self.desk.approve(connection, report_id, version, "user_1", facts)

    def approved(self, *uploads: str) -> str:
        report_id = self.draft(*(uploads or ("up_1",)))
        self.approve(report_id, make_facts(*(uploads or ("up_1",))))
        return report_id

    def load(self, report_id: str) -> Report:
        with self.db.read() as connection:
            return self.desk.load(connection, report_id)

    def calls(self, report_id: str) -> list[str]:
        with self.db.read() as connection:
            return [call.endpoint for call in self.desk.list_calls(connection, report_id)]


@pytest.fixture
def make_filing(database: Database, clock, settings: Settings, sealer: FieldSealer):
    """Build a Filing over a way to connect; the settings can be changed."""

    def make(connect: Callable[[str, str], CyberTipline], **changes) -> Filing:
        chosen = replace(settings, **changes)

        def open_file(sha256: str, actor: str, purpose: str) -> Iterator[bytes]:
            filing.reads.append((sha256, actor, purpose))
            content = next(data for data in CONTENTS.values() if hashlib.sha256(data).hexdigest() == sha256)
            yield from (content[start : start + 4096] for start in range(0, len(content), 4096))

        desk = ReportDesk(database, connect, open_file, sealer, clock, chosen)
        filing = Filing(database, desk, chosen, clock)
        return filing

    return make


@pytest.fixture
def filing(make_filing, sandbox: SandboxServer) -> Filing:
    """A desk that files with the sandbox server over HTTP."""

    def connect(environment: str, endpoint: str) -> CyberTipline:
        return NcmecCyberTipline(environment, endpoint, USER, PASSWORD, timeout_seconds=1.5)

    return make_filing(connect, cybertip_sandbox_url=sandbox.url)
