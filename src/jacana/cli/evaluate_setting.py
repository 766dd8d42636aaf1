"""A throw-away Jacana for one evaluation: own folder, own keys, SQLite, nothing of this machine's own Jacana."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from jacana.act.enforcement import Enforcement
from jacana.act.memory import MemoryNetwork
from jacana.app import build_stages, close_stages
from jacana.db.engine import Database
from jacana.db.schema import migrate_schema
from jacana.model.clock import Clock
from jacana.pipeline.stages import Stages
from jacana.settings import load_settings

BASIS = "Evaluation on a synthetic or public event set, in a database that is thrown away."


@contextmanager
def open_evaluation(folder: Path, clock: Clock) -> Iterator[Stages]:
    """Wire a fresh Jacana in an empty folder, with every surface on and a network in memory; release it afterwards."""
    (folder / "empty.toml").touch()  # so that a jacana.toml in the current folder does not count
    loaded = load_settings(folder / "empty.toml", environment=_choose_settings(folder))
    database = Database(loaded.settings.resolved_database_url())
    database.create_file()
    migrate_schema(database)
    database.close()
    stages = build_stages(loaded, clock)
    network = MemoryNetwork()
    try:
        yield replace(stages, enforcement=Enforcement(stages.db, network, clock, loaded.settings.delivery_waits()))
    finally:
        close_stages(stages)


def _choose_settings(folder: Path) -> dict[str, str]:
    settings = {
        "data_dir": str(folder.absolute()),
        "vault_key": _make_key(),
        "field_key": _make_key(),
        "network_url": "http://127.0.0.1:9/",
        "network_secret": "whsec_" + _make_key(),
        "undo_seconds": "0",
        "cybertip_environment": "off",
    }
    for surface in ("uploads", "accounts", "public_text", "messages"):
        settings[f"{surface}_legal_basis"] = BASIS
    return {f"JACANA_{name.upper()}": value for name, value in settings.items()}


def _make_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
