"""A folder that holds one event set: events, the lexicon that goes with them, what a reviewer would find, the truth.

events.jsonl, events.parquet   what the network would send, in the order of time
lexicon.csv                    listed terms, for `jacana lexicon import`
verdicts.jsonl                 what a person who opens a case would say: read one account at a time, by the reviewer
truth.jsonl                    who is what; opened only when a replay has ended
set.json                       how it was made
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from jacana.model.errors import InputInvalidError
from jacana.model.verdict import AccountVerdict
from jacana.simulate.datasets.parquet import ParquetEvents, read_parquet
from jacana.simulate.datasets.termfile import write_terms
from jacana.simulate.datasets.truth import Truth, read_truth, write_truth
from jacana.simulate.population.crowd import Crowd
from jacana.simulate.population.world import SimEvent

EVENTS, PARQUET, LEXICON = "events.jsonl", "events.parquet", "lexicon.csv"
VERDICTS, TRUTH, MANIFEST = "verdicts.jsonl", "truth.jsonl", "set.json"
FILES = (EVENTS, PARQUET, LEXICON, VERDICTS, TRUTH, MANIFEST)
BATCH_EVENTS = 2_000


class EventSetInvalidError(InputInvalidError):
    """A folder holds no event set, or holds something else as well."""

    code = "simulate.set_invalid"


@dataclass(frozen=True, slots=True)
class SetFacts:
    """What set.json says. `source`: simulator, rba or clue."""

    source: str
    accounts: int
    days: int
    events: int
    seed: int | None = None


class EventSetWriter:
    """Writes the event files of a set, in the formats asked for, as events come. Close it to finish the files."""

    def __init__(self, folder: Path, *, jsonl: bool = True, parquet: bool = False) -> None:
        self.folder = folder
        self.events = 0
        self._jsonl: BinaryIO | None = (folder / EVENTS).open("wb") if jsonl else None
        self._parquet = ParquetEvents(folder / PARQUET) if parquet else None
        self._encoder = msgspec.json.Encoder()

    def add(self, events: list[SimEvent]) -> None:
        """Write events that follow those before in time."""
        self.events += len(events)
        if self._jsonl is not None:
            self._jsonl.write(self._encoder.encode_lines(events))
        if self._parquet is not None:
            self._parquet.add(events)

    def close(self) -> None:
        """Finish the files."""
        if self._jsonl is not None:
            self._jsonl.close()
        if self._parquet is not None:
            self._parquet.close()

    def conclude(self, truth: Truth, facts: SetFacts) -> None:
        """Write truth, verdicts and set.json beside the events."""
        write_truth(truth, self.folder / TRUTH)
        with (self.folder / VERDICTS).open("wb") as file:
            for account_id in sorted(truth.accounts):
                row = {"account_id": account_id, "verdict": truth.accounts[account_id].verdict}
                file.write(msgspec.json.encode(row) + b"\n")
        manifest = json.dumps(msgspec.to_builtins(facts), indent=2, sort_keys=True)
        (self.folder / MANIFEST).write_text(manifest + "\n", encoding="utf-8")


def write_simulation(
    folder: Path,
    seed: int,
    accounts: int,
    days: int,
    *,
    jsonl: bool = True,
    parquet: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> SetFacts:
    """Simulate a network into an empty folder; `progress` is told days done and days in all. Returns what was written.

    Raises EventSetInvalidError, ParquetMissingError.
    """
    prepare_folder(folder)
    crowd = Crowd(seed, accounts, days)
    writer = EventSetWriter(folder, jsonl=jsonl, parquet=parquet)
    try:
        for day, events in enumerate(crowd.live()):
            writer.add(events)
            progress(day, days)
    finally:
        writer.close()
    facts = SetFacts("simulator", len(crowd.truth.accounts), days, writer.events, seed)
    write_terms(folder / LEXICON, crowd.vocabulary.listed)
    writer.conclude(crowd.truth, facts)
    return facts


def prepare_folder(folder: Path) -> None:
    """Make the folder, or empty it of an earlier event set. Raises EventSetInvalidError if it holds anything else."""
    try:
        if folder.exists():
            strange = sorted(path.name for path in folder.iterdir() if path.name not in FILES)
            if strange:
                raise EventSetInvalidError(
                    f"{folder} holds something that is no event set", field="--out", remedy="name a new or empty folder"
                )
            for name in FILES:
                (folder / name).unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise EventSetInvalidError(
            f"{folder} cannot be used ({problem.strerror})", field="--out", remedy="name a folder you may write to"
        ) from None


def read_facts(folder: Path) -> SetFacts:
    """Return what set.json says. Raises EventSetInvalidError."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=SetFacts)
    except (OSError, msgspec.MsgspecError):
        raise EventSetInvalidError(
            f"{folder} holds no event set", field="DIR", remedy="make one: jacana simulate --out DIR"
        ) from None


def read_event_batches(folder: Path, size: int = BATCH_EVENTS) -> Iterator[list[SimEvent]]:
    """Yield the events of a set in order, from JSON Lines if they are there, else from Parquet.

    Raises EventSetInvalidError naming the line, ParquetMissingError.
    """
    if (folder / EVENTS).is_file():
        yield from _read_jsonl(folder / EVENTS, size)
    elif (folder / PARQUET).is_file():
        yield from read_parquet(folder / PARQUET, size)
    else:
        raise EventSetInvalidError(f"{folder} holds no events", field="DIR", remedy=f"it needs {EVENTS} or {PARQUET}")


def read_set_truth(folder: Path) -> Truth:
    """Return the truth of a set. Call it only when the replay has ended. Raises TruthUnreadableError."""
    return read_truth(folder / TRUTH)


class KnownVerdicts:
    """What a person would say who opens the case of an account: the automatic reviewer asks, about nobody else."""

    def __init__(self, folder: Path) -> None:
        self._verdicts: dict[str, AccountVerdict] = {}
        self.asked: set[str] = set()
        try:
            for line in (folder / VERDICTS).read_bytes().splitlines():
                row = msgspec.json.decode(line, type=dict[str, str])
                self._verdicts[row["account_id"]] = AccountVerdict(row["verdict"])
        except (OSError, msgspec.MsgspecError, KeyError, ValueError):
            raise EventSetInvalidError(
                f"{folder} holds no verdicts", field="DIR", remedy=f"make the set again: it needs {VERDICTS}"
            ) from None

    def ask(self, account_id: str) -> AccountVerdict:
        """Return the verdict on one account; an unknown one is innocent."""
        self.asked.add(account_id)
        return self._verdicts.get(account_id, AccountVerdict.CLEARED)


def _read_jsonl(path: Path, size: int) -> Iterator[list[SimEvent]]:
    with path.open("rb") as file:
        yield from _gather(_decode_lines(path, file), size)


def _decode_lines(path: Path, lines: Iterable[bytes]) -> Iterator[SimEvent]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    for number, line in enumerate(lines, 1):
        try:
            yield decoder.decode(line)
        except msgspec.MsgspecError:
            raise EventSetInvalidError(
                f"line {number} of {path} is no event", field="DIR", remedy="write one JSON object a line"
            ) from None


def _gather(events: Iterable[SimEvent], size: int) -> Iterator[list[SimEvent]]:
    batch: list[SimEvent] = []
    for event in events:
        batch.append(event)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
