"""The truth of an event set: who is what. Written apart from the events; opened only when a replay has ended."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from jacana.model.errors import InputInvalidError
from jacana.model.verdict import AccountVerdict


class TruthUnreadableError(InputInvalidError):
    """The truth file is missing, or holds something else."""

    code = "simulate.truth_unreadable"


@dataclass(frozen=True, slots=True)
class AccountTruth:
    """What one account is. `vault_at` is when strangers first used it to watch what only its owner may see."""

    account_id: str
    kind: str
    ring: str | None = None
    vault_at: datetime | None = None
    verdict: AccountVerdict = AccountVerdict.CLEARED


@dataclass(frozen=True, slots=True)
class TextTruth:
    """What one text holds: `term` (with its disguise class) or `handover`. Names no word."""

    event_id: str
    account_id: str
    field: str
    holds: str
    disguise: str | None = None
    listed: bool = True
    """Whether the word is in the lexicon that lies beside the events."""


@dataclass(frozen=True, slots=True)
class ReturnTruth:
    """A banned account's owner is back as another account, and by what that can be told."""

    parent_id: str
    child_id: str
    at: datetime
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakeoverTruth:
    """An account was in somebody else's hands from `at` until `until`."""

    account_id: str
    at: datetime
    until: datetime


@dataclass(slots=True)
class Truth:
    """Everything that is true of one event set."""

    accounts: dict[str, AccountTruth] = field(default_factory=dict)
    texts: list[TextTruth] = field(default_factory=list)
    returns: list[ReturnTruth] = field(default_factory=list)
    takeovers: list[TakeoverTruth] = field(default_factory=list)


_RECORDS: dict[str, Any] = {
    "account": AccountTruth,
    "text": TextTruth,
    "return": ReturnTruth,
    "takeover": TakeoverTruth,
}


def write_truth(truth: Truth, path: Path) -> None:
    """Write one JSON object a line, `record` first; readable by the owner only."""
    path.touch(mode=0o600)
    with path.open("wb") as file:
        for record, row in _list_records(truth):
            file.write(msgspec.json.encode({"record": record, **msgspec.to_builtins(row)}) + b"\n")


def read_truth(path: Path) -> Truth:
    """Return the truth of an event set. Raises TruthUnreadableError naming the line."""
    truth = Truth()
    done = 0
    try:
        with path.open("rb") as file:
            for line in file:
                _add_record(truth, msgspec.json.decode(line))
                done += 1
    except OSError as problem:
        raise TruthUnreadableError(
            f"{path} cannot be read ({problem.strerror})", field="DIR", remedy="name a folder of `jacana simulate`"
        ) from None
    except (msgspec.MsgspecError, KeyError, AttributeError, TypeError, UnicodeError):
        raise TruthUnreadableError(
            f"{path} holds no truth record", field=f"line {done + 1}", remedy="make the folder again with the same seed"
        ) from None
    return truth


def _list_records(truth: Truth) -> Iterator[tuple[str, Any]]:
    for account_id in sorted(truth.accounts):
        yield "account", truth.accounts[account_id]
    for name, rows in (("text", truth.texts), ("return", truth.returns), ("takeover", truth.takeovers)):
        for row in rows:
            yield name, row


def _add_record(truth: Truth, raw: dict[str, Any]) -> None:
    kind = raw.pop("record")
    row = msgspec.convert(raw, _RECORDS[kind])
    if kind == "account":
        truth.accounts[row.account_id] = row
        return
    lists: dict[str, list[Any]] = {"text": truth.texts, "return": truth.returns, "takeover": truth.takeovers}
    lists[kind].append(row)
