"""`jacana vault`: lists, verifies with an exit status, and destroys only what is confirmed and no longer held."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from jacana.audit import last_entry
from jacana.cli import vault
from jacana.cli.context import cli_actor, open_stages
from jacana.model.preservation import HoldReason
from jacana.preserve.vault import VaultObjectMissingError

HELD, OVER = (hashlib.sha256(data).hexdigest() for data in (b"held", b"over"))


@pytest.fixture
def filled(prepared_folder: Path) -> Path:
    """Two objects, the holds of one are over."""
    with open_stages() as stages:
        now = stages.clock()
        stages.vault.preserve_bytes(b"held", "video/mp4", HoldReason.SCREENING, "up_1", "system")
        stages.vault.preserve_bytes(b"over", None, HoldReason.SCREENING, "up_2", "system", now - timedelta(seconds=1))
    return prepared_folder


def live_objects() -> list[str]:
    with open_stages() as stages, stages.db.read() as connection:
        return [row.sha256 for row in stages.vault.list_objects(connection)]


def test_an_empty_vault_is_said_to_be(prepared_folder: Path, run_verb) -> None:
    assert run_verb(vault.app, "list").output.strip() == "the vault is empty"
    assert run_verb(vault.app, "verify").output.strip() == "the vault is whole"
    assert run_verb(vault.app, "expire").output.strip() == "0 objects were destroyed"


def test_objects_and_their_holds_are_listed(filled: Path, run_verb) -> None:
    lines = {line.split()[0]: line for line in run_verb(vault.app, "list").output.splitlines()}
    assert "video/mp4" in lines[HELD]
    assert "until a person releases it" in lines[HELD]
    assert "4 bytes" in lines[HELD]
    assert "expired" in lines[OVER]
    assert len(run_verb(vault.app, "list", "--limit", "1").output.splitlines()) == 2
    holds = run_verb(vault.app, "holds", HELD.upper()).output
    assert "screening" in holds
    assert "up_1" in holds


def test_holds_of_an_unknown_object_are_an_error(filled: Path, run_verb) -> None:
    assert isinstance(run_verb(vault.app, "holds", "00" * 32).exception, VaultObjectMissingError)


def test_verify_exits_2_and_names_what_is_broken(filled: Path, run_verb) -> None:
    assert run_verb(vault.app, "verify").exit_code == 0
    (filled / "vault" / "objects" / "leftover").write_bytes(b"x")
    result = run_verb(vault.app, "verify")
    assert result.exit_code == 0  # an orphan is no damage
    assert "orphan: objects/leftover" in result.output
    (file,) = (filled / "vault").rglob(f"{HELD}.*")
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    result = run_verb(vault.app, "verify")
    assert result.exit_code == 2
    assert HELD in result.output
    assert "1 objects are not as they were sealed" in result.output
    with open_stages() as stages, stages.db.read() as connection:
        entry = last_entry(connection, "vault.verified")
    assert (entry.actor, entry.details) == (cli_actor(), {"objects": 2, "orphans": 1, "problems": 1})


def test_expiry_asks_first(filled: Path, run_verb) -> None:
    result = run_verb(vault.app, "expire", text="n\n")
    assert result.exit_code == 1
    assert OVER in result.output
    assert sorted(live_objects()) == sorted([HELD, OVER])
    result = run_verb(vault.app, "expire", text="y\n")
    assert result.exit_code == 0
    assert "1 objects were destroyed" in result.output
    assert live_objects() == [HELD]
    with open_stages() as stages, stages.db.read() as connection:
        assert last_entry(connection, "object.destroyed").actor == cli_actor()


def test_expiry_need_not_ask(filled: Path, run_verb) -> None:
    assert run_verb(vault.app, "expire", "--yes").exit_code == 0
    assert live_objects() == [HELD]
