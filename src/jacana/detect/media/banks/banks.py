"""Banks: create, fill, follow a source, list, show, retire, remove. Every change is audited in its own transaction.

Removing is soft: findings must stay explicable. Labels and hashes never go into the audit log, only counts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from itertools import groupby
from operator import itemgetter
from typing import Literal

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.detect.media.banks import store
from jacana.detect.media.banks.lists import write_csv
from jacana.detect.media.banks.quarantine import store as quarantine
from jacana.detect.media.banks.quarantine.store import Refusal
from jacana.detect.media.banks.rules import (
    DEFAULT_QUALITY,
    DEFAULT_SECONDS,
    BankInvalidError,
    check_bank,
    default_may_cause,
    refuse_unusable,
)
from jacana.model.bank import EXACT_DISTANCE, Bank, BankEntry, BankOrigin, BankRole, ImportResult, RowProblem, Trust
from jacana.model.clock import Clock
from jacana.model.errors import StateConflictError, ThingNotFoundError
from jacana.model.ids import new_id

__all__ = ["BankContent", "BankInvalidError", "BankTakenError", "BankUnknownError", "Banks", "check_bank"]


class BankTakenError(StateConflictError):
    """There is, or was, a bank of this name."""

    code = "bank.taken"


class BankUnknownError(ThingNotFoundError):
    """There is no bank of this name, or it was removed."""

    code = "bank.unknown"


@dataclass(frozen=True, slots=True)
class BankContent:
    """A bank with everything in it."""

    bank: Bank
    entries: tuple[BankEntry, ...]


class Banks:
    """Keeps the banks. Every method works in the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def create(
        self,
        connection: Connection,
        name: str,
        source: str,
        classification: str | None = None,
        may_cause: Sequence[str] | None = None,
        *,
        max_distance: int = EXACT_DISTANCE,
        min_quality: int = DEFAULT_QUALITY,
        min_matched_seconds: float = DEFAULT_SECONDS,
        note: str | None = None,
        role: BankRole = BankRole.KNOWN,
        trust: Trust = Trust.REVIEWED,
        origin: BankOrigin = BankOrigin.FILE,
        licence: str | None = None,
        threshold_reason: str | None = None,
        actor: str,
    ) -> Bank:
        """Make an empty bank; `may_cause` None: hold and open_case, or nothing for a benign bank.

        Raises BankInvalidError naming the field, BankTakenError if the name was ever used.
        """
        bank = Bank(
            id=new_id("bank"),
            name=name,
            source=source.strip(),
            classification=classification or None,
            may_cause=tuple(dict.fromkeys(default_may_cause(role) if may_cause is None else may_cause)),
            max_distance=max_distance,
            min_quality=min_quality,
            min_matched_seconds=min_matched_seconds,
            created_at=self._clock(),
            note=note or None,
            role=role,
            trust=trust,
            origin=origin,
            licence=licence or None,
            threshold_reason=threshold_reason or None,
        )
        check_bank(bank)
        if store.select_banks(connection, name=name, removed=True):
            raise BankTakenError(f"a bank named {name} exists or existed; names are never used twice")
        store.insert_bank(connection, bank)
        rules = {
            "may_cause": list(bank.may_cause),
            "max_distance": max_distance,
            "min_quality": min_quality,
            "min_matched_seconds": str(min_matched_seconds),
            "role": role.value,
            "trust": trust.value,
            "origin": origin.value,
        }
        self._record(connection, actor, "bank.created", bank, rules)
        return bank

    def add_entries(
        self,
        connection: Connection,
        name: str,
        entries: Sequence[BankEntry],
        actor: str,
        problems: Sequence[RowProblem] = (),
        *,
        file: str | None = None,
        cause: str | None = None,
        key: Literal["label", "source_id"] = "label",
    ) -> ImportResult:
        """Add entries; one whose label (or other `key`) is known replaces the old one if it differs.

        They match from the commit on.

        `problems` are rows that the file reader refused; they go into quarantine, are counted in the audit entry and
        handed back. `file` names the file they are lines of, `cause` is the id of what led to the import. Raises
        BankUnknownError.
        """
        lock_log(connection)
        bank = self.find(connection, name)
        entries, problems = refuse_unusable(entries, problems)
        result = self._take(connection, bank, entries, key, problems)
        quarantine.quarantine_rows(connection, bank.id, problems, self._clock(), file)
        details = _count(result) | {"refused_rows": len(problems)} | ({"cause": cause} if cause else {})
        self._record(connection, actor, "bank.imported", bank, details)
        return result

    def apply_changes(
        self,
        connection: Connection,
        name: str,
        changed: Sequence[BankEntry],
        gone: Sequence[str],
        problems: Sequence[RowProblem],
        actor: str,
    ) -> ImportResult:
        """Follow a source that names its entries by `source_id`: take new states, and take back what is `gone`.

        An entry of a known id replaces the old one if it differs; ids in `gone` that the bank does not hold are nothing
        to do. Of one id given twice the last counts, and one both changed and gone is gone. `problems` (their
        `reference` is the source id) go into quarantine and stop nothing: the last good state of such an entry stays;
        an id that comes in order later, or is taken back, leaves quarantine. Raises BankUnknownError, and ValueError
        for an entry without source_id.
        """
        if not all(entry.source_id for entry in changed):
            raise ValueError("an exchange's entry needs a source_id")
        lock_log(connection)
        bank = self.find(connection, name)
        changed, problems = refuse_unusable(changed, problems)
        removed = store.select_named(connection, bank.id, "source_id", set(gone))
        store.retire_entries(connection, removed, bank.id, self._clock())
        taken_back = set(gone)
        kept = [entry for entry in changed if entry.source_id not in taken_back]
        result = replace(self._take(connection, bank, kept, "source_id", problems), removed=len(removed))
        settled = taken_back | {str(entry.source_id) for entry in changed}
        quarantine.release_rows(connection, bank.id, settled)
        quarantine.quarantine_rows(connection, bank.id, problems, self._clock())
        if removed:
            store.grow_revision(connection, bank.id)
        if changed or gone or problems:
            details = _count(result) | {"removed": len(removed), "refused_rows": len(problems)}
            self._record(connection, actor, "bank.followed", bank, details)
        return result

    def retire(self, connection: Connection, name: str, entry_ids: Collection[str], actor: str, cause: str) -> int:
        """Make entries tombstones and return how many there were; they match nothing from the commit on.

        `cause` is a code or an id, such as `expired` or a review decision. Raises BankUnknownError.
        """
        lock_log(connection)
        bank = self.find(connection, name)
        entries = store.select_named(connection, bank.id, "id", set(entry_ids))
        self._retire(connection, bank, entries, actor, cause)
        return len(entries)

    def retire_sources(
        self, connection: Connection, name: str, source_ids: Collection[str], actor: str, cause: str
    ) -> int:
        """Make the entries of these source ids tombstones; see `retire`."""
        lock_log(connection)
        bank = self.find(connection, name)
        entries = store.select_named(connection, bank.id, "source_id", set(source_ids))
        self._retire(connection, bank, entries, actor, cause)
        return len(entries)

    def find_source(self, connection: Connection, name: str, source_id: str) -> BankEntry | None:
        """Return the live entry that the source calls so. Raises BankUnknownError."""
        return store.select_entry(connection, self.find(connection, name).id, source_id=source_id)

    def retire_expired(self, connection: Connection, now: datetime, limit: int = 1000) -> int:
        """Make tombstones of at most `limit` entries whose time is over; return how many there were."""
        lock_log(connection)
        expired = sorted(store.select_expired(connection, now, limit), key=itemgetter(0))
        banks = {bank.id: bank for bank in store.select_banks(connection, removed=True)}
        for bank_id, group in groupby(expired, key=itemgetter(0)):
            self._retire(connection, banks[bank_id], [entry for _, entry in group], "system", "expired")
        return len(expired)

    def forget_refusals(self, connection: Connection, name: str, file: str) -> None:
        """Empty the quarantine of a file's rows, because the file is about to be read anew. Raises BankUnknownError."""
        quarantine.release_file(connection, self.find(connection, name).id, file)

    def list_refusals(self, connection: Connection, name: str, limit: int = 1000) -> tuple[Refusal, ...]:
        """Return what the bank could not take, newest first. Raises BankUnknownError."""
        return tuple(quarantine.select_refusals(connection, self.find(connection, name).id, limit))

    def export(self, connection: Connection, name: str, actor: str) -> tuple[str, int]:
        """Return the bank as CSV text, and how many entries that is; the export is on record. Raises BankUnknownError.

        A person's act: nothing calls this by itself. Window hashes stay here (see `lists.write_csv`).
        """
        content = self.show(connection, name)
        frames = sum(entry.frame_count for entry in content.entries)
        details = {"entries": len(content.entries), "frames": frames}
        self._record(connection, actor, "bank.exported", content.bank, details)
        return write_csv(content.entries), len(content.entries)

    def list(self, connection: Connection) -> tuple[Bank, ...]:
        """Return the live banks by name."""
        return tuple(store.select_banks(connection))

    def show(self, connection: Connection, name: str) -> BankContent:
        """Return a live bank and its entries. Raises BankUnknownError."""
        bank = self.find(connection, name)
        return BankContent(bank, tuple(store.select_entries(connection, bank.id)))

    def remove(self, connection: Connection, name: str, actor: str) -> None:
        """Stop matching against a bank. Its record stays. Raises BankUnknownError."""
        bank = self.find(connection, name)
        store.mark_removed(connection, bank.id, self._clock())
        self._record(connection, actor, "bank.removed", bank, {"entries": bank.entry_count})

    def find(self, connection: Connection, name: str) -> Bank:
        """Return a live bank without its entries. Raises BankUnknownError, with the nearest name as a hint."""
        found = store.select_banks(connection, name=name)
        if found:
            return found[0]
        near = get_close_matches(name, [bank.name for bank in store.select_banks(connection)], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise BankUnknownError(f"there is no bank named {name}{hint}")

    def _take(
        self,
        connection: Connection,
        bank: Bank,
        entries: Sequence[BankEntry],
        key: Literal["label", "source_id"],
        problems: Sequence[RowProblem],
    ) -> ImportResult:
        """Bring in entries known by `key`; a new state of one is a new entry, and the old one a tombstone."""
        wanted = {str(getattr(entry, key)): entry for entry in entries}
        known = {getattr(entry, key): entry for entry in store.select_named(connection, bank.id, key, set(wanted))}
        new = [
            replace(entry, id=new_id("entry"), number=0)
            for name, entry in wanted.items()
            if name not in known or not _same(known[name], entry)
        ]
        old = [known[name] for name in (str(getattr(entry, key)) for entry in new) if name in known]
        now = self._clock()
        store.retire_entries(connection, old, bank.id, now)
        store.insert_entries(connection, bank.id, new, now)
        if new:
            store.grow_revision(connection, bank.id)
        return ImportResult(len(new) - len(old), len(old), len(wanted) - len(new), tuple(problems))

    def _retire(self, connection: Connection, bank: Bank, entries: Sequence[BankEntry], actor: str, cause: str) -> None:
        if not entries:
            return
        store.retire_entries(connection, entries, bank.id, self._clock())
        store.grow_revision(connection, bank.id)
        self._record(connection, actor, "bank.retired", bank, {"entries": len(entries), "cause": cause})

    def _record(self, connection: Connection, actor: str, verb: str, bank: Bank, details: Mapping[str, object]) -> None:
        append_entry(connection, AuditEntry(self._clock(), actor, verb, bank.id, {"name": bank.name, **details}))


def _same(known: BankEntry, given: BankEntry) -> bool:
    return known == replace(given, id=known.id, number=known.number)


def _count(result: ImportResult) -> dict[str, int]:
    return {"added": result.added, "replaced": result.replaced, "unchanged": result.unchanged}
