"""The API over a real database, without the stages it does not call."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

from jacana.db.engine import Database
from jacana.db.sealing import FieldSealer
from jacana.ingest.events import EventLog
from jacana.ingest.intake import Intake
from jacana.ingest.keys import SCOPES, ApiKeys
from jacana.settings import Settings
from jacana.web.api import router
from jacana.web.api.problems import install_problem_handlers

METADATA = {"network_id": "clip-1", "account": {"id": "anna"}, "visibility": "public"}
ON = Settings(
    uploads_legal_basis="test", accounts_legal_basis="test", public_text_legal_basis="test", messages_legal_basis="test"
)


@dataclass
class ApiFloor:
    app: FastAPI
    client: TestClient
    stages: SimpleNamespace
    spool: Path

    def spooled(self) -> list[str]:
        return sorted(path.name for path in self.spool.iterdir()) if self.spool.is_dir() else []

    def make_key(self, *scopes: str) -> str:
        with self.stages.db.write() as connection:
            return self.stages.keys.create(connection, "test", scopes or SCOPES, "cli:test").secret

    def upload(self, content: bytes = b"bytes", key: str | None = None, **changed: Any) -> httpx.Response:
        metadata = json.dumps({**METADATA, **changed}).encode()
        return self.client.post(
            "/v1/uploads",
            headers={"Idempotency-Key": key} if key else {},
            files={"metadata": (None, metadata, "application/json"), "file": ("a.mp4", content, "video/mp4")},
        )


def build_floor(database: Database, folder: Path, clock: Any, **changed: Any) -> ApiFloor:
    settings = dataclasses.replace(ON, **changed)
    sealer = FieldSealer(b"k" * 32)
    stages = SimpleNamespace(
        settings=settings,
        clock=clock,
        db=database,
        sealer=sealer,
        keys=ApiKeys(clock),
        intake=Intake(database, folder / "spool", sealer, clock, settings),
        events=EventLog(database, sealer, clock, settings),
    )
    app = FastAPI(title="Jacana")
    app.state.stages = stages
    install_problem_handlers(app)
    app.include_router(router)
    floor = ApiFloor(app, TestClient(app), stages, folder / "spool")
    floor.client.headers["Authorization"] = f"Bearer {floor.make_key()}"
    return floor
