"""Looks hashes up in the live banks: what was committed before this moment is found, at any size, at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from jacana.db.engine import Connection
from jacana.detect.media.banks import store as bank_store
from jacana.model.bank import Bank, BankEntry, BankRole
from jacana.model.upload import Digests
from jacana.pipeline.stages import Stages
from jacana.web.hma.signals import Signal, to_rows


@dataclass(frozen=True, slots=True)
class Asked:
    """One hash that is looked up, in small letters."""

    signal: Signal
    value: str


@dataclass(frozen=True, slots=True)
class Found:
    """One content that matches, and how far it is: bits for PDQ, 0 for a digest."""

    bank: Bank
    content_id: int
    distance: int


def look_up(
    stages: Stages, connection: Connection, asked: Sequence[Asked], names: Collection[str] | None, threshold: int
) -> list[list[Found]]:
    """Return what each hash matches, nearest first.

    Without `names` benign banks are left out: what is in them is innocent, and a caller would take a match for harm.
    """
    found: list[list[Found]] = [[] for _ in asked]
    near = [place for place, one in enumerate(asked) if one.signal.digest is None]
    if near:
        matches = stages.screener.search_hashes(connection, to_rows([asked[place].value for place in near]))
        for place, some in zip(near, matches, strict=True):
            found[place] = [Found(one.bank, one.entry.number, one.distance) for one in some]
    banks = {bank.id: bank for bank in stages.banks.list(connection)}
    for place, one in enumerate(asked):
        if one.signal.digest is not None:
            found[place] = _find_digest(stages, connection, banks, one)
    wanted = [[one for one in some if _is_wanted(one, names, threshold)] for some in found]
    return [sorted(some, key=lambda one: (one.distance, one.content_id)) for some in wanted]


def _find_digest(stages: Stages, connection: Connection, banks: dict[str, Bank], asked: Asked) -> list[Found]:
    only = {"md5": "", "sha1": "", "sha256": "", str(asked.signal.digest): asked.value}
    matches = bank_store.select_digest_matches(connection, Digests(**only))
    now = stages.clock()
    return [
        Found(banks[bank_id], entry.number, 0)
        for bank_id, entry in matches
        if bank_id in banks and not _is_over(entry, now)
    ]


def _is_over(entry: BankEntry, now: datetime) -> bool:
    return entry.expires_at is not None and entry.expires_at <= now


def _is_wanted(found: Found, names: Collection[str] | None, threshold: int) -> bool:
    if names is None:
        return found.distance <= threshold and found.bank.role is not BankRole.BENIGN
    return found.distance <= threshold and found.bank.name in names
