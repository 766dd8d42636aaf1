"""NCMEC's hash sharing as an exchange: ranges of time in, entries of a bank out. See `ranges` for what may be skipped.

Takes MD5, SHA-1 and PDQ of pictures, MD5 and SHA-1 of videos; the other kinds of hash are counted, not fetched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from jacana.detect.media.exchange import ranges
from jacana.detect.media.exchange.ncmec_http import NcmecHashApi
from jacana.detect.media.exchange.ncmec_xml import (
    MEDIA_KINDS,
    EntriesPage,
    ListedEntry,
    check_hash,
    refuse_hash,
    write_entry,
)
from jacana.detect.media.exchange.port import (
    ExchangeAnswerInvalidError,
    ExchangePage,
    ExchangeRefusedError,
    ExchangeUnsupportedError,
    VoteMessage,
    VoteReason,
)
from jacana.detect.media.exchange.ranges import Ask, Range, ReadState
from jacana.detect.media.hashing.frames import collect_frames, unpack_frames
from jacana.model.bank import BankEntry, BankOrigin, RowProblem
from jacana.model.clock import Clock

SIGNALS = {"md5": "MD5", "sha1": "SHA1", "pdq": "PDQ"}
STATED_QUALITY = 100
"""A list states no quality of a PDQ hash: it vouches for the hash itself."""
_UNREADABLE = "a part of the list cannot be read; it is asked for again at every sync, and nothing of it matches yet"


@dataclass
class _Reading:
    """One pass while it runs: what is read so far, and up to when to read."""

    state: ReadState
    edge: datetime
    restarted: set[datetime] = field(default_factory=set)
    done: bool = False


class NcmecExchange:
    """One list of NCMEC's, or of the sandbox's."""

    origin = BankOrigin.NCMEC

    def __init__(self, api: NcmecHashApi, environment: str, clock: Clock) -> None:
        self._api, self._environment, self._clock = api, environment, clock
        self._own_member: str | None = None

    @property
    def environment(self) -> str:
        """See the port."""
        return self._environment

    def read(self, state: Mapping[str, Any] | None) -> Iterator[ExchangePage]:
        """See the port."""
        reading = _Reading(ranges.load_state(state), self._find_edge())
        for hole in reading.state.holes:
            yield from self._read_hole(reading, hole)
        while not reading.done:
            yield self._read_next(reading)
        yield _page(reading.state, complete=True)

    def list_signals(self, entry: BankEntry) -> tuple[str, ...]:
        """See the port."""
        return list_signals(entry)

    def list_reasons(self, signal: str) -> tuple[VoteReason, ...]:
        """See the port."""
        if signal not in SIGNALS.values():
            raise ExchangeUnsupportedError(
                "there is no such kind of hash", field="signal", remedy=f"use one of {', '.join(SIGNALS.values())}"
            )
        return self._api.reasons(signal)

    def vote(self, vote: VoteMessage) -> str:
        """See the port."""
        return self._api.vote(vote)

    def share(self, entry: BankEntry) -> str:
        """See the port."""
        kind = next((kind for kind, media in MEDIA_KINDS.items() if media == entry.media_kind), None)
        if kind is None:
            raise ExchangeUnsupportedError(
                "the entry does not say whether it is a picture or a video",
                field="entry",
                remedy="add it to the bank again from its file",
            )
        hashes = {name: value for name in ("md5", "sha1") if (value := getattr(entry, name))}
        if kind == "image" and entry.frame_count:
            hashes["pdq"] = unpack_frames(entry.frames).pdq[0].tobytes().hex()
        if not hashes:
            raise ExchangeUnsupportedError(
                "the entry has no hash that this exchange takes", field="entry", remedy="share one with MD5 or SHA-1"
            )
        member = self._who_am_i()
        self._api.put_entry(member, entry.id, write_entry(kind, entry.id, entry.classification, hashes))
        return f"{member}-{entry.id}"

    def close(self) -> None:
        """See the port."""
        self._api.close()

    def _find_edge(self) -> datetime:
        """Return up to when to read: now, or what the exchange takes for now where its clock is behind ours."""
        member, exchange_time = self._api.status()
        self._own_member = member.id
        now = self._clock()
        return min(now, exchange_time or now).replace(microsecond=0)

    def _who_am_i(self) -> str:
        if self._own_member is None:
            self._own_member = self._api.status()[0].id
        return self._own_member

    def _read_next(self, reading: _Reading) -> ExchangePage:
        """Read the next page of the range under way, or the first of the next range."""
        ask = ranges.choose_range(reading.state, reading.edge, self._clock())
        try:
            found = self._ask(ask)
        except (ExchangeAnswerInvalidError, ExchangeRefusedError) as problem:
            if ask.next_page is not None and ask.start not in reading.restarted:  # it may no longer know its `next`
                reading.restarted.add(ask.start)
                reading.state = ranges.drop_page(reading.state)
                return _page(reading.state)
            if isinstance(problem, ExchangeRefusedError):
                raise
            return self._pass_over(reading, ask)
        count = len(found.entries) + len(found.problems)
        if ranges.is_too_large(ask, found.next_page, count):
            reading.state = ranges.shrink_range(reading.state, ask)
        elif found.next_page is not None:
            reading.state = ranges.keep_page(reading.state, ask, found.next_page, self._clock())
        else:
            reading.state = ranges.finish_range(reading.state, ask, reading.edge, count)
            reading.done = ask.end >= reading.edge
        return self._make_page(found, reading.state)

    def _pass_over(self, reading: _Reading, ask: Ask) -> ExchangePage:
        """Remember a range that cannot be read and go on after it. Raises ExchangeAnswerInvalidError if many are."""
        after = ranges.leave_hole(reading.state, ask, reading.edge)
        if after is None:
            raise ExchangeAnswerInvalidError("too many parts of the list cannot be read")
        reading.state, reading.done = after, ask.end >= reading.edge
        return _page(reading.state)

    def _read_hole(self, reading: _Reading, hole: Range) -> Iterator[ExchangePage]:
        """Read a range that could not be read before, wholly or not at all."""
        ask: Ask | None = Ask(*hole)
        while ask is not None:
            try:
                found = self._ask(ask)
            except (ExchangeAnswerInvalidError, ExchangeRefusedError):
                reading.state = ranges.split_hole(reading.state, hole)
                yield _page(reading.state)
                return
            ask = replace(ask, next_page=found.next_page) if found.next_page else None
            if ask is None:
                reading.state = ranges.close_hole(reading.state, hole)
            yield self._make_page(found, reading.state)

    def _ask(self, ask: Ask) -> EntriesPage:
        found = self._api.entries(ask, self._own_member)
        if found.next_page and (found.next_page == ask.next_page or not ranges.belongs_to(found.next_page, ask)):
            raise ExchangeAnswerInvalidError("the next page does not go on in the range that was asked for")
        return found

    def _make_page(self, found: EntriesPage, state: ReadState) -> ExchangePage:
        problems = list(found.problems)
        entries = [self._fetch_linked(entry, problems) for entry in found.entries]
        refused = {problem.reference for problem in problems}
        kept = tuple(_make_entry(entry) for entry in entries if entry.fingerprints and not entry.deleted)
        gone = tuple(
            entry.source_id
            for entry in entries
            if entry.deleted or not (entry.fingerprints or entry.source_id in refused)
        )
        return replace(_page(state), changed=kept, gone=gone, problems=tuple(problems), unused=found.unused)

    def _fetch_linked(self, entry: ListedEntry, problems: list[RowProblem]) -> ListedEntry:
        """Return the entry with the hashes that it only points to: their bytes, or their digits as text."""
        hashes = dict(entry.fingerprints)
        for name, href in entry.links.items():
            raw = self._api.fingerprint(href)
            value = check_hash(name, raw.hex()) or check_hash(name, raw.decode("ascii", "replace"))
            if value is None:
                problems.append(refuse_hash(name, len(raw), entry.source_id))
            else:
                hashes[name] = value
        return replace(entry, fingerprints=hashes)


def list_signals(entry: BankEntry) -> tuple[str, ...]:
    """Return NCMEC's names of the hashes of an entry that can be voted on, the surest first."""
    carried = {"md5": entry.md5, "sha1": entry.sha1, "pdq": entry.frame_count}
    return tuple(signal for name, signal in SIGNALS.items() if carried[name])


def _page(state: ReadState, *, complete: bool = False) -> ExchangePage:
    trouble = _UNREADABLE if state.holes else None
    return ExchangePage(ranges.dump_state(state), read_until=state.read_until(), trouble=trouble, complete=complete)


def _make_entry(entry: ListedEntry) -> BankEntry:
    pdq = entry.fingerprints.get("pdq")
    frames = collect_frames([(0.0, STATED_QUALITY, bytes.fromhex(pdq))] if pdq else [])
    return BankEntry(
        label=entry.source_id,
        md5=entry.fingerprints.get("md5"),
        sha1=entry.fingerprints.get("sha1"),
        frame_count=len(frames),
        frames=frames.pack(),
        media_kind=MEDIA_KINDS[entry.kind],
        source_id=entry.source_id,
        classification=entry.classification,
        votes_up=entry.votes_up,
        votes_down=entry.votes_down,
    )
