"""A rig for tests that kill: a real Jacana process between a real stand-in network and a real sandbox CyberTipline."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from jacana.app import build_stages, close_stages
from jacana.cli.demo_servers import DemoServers, choose_port
from jacana.cli.demo_setting import DemoSetting, prepare_demo
from jacana.pipeline.stages import Stages
from jacana.settings import load_settings
from jacana.simulate.reviewer import ConsoleUnexpectedError, ScriptedReviewer

REVIEWER = "scripted-reviewer"
PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Surroundings:
    """What stays up while Jacana dies: prepared data to copy, the network, the sandbox."""

    setting: DemoSetting


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    folder = tmp_path_factory.mktemp("rig") / "prepared"
    setting, stages = prepare_demo(folder, Path("/nonexistent"), (REVIEWER,))
    close_stages(stages)
    network, sandbox = choose_port(0), choose_port(0)
    places = replace(setting.places, network=f"http://127.0.0.1:{network}", sandbox=f"http://127.0.0.1:{sandbox}")
    environment = {
        **setting.environment,
        "JACANA_NETWORK_URL": f"{places.network}/jacana",
        "JACANA_CYBERTIP_SANDBOX_URL": f"{places.sandbox}/ispws",
        "JACANA_UNDO_SECONDS": "0",
        "JACANA_DECIDE_DELAY_MS": "100",
        "JACANA_CYBERTIP_AMBIGUOUS_WAIT_SECONDS": "1",
        "JACANA_CYBERTIP_TIMEOUT_SECONDS": "2",
        "JACANA_CYBERTIP_LEASE_SECONDS": "3",
    }
    setting = replace(setting, environment=environment, places=places)
    with DemoServers(folder, environment) as servers:
        servers.start(
            "network",
            *("sandbox", "network", "--port", str(network)),
            *("--state", str(folder / "network.db")),
        )
        servers.start(
            "sandbox",
            *("sandbox", "cybertipline", "--port", str(sandbox), "--db", str(folder / "sandbox.db")),
            *("--user", environment["JACANA_CYBERTIP_USERNAME"]),
        )
        servers.await_answers({"network": f"{places.network}/state", "sandbox": f"{places.sandbox}/sandbox/reports"})
        yield Surroundings(setting)


@dataclass
class Rig:
    """One Jacana of its own, with tagged uploads and accounts."""

    setting: DemoSetting
    folder: Path
    tag: str = field(default_factory=lambda: uuid4().hex[:8])
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {**self.setting.environment, "JACANA_DATA_DIR": str(self.folder / "data")}

    def start(self, fault: str = "") -> None:
        port = choose_port(0)
        self.url = f"http://127.0.0.1:{port}"
        environment = {**os.environ, **self.environment, "JACANA_PORT": str(port)}
        if fault:
            environment["JACANA_FAULT"] = fault
        with (self.folder / "jacana.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jacana", "serve"], env=environment, stdout=log, stderr=log
            )
        self.until("Jacana is ready or dead", lambda: self._answers() or self.process.poll() is not None, revive=False)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(15)

    def until(self, what: str, is_true: Callable[[], Any], *, revive: bool = True) -> Any:
        """Wait for something; if Jacana dies meanwhile, start it again, unarmed."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            if revive and self.process.poll() is not None:
                self.revive()
            try:
                if value := is_true():
                    return value
            except (httpx.TransportError, ConsoleUnexpectedError):
                pass  # it died under us, or is not up yet: the next turn sees which
            if time.monotonic() > deadline:
                log = (self.folder / "jacana.log").read_text(errors="replace")[-3000:]
                pytest.fail(f"waited in vain for: {what}\n{log}")
            time.sleep(0.05)

    def revive(self) -> None:
        assert self.process.returncode == -signal.SIGKILL, (self.folder / "jacana.log").read_text()[-3000:]
        self.deaths += 1
        self.start()

    def upload(self, clip: Path, name: str, account: str) -> dict[str, Any]:
        """Send an upload until it is acknowledged, as a network that retries with one idempotency key does."""
        metadata = {
            "network_id": f"{name}-{self.tag}",
            "account": {"id": f"{account}-{self.tag}", "screen_name": account},
            "visibility": "only_me",
            "uploaded_at": "2026-11-01T10:00:00Z",
            "ip": "192.0.2.44",
        }

        def send() -> dict[str, Any] | None:
            answer = httpx.post(
                f"{self.url}/v1/uploads",
                headers={
                    "Authorization": f"Bearer {self.setting.places.api_key}",
                    "Idempotency-Key": f"{name}-{self.tag}",
                },
                files={
                    "metadata": (None, json.dumps(metadata).encode(), "application/json"),
                    "file": ("clip.mp4", clip.read_bytes(), "video/mp4"),
                },
                timeout=20,
            )
            return answer.json() if answer.status_code in (200, 202) else None

        return self.until(f"{name} is acknowledged", send)

    def review(self, verdict: str) -> str:
        """Decide the one case as a person at the console would, again after a crash if the first try was lost."""

        def decide() -> str | None:
            reviewer = ScriptedReviewer(self.url)
            try:
                reviewer.log_in(REVIEWER, self.setting.passwords[REVIEWER])
                cases = reviewer.list_cases()
                if cases and self.shown("disguised") == "held":
                    try:
                        reviewer.decide_case(cases[0][0], verdict, "Known material; the record is clear.")
                    except ConsoleUnexpectedError:
                        return None  # decided before the crash: the state below tells
                return "decided" if self.shown("disguised") == "removed" else None
            finally:
                reviewer.close()

        return self.until("the case is decided", decide)

    def approve(self) -> None:
        """Approve the one report unless it was approved before a crash."""

        def approve() -> bool:
            reviewer = ScriptedReviewer(self.url)
            try:
                reviewer.log_in(REVIEWER, self.setting.passwords[REVIEWER])
                for report_id, state in self.inspect(
                    lambda stages, connection: [(r.id, r.state) for r in stages.reports.list_reports(connection)]
                ):
                    if state == "draft":
                        reviewer.approve_report(report_id)
                return bool(self.finished_reports())
            finally:
                reviewer.close()

        self.until("the report is filed", approve)

    def approve_once(self, report_id: str) -> None:
        reviewer = ScriptedReviewer(self.url)
        reviewer.log_in(REVIEWER, self.setting.passwords[REVIEWER])
        reviewer.approve_report(report_id)
        reviewer.close()

    def inspect(self, look: Callable[[Stages, Any], Any]) -> Any:
        """Look into the database with the program's own stages."""
        stages = build_stages(load_settings(environment=self.environment))
        try:
            with stages.db.read() as connection:
                return look(stages, connection)
        finally:
            close_stages(stages)

    def shown(self, name: str) -> str | None:
        return httpx.get(f"{self.setting.places.network}/state").json()["uploads"].get(f"{name}-{self.tag}")

    def account(self, name: str) -> str | None:
        return httpx.get(f"{self.setting.places.network}/state").json()["accounts"].get(f"{name}-{self.tag}")

    def effects(self) -> list[tuple[str, str]]:
        """What the network carried out for our accounts: (kind, target), once per effect it saw."""
        told = httpx.get(f"{self.setting.places.network}/deliveries").json()["deliveries"]
        return [(item["kind"], item["target_id"]) for item in told if item["account_id"].endswith(self.tag)]

    def finished_reports(self) -> list[dict[str, Any]]:
        """The reports about our account that the sandbox holds as finished."""
        base = f"{self.setting.places.sandbox}/sandbox/reports"
        finished = [item for item in httpx.get(base).json() if item["state"] == "finished"]
        documents = [httpx.get(f"{base}/{item['id']}").json() for item in finished]
        return [item for item in documents if self.tag in item["document"]]

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def rig(surroundings: Surroundings, tmp_path: Path) -> Iterator[Rig]:
    shutil.copytree(surroundings.setting.folder / "data", tmp_path / "data")
    made = Rig(surroundings.setting, tmp_path)
    yield made
    made.stop()
