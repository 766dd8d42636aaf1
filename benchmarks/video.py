"""Whole videos: what hashing adds to decoding, every frame and adaptively, ours beside vpdq. CPU seconds a file.

In this process, without the sandbox (which adds a fork and a pipe, milliseconds); one thread each.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av

from benchmarks import Row
from benchmarks.clips import SIZES, list_shared, make_minute
from benchmarks.peers import explain_absence, find_peer
from jacana.detect.media.decoding import decode, wire
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.hashing.frames import RECORD, WINDOW_RECORD

OUR_ROUNDS, PEER_ROUNDS = 5, 2


def run() -> Iterator[Row]:
    """Yield rows for the minutes at 720p and 1080p, then for the shared clips, all together."""
    decode.warm_up()
    minutes = [path for path in map(make_minute, SIZES) if path]
    if not minutes:
        yield Row(
            "videos", 0.0, None, None, "CPU s", "the shared clips are not here (JACANA_SHARED names their folder)"
        )
    for path in minutes:
        yield from measure_files(path.stem, [path])
    if minutes:
        yield from measure_files("shared clips", list_shared())


def measure_files(name: str, files: list[Path]) -> Iterator[Row]:
    """Yield rows for these files together."""
    vpdq = find_peer("vpdq")
    every = adaptively = None
    if vpdq:
        every = lambda: [vpdq.computeHash(path, seconds_per_hash=0, thread_count=1) for path in files]  # noqa: E731
        adaptively = lambda: [vpdq.computeHash(path, seconds_per_hash=1, thread_count=1) for path in files]  # noqa: E731
    missing = explain_absence("vpdq")
    bare, all_frames = measure_in_turns(
        lambda: [decode_only(path) for path in files], lambda: [look(path, "thorough") for path in files]
    )
    yield Row(f"{name}: decode alone", round(bare, 3), None, None, "CPU s", "PyAV, no hash: the lower bound")
    frames = sum(look(path, "thorough")[0] for path in files)
    note = f"{frames} frames; {all_frames / bare:.2f} times decoding alone; peer vpdq at every frame"
    yield make_row(f"{name}: every frame", all_frames, measure_peer(every, 1), note, missing)
    peer = measure_peer(adaptively, PEER_ROUNDS)
    for windows in ("none", "upload"):
        ours = measure(lambda windows=windows: [look(path, "adaptive", windows) for path in files])
        counts = [look(path, "adaptive", windows) for path in files]
        note = f"{sum(c[0] for c in counts)} frames, {sum(c[1] for c in counts)} windows; peer vpdq at one a second"
        yield make_row(f"{name}: adaptive, windows {windows}", ours, peer, note, missing)


def make_row(name: str, ours: float, peer: float | None, note: str, missing: str) -> Row:
    ratio = round(peer / ours, 1) if peer else None
    return Row(name, round(ours, 3), peer and round(peer, 3), ratio, "CPU s", note if peer else f"{note}; {missing}")


def decode_only(path: Path) -> int:
    """Decode every frame of a file on one thread and do nothing with it."""
    with path.open("rb", buffering=0) as file, av.open(file) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count, stream.codec_context.thread_type = 1, "NONE"
        return sum(1 for _ in container.decode(stream))


def look(path: Path, mode: str, windows: str = "none") -> tuple[int, int]:
    """Decode and hash as the child does; return how many frames and windows were hashed."""
    sent: list[bytes] = []
    sampling = decode.Sampling(SamplingPlan(mode, windows=windows), 1 << 28, 1 << 20)
    with path.open("rb", buffering=0) as file:
        decode.decode_file(file, path.stat().st_size, sampling, sent.append)
    sizes = {wire.FRAMES: 0, wire.WINDOWS: 0}
    for kind, payload in wire.read_records(b"".join(sent)):
        if kind in sizes:
            sizes[kind] += len(payload)
    return sizes[wire.FRAMES] // RECORD.itemsize, sizes[wire.WINDOWS] // WINDOW_RECORD.itemsize


def measure(call: Callable[[], object], rounds: int = OUR_ROUNDS) -> float:
    """Return the least CPU seconds of some rounds, all threads of this process: the least disturbed one."""
    return min(time_once(call) for _ in range(rounds))


def measure_in_turns(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Measure two that are set against each other closely in turns, so that a busy machine slows both alike."""
    times = [(time_once(first), time_once(second)) for _ in range(OUR_ROUNDS)]
    return min(one for one, _ in times), min(other for _, other in times)


def measure_peer(call: Callable[[], object] | None, rounds: int) -> float | None:
    return measure(call, rounds) if call else None


def time_once(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
