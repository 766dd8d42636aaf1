"""Wired stages on a fresh database, with the in-memory network and CyberTipline, and drawn clips to upload."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from account_steps import AccountSteps

from jacana.act.enforcement import Enforcement
from jacana.act.memory import MemoryNetwork
from jacana.app import build_stages, close_stages
from jacana.db.columns import metadata
from jacana.detect.media.banks.source import read_bank_source
from jacana.ingest.schema import UploadMetadata
from jacana.model.account import AccountState
from jacana.model.upload import UploadState, Visibility
from jacana.model.verdict import Verdict
from jacana.pipeline import reporting
from jacana.pipeline.inline import drain_outbox
from jacana.pipeline.stages import Stages
from jacana.report.desk import ReportDesk
from jacana.report.facts import fingerprint_facts
from jacana.report.memory import MemoryCyberTipline
from jacana.report.record import Report
from jacana.report.sandbox.receiver import Account, Receiver
from jacana.report.sandbox.store import Shelf
from jacana.review.cases import DecisionForm, ReviewDecision
from jacana.settings import load_settings
from jacana.simulate.clips import disguise_clip, draw_clip, truncate_file

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Short drawn clips: `known` is in the bank, `disguised` is a copy of it, `innocent` is not, `broken` is cut."""
    folder = tmp_path_factory.mktemp("clips")
    paths = {name: folder / f"{name}.mp4" for name in ("known", "disguised", "innocent", "broken")}
    draw_clip(paths["known"], 1, seconds=3, size=(320, 240))
    draw_clip(paths["innocent"], 2, seconds=2, size=(320, 240))
    disguise_clip(paths["known"], paths["disguised"])
    truncate_file(paths["innocent"], paths["broken"], 0.5)
    return paths


@pytest.fixture
def settings_environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "JACANA_DATA_DIR": str(tmp_path / "data"),
        "JACANA_DATABASE_URL": database_url,
        "JACANA_VAULT_KEY": KEY,
        "JACANA_FIELD_KEY": KEY,
        "JACANA_NETWORK_URL": "http://127.0.0.1:9/jacana",
        "JACANA_NETWORK_SECRET": "whsec_" + KEY,
        "JACANA_UPLOADS_LEGAL_BASIS": "test",
        "JACANA_ACCOUNTS_LEGAL_BASIS": "test",
        "JACANA_PUBLIC_TEXT_LEGAL_BASIS": "test",
        "JACANA_CYBERTIP_ENVIRONMENT": "sandbox",
        "JACANA_CYBERTIP_SANDBOX_URL": "http://127.0.0.1:9/ispws",
        "JACANA_CYBERTIP_USERNAME": "test",
        "JACANA_CYBERTIP_PASSWORD": "test",
        "JACANA_REPORTER_COMPANY": "Stand-in Network",
        "JACANA_REPORTER_FIRST_NAME": "Test",
        "JACANA_REPORTER_LAST_NAME": "Reporter",
        "JACANA_REPORTER_EMAIL": "reporter@network.example",
    }


@pytest.fixture
def network() -> MemoryNetwork:
    return MemoryNetwork()


@pytest.fixture
def stages(settings_environment: dict[str, str], clock, network: MemoryNetwork) -> Iterator[Stages]:
    built = build_stages(load_settings(environment=settings_environment), clock)
    enforcement = Enforcement(built.db, network, clock, built.settings.delivery_waits())
    shelf = Shelf()
    receiver = Receiver(shelf, [Account("test", "test")], clock)

    def connect(_environment: str, _endpoint: str) -> MemoryCyberTipline:
        return MemoryCyberTipline(receiver, "test", "test")

    reports = ReportDesk(built.db, connect, built.vault.read, built.sealer, clock, built.settings)
    yield replace(built, enforcement=enforcement, reports=reports)
    shelf.close()
    close_stages(built)


class Flow:
    """Drives wired stages as network, worker and reviewer would."""

    def __init__(self, stages: Stages, network: MemoryNetwork, clock, clips: dict[str, Path]) -> None:
        self.stages, self.network, self.clock, self.clips = stages, network, clock, clips
        self._load_bank()

    def _load_bank(self) -> None:
        source = read_bank_source(self.clips["known"], self.stages.screener)
        with self.stages.db.write() as connection:
            may_cause = ("hold", "suspend_account", "open_case", "draft_report")
            self.stages.banks.create(connection, "known", "drawn", None, may_cause, actor="test")
            self.stages.banks.add_entries(connection, "known", source.entries, "test")

    def grow_bank(self, clip: str) -> None:
        """Put one more clip into the bank; it matches from now on."""
        source = read_bank_source(self.clips[clip], self.stages.screener)
        with self.stages.db.write() as connection:
            self.stages.banks.add_entries(connection, "known", source.entries, "test")

    def upload(self, clip: str, account: str, visibility: Visibility) -> str:
        file = self.stages.intake.begin()
        file.write(self.bytes_of(clip))
        metadata = UploadMetadata.model_validate(
            {
                "network_id": f"{clip}-{account}",
                "account": {"id": account, "screen_name": account, "email": f"{account}@example.org"},
                "visibility": visibility.value,
                "uploaded_at": "2026-11-20T10:00:00Z",
                "ip": "192.0.2.44",
                "device_id": f"device-{account}",
            }
        )
        return self.stages.intake.accept(metadata, file, key_id="key_test").upload.id

    def drain(self, later_seconds: int = 60) -> list[str]:
        """Let time pass, then work everything that is due."""
        self.clock.advance(later_seconds)
        return drain_outbox(self.stages)

    def decide(self, case_id: str, upload_id: str, verdict: Verdict, classification=None) -> ReviewDecision:
        with self.stages.db.write() as connection:
            lease = self.stages.desk.lease_case(connection, case_id, "user_1")
            version = self.stages.desk.get_case(connection, case_id).head.version
            form = DecisionForm(
                case_id=case_id,
                sha256=self.sha256(upload_id),
                verdict=verdict,
                classification=classification,
                reason="the record is clear",
                user_id="user_1",
                lease_token=lease.token,
                version=version,
            )
            return self.stages.desk.decide(connection, form)

    def decide_only_case(self, upload_id: str, verdict: Verdict, classification=None) -> ReviewDecision:
        with self.stages.db.read() as connection:
            (row,) = self.stages.desk.list_queue(connection)
        return self.decide(row.case_id, upload_id, verdict, classification)

    def watch_only_case(self, upload_id: str) -> None:
        """Look at all of the upload's file, as the player would: bytes are sent, time passes, all is shown."""
        stages, sha256 = self.stages, self.sha256(upload_id)
        with stages.db.write() as connection:
            (row,) = stages.desk.list_queue(connection)
            stages.desk.lease_case(connection, row.case_id, "user_1")
            view = stages.desk.start_view(connection, "user_1", row.case_id, sha256)
            media = stages.screener.load_analysis(connection, sha256)
        sent = sum(map(len, stages.vault.read(sha256, "user:user_1", f"view:decide:{view.id}")))
        seconds = media.duration_seconds
        self.clock.advance(seconds)
        with stages.db.write() as connection:
            stages.desk.record_served(connection, view.id, "user_1", 0, sent)
            stages.desk.record_progress(
                connection,
                view.id,
                "user_1",
                [(0.0, seconds)],
                int(seconds * 1000),
                duration_seconds=seconds,
                size_bytes=stages.vault.size_of(connection, sha256),
                readable=media.readable,
            )

    def approve(self, report: Report) -> None:
        """Approve what the preview shows, as the console's form does."""
        _, facts, _ = reporting.preview_report(self.stages, report.id)
        shown = fingerprint_facts(facts, self.stages.settings.cybertip_environment)
        reporting.approve_report(self.stages, report.id, report.version, "user_1", shown)

    def upload_state(self, upload_id: str) -> UploadState:
        with self.stages.db.read() as connection:
            return self.stages.intake.load_upload(connection, upload_id).state

    def account_state(self, account_id: str) -> AccountState:
        with self.stages.db.read() as connection:
            return self.stages.intake.load_account(connection, account_id).state

    def sha256(self, upload_id: str) -> str:
        with self.stages.db.read() as connection:
            return self.stages.intake.load_upload(connection, upload_id).digests.sha256

    def bytes_of(self, clip: str) -> bytes:
        return self.clips[clip].read_bytes()

    def snapshot(self) -> dict[str, object]:
        """What the world saw: effects at the network, rows per table except the audit log's reads."""
        with self.stages.db.read() as connection:
            counts = {
                table.name: connection.scalar(sa.select(sa.func.count()).select_from(table))
                for table in metadata.sorted_tables
            }
        return {"counts": counts, "effects": [(a.id, a.kind) for a in self.network.effects]}


@pytest.fixture
def flow(stages: Stages, network: MemoryNetwork, clock, clips: dict[str, Path]) -> Flow:
    return Flow(stages, network, clock, clips)


@pytest.fixture
def steps(stages: Stages) -> AccountSteps:
    return AccountSteps(stages)
