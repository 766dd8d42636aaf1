"""Health and metrics: numbers without ids or content."""

import base64
import threading
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from jacana.app import build_stages, close_stages
from jacana.db.outbox import promise_work
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.detect.media.outside.store import Ask, AskState
from jacana.settings import load_settings
from jacana.web.operations import METRICS
from jacana.web.site import create_site

KEY = base64.b64encode(bytes(32)).decode()


@pytest.fixture
def stages(sqlite_url: str, tmp_path: Path):
    environment = {
        "JACANA_DATABASE_URL": sqlite_url,
        "JACANA_DATA_DIR": str(tmp_path / "data"),
        "JACANA_VAULT_KEY": KEY,
        "JACANA_FIELD_KEY": KEY,
    }
    built = build_stages(load_settings(environment=environment))
    yield built
    close_stages(built)


def test_every_metric_is_exported_and_counts(stages) -> None:
    with stages.db.write() as connection:
        promise_work(connection, id="row_1", topic="file_report", payload={}, not_before=stages.clock())
        _add_ask(stages, connection)
    text = TestClient(create_site(stages)).get("/metrics").text
    assert [name for name in METRICS if f"# HELP {name} " not in text] == []
    assert 'jacana_work_waiting{topic="file_report"} 1.0' in text
    assert "jacana_audit_entries 0.0" in text
    assert 'jacana_outside_asks{service="arachnid",state="silent"} 1.0' in text


def test_a_lexicon_that_cannot_be_loaded_is_counted(stages, monkeypatch) -> None:
    def read(name: str) -> float:
        text = TestClient(create_site(stages)).get("/metrics").text
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(f"{name} ")))

    def fail(_connection: object) -> int:
        raise ValueError("broken")

    assert (read("jacana_lexicon_terms"), read("jacana_lexicon_stale_seconds")) == (0, 0)
    monkeypatch.setattr(stages.lexicon, "last_sequence", fail)
    with stages.db.read() as connection:
        stages.live.refresh(connection)
    assert read("jacana_lexicon_stale_seconds") > 0
    assert (read("jacana_checked_texts_waiting"), read("jacana_checked_texts_lost")) == (0, 0)


def _add_ask(stages, connection) -> None:
    now = stages.clock()
    account = {"id": "anna", "state": "active", "first_seen_at": now, "updated_at": now}
    upload = {"id": "upload_1", "network_id": "n", "account_id": "anna", "visibility": "public", "state": "held"}
    digests = {"md5": "a", "sha1": "b", "sha256": "c", "size_bytes": 1, "received_at": now}
    connection.execute(ingest_accounts.insert().values(account))
    connection.execute(ingest_uploads.insert().values(upload | digests))
    stages.outside.save_ask(connection, Ask("upload_1", "arachnid", AskState.SILENT, "hashes", 1, now, "slow"))


def test_a_database_that_is_away_is_not_ready(stages, monkeypatch) -> None:
    from jacana.db.engine import DatabaseUnavailableError

    def fail(*_arguments):
        raise DatabaseUnavailableError("the database did not answer")

    monkeypatch.setattr(type(stages.db), "read", fail)
    client = TestClient(create_site(stages), raise_server_exceptions=False)
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_a_dead_worker_is_not_ready(stages) -> None:
    site = create_site(stages)
    worker = threading.Thread(target=lambda: None)
    worker.start()
    worker.join()
    site.state.workers = (worker,)
    answer = TestClient(site).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["code"] == "pipeline.worker_dead"


def test_the_bare_address_leads_to_the_console(stages) -> None:
    answer = TestClient(create_site(stages), follow_redirects=False).get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/console/")
