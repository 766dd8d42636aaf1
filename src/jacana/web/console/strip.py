"""The strip under the player: which seconds of a file match what, and where in the frame. Pure; knows no pictures.

Everything is also text, so that the strip says the same without script, without colour and without sight.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jacana.model.finding import BankMatch, Finding, FindingKind, MatchedSegment
from jacana.model.media import MediaFacts, MediaKind
from jacana.web.console.words import play_time

UNITS = 1000.0
"""Width of a track in its own units."""

LEAST_WIDTH = 6.0
"""So many of them are drawn at least, or a single frame of a long film could not be seen or met by a pointer."""

JOINED_SECONDS = 1.5
"""Matching frames no farther apart are one stretch, in findings recorded before stretches were."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One matching stretch of the file, as it is drawn and as it is said."""

    x: float
    width: float
    """In UNITS of the track."""
    from_seconds: float
    to_seconds: float
    text: str
    """Such as `0:12.0–0:17.0`."""
    known: str
    """The same of the known file, or what else is to be said of it."""
    way: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the frame that matches during a stretch: x, y, width, height in pixels of the frame as shown."""

    from_seconds: float
    to_seconds: float
    x: float
    y: float
    width: float
    height: float
    name: str


@dataclass(frozen=True, slots=True)
class Track:
    """One known file that matches."""

    entry_id: str
    label: str
    bank: str
    set_aside: bool
    """Whether it is an innocent file, because of which a match was set aside."""
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """What stands under the player, and over the frame."""

    duration_seconds: float
    still: bool
    """Whether the file is a picture, in which there is no time to draw."""
    tracks: tuple[Track, ...]
    parts: tuple[Part, ...]
    size: tuple[int, int]
    """Width and height of the frame as shown, in pixels."""


def build_strip(media: MediaFacts | None, findings: Iterable[Finding]) -> Strip | None:
    """Return the strip of one file from the findings of all its uploads, or None if nothing matches."""
    matches: dict[str, tuple[BankMatch, bool]] = {}
    for finding in findings:
        if finding.match and finding.kind in (FindingKind.BANK_MATCH, FindingKind.BENIGN_MATCH):
            matches.setdefault(finding.match.entry_id, (finding.match, finding.kind is FindingKind.BENIGN_MATCH))
    if not matches or media is None:
        return None
    segments = {entry_id: _list_segments(match) for entry_id, (match, _) in matches.items()}
    last = max((each.to_seconds for some in segments.values() for each in some), default=0.0)
    duration = max(media.duration_seconds or 0.0, last, 0.001)
    size = (media.width or 1, media.height or 1)
    tracks = tuple(
        Track(entry_id, match.entry_label, match.bank_name, aside, _draw(match, segments[entry_id], duration))
        for entry_id, (match, aside) in matches.items()
    )
    parts = tuple(
        _place(each, matches[entry_id][0].entry_label, size)
        for entry_id, some in segments.items()
        for each in some
        if each.rect
    )
    return Strip(duration, media.kind is MediaKind.PICTURE, tracks, parts, size)


def _list_segments(match: BankMatch) -> Sequence[MatchedSegment]:
    """Return the recorded segments, or, of an older finding, what its frames give."""
    if match.segments or not match.frames:
        return match.segments
    found: list[MatchedSegment] = []
    for frame in match.frames:
        here, there = frame.seconds, frame.entry_seconds
        if found and here - found[-1].to_seconds <= JOINED_SECONDS:
            before = found.pop()
            low, high = min(before.entry_from_seconds, there), max(before.entry_to_seconds, there)
            found.append(MatchedSegment(before.from_seconds, here, low, high, before.frames + 1))
        else:
            found.append(MatchedSegment(here, here, there, there, 1))
    return found


def _draw(match: BankMatch, segments: Sequence[MatchedSegment], duration: float) -> tuple[Stretch, ...]:
    if not segments:
        return (Stretch(0.0, UNITS, 0.0, duration, "the whole file", "byte for byte", ""),) if match.exact else ()
    return tuple(_draw_segment(segment, duration) for segment in segments)


def _draw_segment(segment: MatchedSegment, duration: float) -> Stretch:
    width = max(LEAST_WIDTH, (segment.to_seconds - segment.from_seconds) / duration * UNITS)
    x = min(segment.from_seconds / duration * UNITS, UNITS - width)
    return Stretch(
        x=round(max(0.0, x), 2),
        width=round(min(width, UNITS), 2),
        from_seconds=segment.from_seconds,
        to_seconds=segment.to_seconds,
        text=_say_span(segment.from_seconds, segment.to_seconds),
        known=_say_span(segment.entry_from_seconds, segment.entry_to_seconds),
        way=segment.how[0] if segment.how else "",
    )


def _place(segment: MatchedSegment, label: str, size: tuple[int, int]) -> Part:
    left, top, width, height = segment.rect or (0, 0, 255, 255)
    return Part(
        segment.from_seconds,
        segment.to_seconds,
        round(left / 255 * size[0], 1),
        round(top / 255 * size[1], 1),
        round(width / 255 * size[0], 1),
        round(height / 255 * size[1], 1),
        label,
    )


def _say_span(first: float, last: float) -> str:
    return play_time(first) if play_time(first) == play_time(last) else f"{play_time(first)}–{play_time(last)}"
