"""Checks the whole vault: every live object opens and is what its SHA-256 says; nothing else lies in the store.

Reads everything, repairs nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import PurePosixPath

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Database
from jacana.model.clock import Clock
from jacana.model.errors import IntegrityBrokenError, SetupInvalidError
from jacana.preserve import store
from jacana.preserve.envelope import Fetch, Header, open_whole
from jacana.preserve.objects import ObjectStore, StoredObjectMissingError
from jacana.preserve.store import VaultObject

PREFIX = "objects"
"""The folder of the object store under which every sealed object lies."""

_PAGE = 500

OpenRow = Callable[[VaultObject], tuple[Fetch, Header, bytes]]


class ProblemKind(StrEnum):
    """What can be wrong."""

    BROKEN = "broken"
    """The object is missing, was changed, or does not belong to its row."""
    KEY_UNKNOWN = "key_unknown"
    """The object is sealed under a key this Jacana was not given, so that it cannot be checked."""
    ORPHAN = "orphan"
    """Sealed bytes without a row, as a crash between writing and recording leaves them. Nobody can open them."""


@dataclass(frozen=True, slots=True)
class VaultProblem:
    """One thing that is not as it should be."""

    kind: ProblemKind
    sha256: str | None
    path: str | None
    detail: str

    @property
    def harmless(self) -> bool:
        """Whether no evidence is affected."""
        return self.kind is ProblemKind.ORPHAN


def verify_vault(
    db: Database,
    objects: ObjectStore,
    open_row: OpenRow,
    clock: Clock,
    actor: str,
    progress: Callable[[int, int], None] | None,
) -> list[VaultProblem]:
    """Return every problem found; `progress(done, total)` counts bytes of plaintext.

    Opens its own short transactions and ends with one audit entry, `vault.verified`, that counts objects and problems.
    Memory is constant. Raises ObjectStoreUnavailableError if the store does not answer.
    """
    with db.read() as connection:
        _, total = store.measure_live(connection)
    problems: list[VaultProblem] = []
    done = checked = 0
    for row in _walk_live(db):
        problem = _check_object(db, row, open_row)
        if problem:
            problems.append(problem)
        checked += 1
        done += row.size_bytes
        if progress:
            progress(done, max(done, total))
    problems += _find_orphans(db, objects)
    details = {
        "objects": checked,
        "problems": sum(not problem.harmless for problem in problems),
        "orphans": sum(problem.harmless for problem in problems),
    }
    with db.write() as connection:
        append_entry(connection, AuditEntry(clock(), actor, "vault.verified", "vault", details))
    return problems


def _walk_live(db: Database) -> Iterator[VaultObject]:
    after = ""
    while True:
        with db.read() as connection:
            page = store.list_live(connection, after, _PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].sha256


def _check_object(db: Database, row: VaultObject, open_row: OpenRow) -> VaultProblem | None:
    try:
        for _ in open_whole(*open_row(row)):
            pass
    except SetupInvalidError as problem:
        return VaultProblem(ProblemKind.KEY_UNKNOWN, row.sha256, row.object_path, problem.message)
    except (IntegrityBrokenError, StoredObjectMissingError) as problem:
        with db.read() as connection:
            current = store.find_object(connection, row.sha256)
        if current is None or current.object_path != row.object_path or current.wrapped_key is None:
            return None  # destroyed, or sealed anew, while it was being checked
        return VaultProblem(ProblemKind.BROKEN, row.sha256, row.object_path, problem.message)
    return None


def _find_orphans(db: Database, objects: ObjectStore) -> list[VaultProblem]:
    found = iter(objects.list_objects(PREFIX))
    orphans: list[VaultProblem] = []
    while page := list(islice(found, _PAGE)):
        with db.read() as connection:
            known = store.find_paths(connection, [PurePosixPath(item.path).name[:64] for item in page])
        orphans += [
            VaultProblem(ProblemKind.ORPHAN, None, item.path, f"{item.size_bytes} bytes that no row names")
            for item in page
            if item.path not in known
        ]
    return orphans
