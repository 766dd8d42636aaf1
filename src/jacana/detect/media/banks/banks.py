"""Banks: create, fill, list, show, remove. Every change is an audit entry in the same transaction.

Removing is soft: findings must stay explicable. Labels and hashes never go into the audit log, only counts.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection
from jacana.detect.media.banks import store
from jacana.model.bank import DEFAULT_MAY_CAUSE, Bank, BankEntry, ImportResult, RowProblem
from jacana.model.clock import Clock
from jacana.model.decision import EffectKind
from jacana.model.errors import InputInvalidError, StateConflictError, ThingNotFoundError
from jacana.model.ids import new_id
from jacana.model.verdict import Classification

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")


class BankInvalidError(InputInvalidError):
    """A bank's name or one of its rules cannot be used."""

    code = "bank.invalid"


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
        may_cause: Sequence[str] = DEFAULT_MAY_CAUSE,
        *,
        max_distance: int = 31,
        min_quality: int = 50,
        min_matched_seconds: float = 1.0,
        note: str | None = None,
        actor: str,
    ) -> Bank:
        """Make an empty bank. Raises BankInvalidError naming the field, BankTakenError if the name was ever used."""
        bank = Bank(
            id=new_id("bank"),
            name=name,
            source=source.strip(),
            classification=classification or None,
            may_cause=tuple(dict.fromkeys(may_cause)),
            max_distance=max_distance,
            min_quality=min_quality,
            min_matched_seconds=min_matched_seconds,
            created_at=self._clock(),
            note=note or None,
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
    ) -> ImportResult:
        """Add entries; one whose label is known replaces the old one if it differs. They match from the commit on.

        `problems` are rows that the file reader refused; they are counted in the audit entry and handed back.
        Raises BankUnknownError.
        """
        bank = self.find(connection, name)
        store.grow_revision(connection, bank.id)
        added = replaced = unchanged = 0
        for entry in entries:
            known = store.select_entry(connection, bank.id, label=entry.label)
            if known is not None and replace(known, id="", number=0) == replace(entry, id="", number=0):
                unchanged += 1
                continue
            if known is not None:
                store.retire_entry(connection, known, bank.id, self._clock())
            store.insert_entry(connection, bank.id, replace(entry, id=new_id("entry")), self._clock())
            added += known is None
            replaced += known is not None
        counts = {"added": added, "replaced": replaced, "unchanged": unchanged, "refused_rows": len(problems)}
        self._record(connection, actor, "bank.imported", bank, counts)
        return ImportResult(added, replaced, unchanged, tuple(problems))

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

    def _record(self, connection: Connection, actor: str, verb: str, bank: Bank, details: Mapping[str, object]) -> None:
        append_entry(connection, AuditEntry(self._clock(), actor, verb, bank.id, {"name": bank.name, **details}))


def check_bank(bank: Bank) -> None:
    """Raise BankInvalidError for the first field of a bank that cannot be used."""
    if not _NAME.fullmatch(bank.name):
        raise BankInvalidError(
            "a bank's name is 1 to 80 of a-z, 0-9 and inner hyphens", field="name", remedy="for example hotline-2026"
        )
    if not 1 <= len(bank.source) <= 200:
        raise BankInvalidError(
            "a bank needs a source of 1 to 200 characters", field="source", remedy="say who vouches for its hashes"
        )
    if bank.note is not None and len(bank.note) > 400:
        raise BankInvalidError("a note has at most 400 characters", field="note", remedy="shorten it")
    if bank.classification is not None:
        _check_choice(bank.classification, [item.value for item in Classification], "classification")
    if not bank.may_cause:
        raise BankInvalidError(
            "a bank that may cause nothing is useless", field="may_cause", remedy="name effects, for example hold"
        )
    for effect in bank.may_cause:
        _check_choice(effect, [item.value for item in EffectKind], "may_cause")
    for field, value, low, high in (
        ("max_distance", bank.max_distance, 0, 128),
        ("min_quality", bank.min_quality, 0, 100),
        ("min_matched_seconds", bank.min_matched_seconds, 0, 86_400),
    ):
        if not low <= value <= high:
            raise BankInvalidError(f"{field} is {value}", field=field, remedy=f"give a number from {low} to {high}")


def _check_choice(value: str, choices: Sequence[str], field: str) -> None:
    if value in choices:
        return
    near = get_close_matches(value, choices, n=1)
    hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(choices)}"
    raise BankInvalidError(f"{field} cannot be “{value}”", field=field, remedy=hint)
