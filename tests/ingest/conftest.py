"""An intake and an event log with every surface on, over both databases."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from jacana.db.engine import Database
from jacana.db.sealing import FieldSealer
from jacana.ingest.events import EventLog
from jacana.ingest.intake import Acceptance, Intake
from jacana.ingest.schema import parse_metadata
from jacana.settings import Settings

METADATA = {
    "network_id": "clip-1",
    "account": {"id": "anna", "screen_name": "Anna", "email": "Anna@Example.org"},
    "visibility": "public",
    "ip": "192.0.2.44",
    "port": 4711,
    "device_id": "device of anna",
}


@pytest.fixture
def settings() -> Settings:
    return Settings(
        uploads_legal_basis="test",
        accounts_legal_basis="test",
        public_text_legal_basis="test",
        messages_legal_basis="test",
    )


@pytest.fixture
def sealer() -> FieldSealer:
    return FieldSealer(b"k" * 32)


@pytest.fixture
def make_intake(database: Database, tmp_path: Path, sealer: FieldSealer, clock, settings) -> Callable[..., Intake]:
    def make(**changed) -> Intake:
        return Intake(database, tmp_path / "spool", sealer, clock, dataclasses.replace(settings, **changed))

    return make


@pytest.fixture
def intake(make_intake) -> Intake:
    return make_intake()


@pytest.fixture
def make_log(database: Database, sealer: FieldSealer, clock, settings) -> Callable[..., EventLog]:
    def make(**changed) -> EventLog:
        return EventLog(database, sealer, clock, dataclasses.replace(settings, **changed))

    return make


@pytest.fixture
def log(make_log) -> EventLog:
    return make_log()


@pytest.fixture
def send(intake: Intake) -> Callable[..., Acceptance]:
    """Send an upload as the HTTP route does."""

    def send(content: bytes = b"bytes", key: str | None = None, into: Intake | None = None, **changed) -> Acceptance:
        target = into or intake
        with target.begin() as file:
            file.write(content)
            return target.accept(parse_metadata({**METADATA, **changed}), file, key_id="key_1", idempotency_key=key)

    return send
