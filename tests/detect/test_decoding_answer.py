"""Whatever a child says, or fails to say, becomes facts or a problem with a sentence; never an exception."""

import json
import signal
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.answer import (
    MAX_SECONDS,
    PROBLEMS,
    ChildAnswer,
    DecoderUnavailableError,
    read_answer,
)
from jacana.detect.media.hashing.frames import collect_frames, collect_windows
from jacana.model.media import MediaFacts, MediaKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
READY = wire.write_json(wire.READY, {"layers": []})
HEADER = {"container": "mov,mp4", "codec": "h264", "width": 9, "height": 8, "duration_seconds": 1.0}
FRAME = wire.write_record(wire.FRAMES, collect_frames([(0.5, 90, bytes(32))]).pack())
WINDOW_ROW = (0.5, 90, 3, 7, (0, 0, 255, 128), bytes(range(32)))
WINDOW = wire.write_record(wire.WINDOWS, collect_windows([WINDOW_ROW, WINDOW_ROW]).pack())
END = wire.write_json(wire.END, {"problem": None, "decoded": 1})


def end(problem: object, decoded: int = 1) -> bytes:
    return wire.write_json(wire.END, {"problem": problem, "decoded": decoded})


def header(**changes: object) -> bytes:
    return wire.write_json(wire.HEADER, HEADER | changes)


def read(*records: bytes, status: int = 0, stopped_by: str | None = None) -> MediaFacts:
    return read_answer(ChildAnswer(b"".join(records), status, stopped_by), "0" * 64, NOW, "adaptive")


def test_a_whole_answer() -> None:
    facts = read(READY, header(), FRAME, WINDOW, END)
    assert (facts.kind, facts.width, facts.codec, facts.duration_seconds) == (MediaKind.VIDEO, 9, "h264", 1.0)
    assert (facts.frame_count, facts.window_count, facts.sampling) == (1, 2, "adaptive")
    assert facts.frames == FRAME[wire.HEAD_BYTES :]
    assert facts.windows == WINDOW[wire.HEAD_BYTES :]
    assert (facts.problem, facts.problem_detail, facts.analysed_at) == (None, None, NOW)


@pytest.mark.parametrize(
    ("container", "decoded", "kind"),
    [
        ("png_pipe", 1, MediaKind.PICTURE),
        ("gif", 1, MediaKind.PICTURE),
        ("gif", 2, MediaKind.VIDEO),
        ("mov,mp4", 1, MediaKind.VIDEO),
    ],
)
def test_a_picture_is_one_frame_of_a_picture_format(container: str, decoded: int, kind: MediaKind) -> None:
    assert read(READY, header(container=container), FRAME, end(None, decoded)).kind is kind


def test_a_still_in_a_films_container_has_no_duration() -> None:
    still = header(container="mov,mp4", duration_seconds=None)
    assert read(READY, still, FRAME, end(None)).kind is MediaKind.PICTURE
    assert read(READY, still, FRAME, end(None, 2)).kind is MediaKind.VIDEO


@pytest.mark.parametrize(
    ("records", "status", "problem", "frame_count"),
    [
        ((header(), FRAME), -signal.SIGSEGV, "decoder_crashed", 1),
        ((header(), FRAME), 1, "decoder_crashed", 1),
        ((header(), FRAME), 0, "decoder_crashed", 1),
        ((header(), FRAME), -signal.SIGXCPU, "cpu_limit", 1),
        ((header(), FRAME, FRAME[:20]), -signal.SIGKILL, "decoder_crashed", 1),
        ((header(), FRAME, b"garbage that is no record"), 0, "decoder_misbehaved", 1),
        ((header(), FRAME, wire.write_record(wire.FRAMES, b"x"), END), 0, "decoder_misbehaved", 1),
        ((header(), FRAME, wire.write_record(wire.FRAMES, b"\xff" * 41), END), 0, "decoder_misbehaved", 1),
        ((header(), wire.write_record(wire.WINDOWS, b"x" * 46), END), 0, "decoder_misbehaved", 0),
        ((header(), wire.write_record(wire.WINDOWS, b"\xff" * 47), END), 0, "decoder_misbehaved", 0),
        (
            (header(), FRAME, end("made_up")),
            0,
            "decoder_misbehaved",
            1,
        ),
        ((header(), FRAME, end(["x"])), 0, "decoder_misbehaved", 1),
        ((header(), FRAME, wire.write_json(wire.END, {"problem": None})), 0, "decoder_misbehaved", 1),
        ((header(), FRAME, wire.write_record(wire.END, b"[]")), 0, "decoder_misbehaved", 1),
        ((header(), FRAME, wire.write_record(wire.END, b"[" * 100_000)), 0, "decoder_misbehaved", 1),
        ((header(width=-1), FRAME, END), 0, "decoder_misbehaved", 0),
        ((header(width=float("inf")), FRAME, END), 0, "decoder_misbehaved", 0),
        ((header(duration_seconds=float("nan")), FRAME, END), 0, "decoder_misbehaved", 0),
        ((header(duration_seconds=10**400), FRAME, END), 0, "decoder_misbehaved", 0),
        ((header(codec="a\0b"), FRAME, END), 0, "decoder_misbehaved", 0),
        ((wire.write_json(wire.HEADER, {}), FRAME, END), 0, "decoder_misbehaved", 0),
        (
            (header(), FRAME, end("out_of_memory")),
            0,
            "out_of_memory",
            1,
        ),
        ((header(duration_seconds=1e300), FRAME, END), 0, "endless", 1),
    ],
)
def test_whatever_a_child_says(records: tuple[bytes, ...], status: int, problem: str, frame_count: int) -> None:
    facts = read(READY, *records, status=status)
    assert (facts.kind, facts.problem, facts.frame_count) == (MediaKind.UNREADABLE, problem, frame_count)
    assert facts.problem_detail == PROBLEMS[problem]


@pytest.mark.parametrize(
    "change",
    [{"seconds": float("inf")}, {"seconds": float("nan")}, {"quality": 101}, {"window": 202}, {"orientation": 8}],
)
def test_windows_no_hasher_makes(change: dict[str, float]) -> None:
    names = ("seconds", "quality", "window", "orientation", "rect", "pdq")
    row = tuple((dict(zip(names, WINDOW_ROW, strict=True)) | change).values())
    record = wire.write_record(wire.WINDOWS, collect_windows([row]).pack())
    assert read(READY, header(), WINDOW, record, END).problem == "decoder_misbehaved"


def test_times_after_a_week_are_not_believed() -> None:
    for seconds, problem in ((MAX_SECONDS, None), (MAX_SECONDS + 1, "endless"), (-MAX_SECONDS - 1, "endless")):
        frame = wire.write_record(wire.FRAMES, collect_frames([(seconds, 90, bytes(32))]).pack())
        assert read(READY, header(), frame, END).problem == problem


def test_a_limit_that_stopped_it_is_its_problem() -> None:
    facts = read(READY, header(), FRAME, status=-signal.SIGKILL, stopped_by="time_limit")
    assert (facts.problem, facts.frame_count) == ("time_limit", 1)


def test_a_child_that_never_began_is_not_the_files_fault() -> None:
    with pytest.raises(DecoderUnavailableError, match="did not start"):
        read(status=1)


RECORD = st.builds(
    wire.write_record,
    st.sampled_from(wire.KINDS),
    st.one_of(
        st.binary(max_size=100),
        st.binary(min_size=41, max_size=41),
        st.binary(min_size=47, max_size=47),
        st.builds(
            lambda content: json.dumps(content).encode(),
            st.dictionaries(
                st.sampled_from([*HEADER, "problem", "decoded", "layers"]),
                st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=9), st.lists(st.none(), max_size=2)),
            ),
        ),
    ),
)


@given(st.lists(RECORD, max_size=8), st.binary(max_size=9), st.integers(-20, 20))
def test_any_answer_becomes_facts(records: list[bytes], rest: bytes, status: int) -> None:
    facts = read(READY, *records, rest, status=status)
    assert facts.readable == (facts.problem is None)
    assert facts.problem is None or facts.problem_detail == PROBLEMS[facts.problem]
    assert len(facts.frames) == 41 * facts.frame_count
    assert len(facts.windows) == 47 * facts.window_count


@pytest.mark.parametrize("more", [wire.write_record(wire.FRAMES), wire.write_record(wire.WINDOWS), END + END])
def test_records_that_say_nothing_are_no_answer(more: bytes) -> None:
    assert read(READY, header(), FRAME, more, END).problem == "decoder_misbehaved"
