"""Builders for the tests of exchanges: entries of a list, the sandbox's members, a client that does not wait."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from jacana.detect.media.exchange.ncmec import NcmecExchange
from jacana.detect.media.exchange.ncmec_http import NcmecHashApi
from jacana.detect.media.exchange.port import ExchangePage
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox
from jacana.detect.media.exchange.sandbox.shared_list import Account
from jacana.detect.media.hashing.frames import collect_frames
from jacana.model.bank import BankEntry

OWN, OTHER = Account("us", "secret", 1, "Us", may_write=True), Account("them", "hidden", 2, "Them")
THIRD = Account("others", "unseen", 3, "Others")
MEMBERS = [OTHER, OWN, THIRD]


def digest(name: str, kind: str = "md5") -> str:
    """Return an invented hash: of a word, not of any file."""
    return hashlib.new("sha256" if kind == "pdq" else kind, f"invented {name}".encode()).hexdigest()


def hashes(name: str, *kinds: str) -> dict[str, str]:
    return {kind: digest(name, kind) for kind in kinds or ("md5", "sha1")}


def make_entry(name: str, *kinds: str, kind: str = "video", **changes: object) -> BankEntry:
    """Return the bank entry of the list's entry `name` of member 2, as an adapter makes it."""
    found = hashes(name, *kinds)
    frames = collect_frames([(0.0, 100, bytes.fromhex(found["pdq"]))] if "pdq" in found else [])
    entry = BankEntry(
        f"2-{name}",
        md5=found.get("md5"),
        sha1=found.get("sha1"),
        frame_count=len(frames),
        frames=frames.pack(),
        media_kind="picture" if kind == "image" else "video",
        source_id=f"2-{name}",
    )
    return replace(entry, **changes)


def open_client(server: HashSharingSandbox, waits: list[float] | None = None) -> NcmecHashApi:
    """Return a client of the sandbox that notes its waits instead of waiting."""
    noted: Callable[[float], None] = (lambda _seconds: None) if waits is None else waits.append
    return NcmecHashApi("sandbox", server.url, OWN.user, OWN.password, timeout_seconds=5, wait=noted)


def open_exchange(server: HashSharingSandbox, clock: Callable) -> NcmecExchange:
    return NcmecExchange(open_client(server), "sandbox", clock)


def gather(pages: Iterable[ExchangePage]) -> tuple[dict[str, BankEntry], set[str], set[str], ExchangePage]:
    """Return what the pages leave: entries by source id, what is gone, what is refused, and the last page."""
    entries: dict[str, BankEntry] = {}
    gone: set[str] = set()
    refused: set[str] = set()
    last = None
    for last in pages:
        for entry in last.changed:
            entries[str(entry.source_id)] = entry
            gone.discard(str(entry.source_id))
        for source_id in last.gone:
            entries.pop(source_id, None)
            gone.add(source_id)
        refused |= {problem.reference for problem in last.problems}
    assert last is not None and last.complete
    return entries, gone, refused, last
