"""`verify` finds every kind of damage, names it, repairs nothing and is itself in the audit log."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from jacana.audit import last_entry
from jacana.db.engine import Database
from jacana.db.tables.preserve import preserve_objects
from jacana.model.preservation import HoldReason
from jacana.preserve import verify as module
from jacana.preserve.objects import ObjectStore
from jacana.preserve.vault import Vault
from jacana.preserve.verify import ProblemKind

KEY = bytes(range(32))


@pytest.fixture
def digests(vault: Vault) -> list[str]:
    return [
        vault.preserve_bytes(bytes([number]) * 1000, None, HoldReason.SCREENING, "up_1", "system").sha256
        for number in range(5)
    ]


def path_of(database: Database, sha256: str) -> str:
    with database.read() as connection:
        query = sa.select(preserve_objects.c.object_path).where(preserve_objects.c.sha256 == sha256)
        return str(connection.execute(query).scalar_one())


def test_a_sound_vault_has_no_problem(vault, database, digests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAGE", 2)
    seen: list[tuple[int, int]] = []
    assert vault.verify(lambda done, total: seen.append((done, total)), actor="cli:anna") == []
    assert seen == [(1000 * number, 5000) for number in range(1, 6)]
    with database.read() as connection:
        entry = last_entry(connection, "vault.verified")
    assert (entry.actor, entry.details) == ("cli:anna", {"objects": 5, "problems": 0, "orphans": 0})


def test_an_empty_vault_is_sound(vault: Vault) -> None:
    assert vault.verify() == []


def test_every_damage_is_named(vault, database, objects: ObjectStore, vault_folder: Path, digests) -> None:
    changed, lost, cut, relabelled, sound = digests
    file = vault_folder / path_of(database, changed)
    file.write_bytes(file.read_bytes()[:-1] + b"\0\0"[:1])
    (vault_folder / path_of(database, lost)).unlink()
    file = vault_folder / path_of(database, cut)
    file.write_bytes(file.read_bytes()[:50])
    with database.write() as connection:
        connection.execute(
            preserve_objects.update().where(preserve_objects.c.sha256 == relabelled).values(size_bytes=999)
        )
    objects.put("objects/ab/cd/" + "0" * 64 + ".1", iter([b"left"]))
    problems = vault.verify()
    assert {problem.sha256 for problem in problems if problem.kind is ProblemKind.BROKEN} == {
        changed,
        lost,
        cut,
        relabelled,
    }
    (orphan,) = [problem for problem in problems if problem.harmless]
    assert (orphan.kind, orphan.path) == (ProblemKind.ORPHAN, "objects/ab/cd/" + "0" * 64 + ".1")
    assert sound not in {problem.sha256 for problem in problems}
    with database.read() as connection:
        assert last_entry(connection, "vault.verified").details == {"objects": 5, "problems": 4, "orphans": 1}


def test_an_unknown_key_is_its_own_problem(vault, database, objects, clock, digests) -> None:
    rotated = Vault(database, objects, KEY, "k2", clock)
    problems = rotated.verify()
    assert {problem.kind for problem in problems} == {ProblemKind.KEY_UNKNOWN}
    assert not any(problem.harmless for problem in problems)
    assert "k1" in problems[0].detail


def test_what_is_destroyed_while_it_is_checked_is_no_problem(vault, database, objects, clock) -> None:
    vault.preserve_bytes(b"data", None, HoldReason.SCREENING, "up_1", "system", clock())
    real = objects.find_size

    def destroy_first(path: str) -> int | None:
        objects.find_size = real
        vault.destroy_expired(clock())
        return real(path)

    objects.find_size = destroy_first
    assert vault.verify() == []
