"""The strip of matched seconds: where each stretch is drawn, how it is said, what older findings give."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.model.finding import BankMatch, Finding, FindingKind, FrameMatch, MatchedSegment
from jacana.model.media import MediaFacts, MediaKind
from jacana.web.console.strip import LEAST_WIDTH, UNITS, build_strip

MEDIA = MediaFacts(
    "0" * 64, MediaKind.VIDEO, "v", datetime(2026, 11, 22, tzinfo=UTC), width=640, height=360, duration_seconds=100.0
)


def make_finding(
    *segments: MatchedSegment, entry: str = "entry_1", kind: FindingKind = FindingKind.BANK_MATCH, **changes: object
) -> Finding:
    fields = {"exact": False, "segments": segments, "role": "known"} | changes
    match = BankMatch("bank_1", "list", "s", None, (), entry, "clip", 1.0, 0.5, 4, **fields)
    return Finding(f"find_{entry}", "upl_1", "0" * 64, kind, "d", "1", 0.9, (), match)


def test_a_stretch_lies_where_it_matches() -> None:
    segment = MatchedSegment(12.0, 17.0, 3.0, 8.0, 9, ("mirrored",))
    strip = build_strip(MEDIA, [make_finding(segment)])
    assert strip is not None
    (track,) = strip.tracks
    (stretch,) = track.stretches
    assert (stretch.x, stretch.width) == (120.0, 50.0)
    assert (stretch.text, stretch.known, stretch.way) == ("0:12.0–0:17.0", "0:03.0–0:08.0", "mirrored")
    assert (track.label, track.bank, track.set_aside, strip.still, strip.parts) == ("clip", "list", False, False, ())


@given(st.floats(0, 7200), st.floats(0, 7200), st.one_of(st.none(), st.floats(0.01, 7200)))
def test_every_stretch_can_be_seen_and_lies_inside(start: float, length: float, duration: float | None) -> None:
    from dataclasses import replace

    media = replace(MEDIA, duration_seconds=duration)
    strip = build_strip(media, [make_finding(MatchedSegment(start, start + length, 0.0, 1.0, 2))])
    assert strip is not None
    (stretch,) = strip.tracks[0].stretches
    assert stretch.width >= LEAST_WIDTH
    assert 0 <= stretch.x <= stretch.x + stretch.width <= UNITS + 0.01


def test_one_moment_is_said_once() -> None:
    strip = build_strip(MEDIA, [make_finding(MatchedSegment(12.0, 12.01, 3.0, 3.0, 1))])
    assert strip is not None
    assert (strip.tracks[0].stretches[0].text, strip.tracks[0].stretches[0].known) == ("0:12.0", "0:03.0")


def test_the_part_that_matches_is_placed_on_the_frame() -> None:
    segment = MatchedSegment(12.0, 17.0, 3.0, 8.0, 9, ("inside borders",), (0, 51, 255, 153))
    strip = build_strip(MEDIA, [make_finding(segment)])
    assert strip is not None
    (part,) = strip.parts
    assert (part.x, part.y, part.width, part.height) == (0.0, 72.0, 640.0, 216.0)
    assert (part.from_seconds, part.to_seconds, strip.size) == (12.0, 17.0, (640, 360))


def test_copies_of_one_file_draw_each_entry_once() -> None:
    one = make_finding(MatchedSegment(1.0, 2.0, 0.0, 1.0, 2))
    aside = make_finding(
        MatchedSegment(5.0, 6.0, 0.0, 1.0, 2), entry="entry_2", kind=FindingKind.BENIGN_MATCH, role="benign"
    )
    strip = build_strip(MEDIA, [one, one, aside])
    assert strip is not None
    assert [(track.entry_id, track.set_aside) for track in strip.tracks] == [("entry_1", False), ("entry_2", True)]


def test_identical_bytes_match_all_along() -> None:
    strip = build_strip(MEDIA, [make_finding(exact=True)])
    assert strip is not None
    (stretch,) = strip.tracks[0].stretches
    assert (stretch.x, stretch.width, stretch.text) == (0.0, UNITS, "the whole file")


def test_older_findings_are_drawn_from_their_frames() -> None:
    frames = tuple(FrameMatch(seconds, 90, seconds + 3, 4) for seconds in (1.0, 1.5, 2.9, 8.0))
    strip = build_strip(MEDIA, [make_finding(frames=frames)])
    assert strip is not None
    assert [(s.text, s.known) for s in strip.tracks[0].stretches] == [
        ("0:01.0–0:02.9", "0:04.0–0:05.9"),
        ("0:08.0", "0:11.0"),
    ]


@pytest.mark.parametrize("findings", [[], [Finding("f", "u", "0", FindingKind.MEDIA_UNREADABLE, "d", "1", 1.0, ())]])
def test_nothing_that_matches_has_no_strip(findings: list[Finding]) -> None:
    assert build_strip(MEDIA, findings) is None
    assert build_strip(None, [make_finding(exact=True)]) is None


def test_pictures_have_no_time_to_draw() -> None:
    from dataclasses import replace

    picture = replace(MEDIA, kind=MediaKind.PICTURE, duration_seconds=None)
    strip = build_strip(picture, [make_finding(MatchedSegment(0.0, 0.0, 0.0, 0.0, 1))])
    assert strip is not None
    assert strip.still
