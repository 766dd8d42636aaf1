"""A whole Jacana for console tests: real stages on SQLite, drawn clips screened for real, no workers and no network."""

import asyncio
import base64
import dataclasses
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import argon2
import httpx

from jacana.act.enforcement import Enforcement
from jacana.act.memory import MemoryNetwork
from jacana.app import build_stages, close_stages
from jacana.detect.media.banks.source import read_bank_source
from jacana.ingest.schema import UploadMetadata
from jacana.pipeline.inline import drain_outbox
from jacana.pipeline.stages import Stages
from jacana.settings import LoadedSettings, Settings
from jacana.simulate.clips import disguise_clip, draw_clip, truncate_file
from jacana.web.permissions import Role
from jacana.web.users import Users

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
BANK = "test-bank"
QUICK_HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

PEOPLE = {"rita": Role.REVIEWER, "ralf": Role.REVIEWER, "lena": Role.LEAD, "adam": Role.ADMIN, "olga": Role.AUDITOR}


def make_settings(data_dir: Path, **changes: object) -> LoadedSettings:
    key = base64.b64encode(bytes(32)).decode()
    values: dict[str, object] = {
        "data_dir": data_dir,
        "vault_key": key,
        "field_key": key,
        "secure_cookies": False,
        "network_url": "http://127.0.0.1:9/jacana",
        "network_secret": "whsec_" + key,
        "uploads_legal_basis": "a test with drawn clips",
        "public_text_legal_basis": "a test with made-up words",
        "cybertip_environment": "sandbox",
        "cybertip_sandbox_url": "http://127.0.0.1:9/ispws",
        "cybertip_username": "test",
        "cybertip_password": "test",
        "reporter_company": "Stand-in Network",
        "reporter_first_name": "Tess",
        "reporter_last_name": "Reporter",
        "reporter_email": "trust@network.example",
        **changes,
    }
    return LoadedSettings(Settings(**values), {})


def open_stages(data_dir: Path, clock: Callable[[], datetime], network: MemoryNetwork, **changes: object) -> Stages:
    stages = build_stages(make_settings(data_dir, **changes), clock)
    enforcement = Enforcement(stages.db, network, clock, (5,))
    return dataclasses.replace(stages, enforcement=enforcement)


def seed_world(template: Path, data_dir: Path, clock: Callable[[], datetime]) -> None:
    """Three cases: bertram's two disguised copies, carla's copy of the first, dora's broken file; and anna's clip."""
    data_dir.mkdir(parents=True)
    shutil.copy(template, data_dir / "jacana.db")
    clips = data_dir / "clips"
    clips.mkdir()
    draw_clip(clips / "known-a.mp4", 1, seconds=3, size=(320, 240))
    draw_clip(clips / "known-b.mp4", 2, seconds=3, size=(320, 240))
    draw_clip(clips / "innocent.mp4", 3, seconds=2, size=(320, 240))
    disguise_clip(clips / "known-a.mp4", clips / "copy-a.mp4")
    disguise_clip(clips / "known-b.mp4", clips / "copy-b.mp4")
    truncate_file(clips / "innocent.mp4", clips / "broken.mp4", 0.6)
    stages = open_stages(data_dir, clock, MemoryNetwork())
    with stages.db.write() as connection:
        for name, role in PEOPLE.items():
            Users(clock, QUICK_HASHER).create(connection, name, role, PASSWORD, "cli:test")
    entries = [read_bank_source(clips / f"known-{letter}.mp4", stages.screener) for letter in "ab"]
    with stages.db.write() as connection:
        may_cause = ("hold", "suspend_account", "open_case", "draft_report")
        stages.banks.create(connection, BANK, "drawn clips", "A1", may_cause, actor="cli:test")
        for entry in entries:
            stages.banks.add_entries(connection, BANK, entry.entries, "cli:test")
    for clip, account, visibility in (
        ("innocent", "anna", "public"),
        ("copy-a", "bertram", "only_me"),
        ("copy-b", "bertram", "public"),
        ("copy-a", "carla", "only_me"),
        ("broken", "dora", "friends"),
    ):
        send_upload(stages, clips / f"{clip}.mp4", account, visibility)
        drain_outbox(stages)
    shutil.rmtree(clips)
    close_stages(stages)


def send_upload(stages: Stages, clip: Path, account: str, visibility: str) -> str:
    metadata = UploadMetadata.model_validate(
        {
            "network_id": f"vid-{account}-{clip.stem}",
            "account": {
                "id": f"acct-{account}",
                "screen_name": account,
                "display_name": f"{account.capitalize()} Example",
                "email": f"{account}.person@example.org",
                "declared_age": 31,
                "bio": "I like gardens <b>and</b> boats.",
            },
            "visibility": visibility,
            "uploaded_at": (stages.clock() - timedelta(days=40)).isoformat(),
            "file_name": f"{clip.stem}.mp4",
            "media_type": "text/html",
            "url": f"https://network.example/v/{account}",
            "caption": "my <script>alert(1)</script> video",
            "ip": "192.0.2.44",
            "device_id": f"device-{account}",
        }
    )
    with stages.intake.begin() as file:
        file.write(clip.read_bytes())
        return stages.intake.accept(metadata, file, key_id="key_test").upload.id


class Browser:
    """A browser without script: cookies, Fetch Metadata, no redirects followed."""

    def __init__(self, site: Any) -> None:
        transport = httpx.ASGITransport(site, raise_app_exceptions=False)
        self.headers = {"Sec-Fetch-Site": "same-origin"}
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8470")
        self.cookies = self._client.cookies

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        kept = {name: value for name, value in headers.items() if value is not None}
        return asyncio.run(self._client.request(method, path, headers=kept, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)


class Floor:
    """The world with a site over it; `client()` is a browser without script."""

    def __init__(self, data_dir: Path, clock: Callable[[], datetime], **changes: object) -> None:
        from jacana.web.site import create_site

        self.clock = clock
        self.network = MemoryNetwork()
        self.stages = open_stages(data_dir, clock, self.network, **changes)
        self.site = create_site(self.stages)
        self.site.state.users = Users(clock, QUICK_HASHER)

    def close(self) -> None:
        close_stages(self.stages)

    def client(self, name: str | None = None) -> "Browser":
        browser = Browser(self.site)
        if name:
            page = browser.get("/console/login")
            fields = {"name": name, "password": PASSWORD, "csrf": find_value(page, "csrf")}
            assert browser.post("/console/login", data=fields).status_code == 303
        return browser

    def cases(self) -> dict[str, str]:
        """Account (without prefix) -> case id."""
        with self.stages.db.read() as connection:
            rows = self.stages.desk.list_queue(connection)
        return {row.account_id.removeprefix("acct-"): row.case_id for row in rows}

    def user_id(self, name: str) -> str:
        with self.stages.db.read() as connection:
            return self.site.state.users.find(connection, name).id

    def sha256s(self, case_id: str) -> list[str]:
        with self.stages.db.read() as connection:
            return [item.sha256 for item in self.stages.desk.get_case(connection, case_id).items]

    def verbs(self) -> list[str]:
        from jacana.audit import list_entries

        with self.stages.db.read() as connection:
            return [entry.verb for _, entry in list_entries(connection, limit=100_000)]

    def drain(self) -> list[str]:
        return drain_outbox(self.stages)


def token_of(client: Browser, path: str = "/console/") -> str:
    return find_value(client.get(path), "csrf")


def find_value(page: httpx.Response, name: str) -> str:
    """The value of the first field of that name on the page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text)
    assert found, f"no field {name} on the page"
    return found.group(1)


def forms_of(page: httpx.Response, action: str) -> list[dict[str, str]]:
    """The fields of every form that posts to an address ending in `action`."""
    from lxml import html

    return [
        dict(form.form_values()) for form in html.fromstring(page.text).forms if (form.action or "").endswith(action)
    ]
