"""Which range of time to ask NCMEC for next, and what may be remembered as read. Pure.

Entries of a range do not come in the order of time, so a range counts only when all its pages have been read. A page
that cannot be read leaves a hole that is remembered and asked for again, so that it neither hides nor stops the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
NEXT_PAGE_HOURS = 12
"""After so long the exchange has forgotten what its `next` meant (reference section 5.1)."""
SETTLE_SECONDS = 60
"""How far back reading starts again: an entry may be dated a little before it can be seen."""
LARGE_RANGE = 100_000
"""Entries; a range that seems to hold more is asked for in quarters."""
SMALL_RANGES = 4
"""After so many ranges of one page, or one without any entry, ranges get twice as long."""
MOST_HOLES = 16
_SECOND = timedelta(seconds=1)

Range = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class ReadState:
    """How far a list has been read. Everything before `read_from` has been, but for the holes."""

    read_from: datetime = BEGINNING
    range_end: datetime | None = None
    """End of the range under way, if `next_page` goes on in it."""
    next_page: str | None = None
    next_page_at: datetime | None = None
    span_seconds: int = 0
    """How long the next range is; 0: as long as there is time."""
    small_ranges: int = 0
    holes: tuple[Range, ...] = ()

    def read_until(self) -> datetime:
        """Return the moment before which really everything has been read."""
        return min([self.read_from, *(start for start, _ in self.holes)])


@dataclass(frozen=True, slots=True)
class Ask:
    """One range to read, and the page within it to go on with; None: its first."""

    start: datetime
    end: datetime
    next_page: str | None = None

    @property
    def query_from(self) -> datetime:
        """A second before the start, because nobody says whether the ends of a range belong to it."""
        return max(BEGINNING, self.start - _SECOND)


def load_state(state: Mapping[str, Any] | None) -> ReadState:
    """Return what `dump_state` wrote; the beginning for None."""
    if not state:
        return ReadState()
    return ReadState(
        read_from=_parse(state["read_from"]) or BEGINNING,
        range_end=_parse(state["range_end"]),
        next_page=state["next_page"],
        next_page_at=_parse(state["next_page_at"]),
        span_seconds=int(state["span_seconds"]),
        small_ranges=int(state["small_ranges"]),
        holes=tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in state["holes"]),
    )


def dump_state(state: ReadState) -> dict[str, Any]:
    """Return the state as JSON values."""
    return {
        "read_from": state.read_from.isoformat(),
        "range_end": state.range_end and state.range_end.isoformat(),
        "next_page": state.next_page,
        "next_page_at": state.next_page_at and state.next_page_at.isoformat(),
        "span_seconds": state.span_seconds,
        "small_ranges": state.small_ranges,
        "holes": [[start.isoformat(), end.isoformat()] for start, end in state.holes],
    }


def choose_range(state: ReadState, edge: datetime, now: datetime) -> Ask:
    """Return what to read next: the rest of a range that was begun, or a new one that ends at `edge` at the latest.

    A `next_page` is used only with the very range it was given for, and while it is young.
    """
    if state.next_page and state.range_end and state.next_page_at and _is_young(state.next_page_at, now):
        return Ask(state.read_from, state.range_end, state.next_page)
    end = max(edge, state.read_from + _SECOND)
    if state.span_seconds:
        end = min(end, state.read_from + timedelta(seconds=state.span_seconds))
    return Ask(state.read_from, end)


def is_too_large(ask: Ask, next_page: str | None, count: int) -> bool:
    """Say whether a range, judged by its first page, is better asked for in quarters."""
    if ask.next_page is not None or next_page is None or ask.end - ask.start <= _SECOND:
        return False
    return _estimate_rest(next_page) + count > LARGE_RANGE


def shrink_range(state: ReadState, ask: Ask) -> ReadState:
    """Return the state that asks for a quarter of the range instead; nothing of it counts as read."""
    quarter = max(1, int((ask.end - ask.start).total_seconds()) // 4)
    return replace(drop_page(state), span_seconds=quarter, small_ranges=0)


def keep_page(state: ReadState, ask: Ask, next_page: str, now: datetime) -> ReadState:
    """Return the state in the middle of a range."""
    return replace(state, range_end=ask.end, next_page=next_page, next_page_at=now)


def drop_page(state: ReadState) -> ReadState:
    """Return the state at the beginning of its range."""
    return replace(state, range_end=None, next_page=None, next_page_at=None)


def finish_range(state: ReadState, ask: Ask, edge: datetime, count: int) -> ReadState:
    """Return the state after the last page of a range; `count` is how many entries that page had.

    What is near the edge is read again next time. Raises no error: a range that was read is read.
    """
    read_from = max(state.read_from, min(ask.end, edge - timedelta(seconds=SETTLE_SECONDS)))
    was_small = ask.next_page is None
    small = state.small_ranges + 1 if was_small else 0
    span = state.span_seconds
    if span and was_small and (count == 0 or small >= SMALL_RANGES):
        span, small = span * 2, 0
    return replace(drop_page(state), read_from=read_from, span_seconds=span, small_ranges=small)


def leave_hole(state: ReadState, ask: Ask, edge: datetime) -> ReadState | None:
    """Return the state that goes on after a range which cannot be read and remembers it; None: too many by now."""
    if len(state.holes) >= MOST_HOLES:
        return None
    after = finish_range(state, replace(ask, next_page=""), edge, 1)
    return replace(after, holes=(*state.holes, (ask.start, ask.end)))


def close_hole(state: ReadState, hole: Range) -> ReadState:
    """Return the state after a hole was read."""
    return replace(state, holes=tuple(other for other in state.holes if other != hole))


def split_hole(state: ReadState, hole: Range) -> ReadState:
    """Return the state with a hole that still cannot be read cut in quarters, to close in on what spoils it."""
    start, end = hole
    seconds = int((end - start).total_seconds())
    if seconds < 4 or len(state.holes) + 3 > MOST_HOLES:
        return state
    cuts = [start + timedelta(seconds=seconds * quarter // 4) for quarter in range(4)] + [end]
    others = [other for other in state.holes if other != hole]
    return replace(state, holes=(*others, *pairwise(cuts)))


def format_instant(moment: datetime) -> str:
    """Return a moment as NCMEC's queries write it: UTC to the second. Raises ValueError for one without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def belongs_to(next_page: str, ask: Ask) -> bool:
    """Say whether a `next` goes on in the range it came from, as far as it can be seen which one that is."""
    values = parse_qs(urlsplit(next_page).query)
    for name, moment in (("from", ask.query_from), ("to", ask.end)):
        for text in values.get(name, []):
            try:
                given = datetime.fromisoformat(text)
            except ValueError:
                continue
            if given.tzinfo is not None and abs(given - moment) >= _SECOND:
                return False
    return True


def _is_young(at: datetime, now: datetime) -> bool:
    return timedelta() <= now - at < timedelta(hours=NEXT_PAGE_HOURS)


def _estimate_rest(next_page: str) -> int:
    values = parse_qs(urlsplit(next_page).query)
    try:
        return max(0, int(values["max"][0]) - int(values["start"][0]))
    except (KeyError, ValueError):
        return 0


def _parse(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
