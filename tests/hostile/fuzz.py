"""Send thousands of damaged files through a decoder pool; each has to come out as facts, within its limits."""

import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from hostile.drawn import SEEDS, draw
from hostile.mutate import Chance, mutate
from jacana.detect.media.decoding.analyse import PROBLEMS, DecoderLimits, DecoderPool, SamplingPlan
from jacana.detect.media.decoding.answer import MAX_SECONDS, read_answer
from jacana.detect.media.hashing.frames import unpack_frames, unpack_windows
from jacana.model.media import MediaFacts, MediaKind
from jacana.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SLACK_SECONDS = 30.0
"""Over the wall limit: what a busy machine may take to start or kill a process."""

LIMITS = replace(
    DecoderLimits.from_settings(Settings()),
    memory_bytes=1 << 30,
    cpu_seconds=10,
    wall_seconds=60.0,
    max_pixels=4096 * 4096,
    max_frames=2000,
    max_windows=20_000,
)
PLANS = (
    SamplingPlan("adaptive", windows="upload"),
    SamplingPlan("thorough"),
    SamplingPlan("rate", 2.0),
    SamplingPlan("adaptive", windows="entry"),
    SamplingPlan("adaptive", spans=((0.2, 0.9),)),
)


@dataclass
class Tally:
    """What came of all files."""

    problems: Counter[str] = field(default_factory=Counter)
    crashes: Counter[int] = field(default_factory=Counter)
    """By exit status: children that did not end by themselves."""
    failures: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0


def make_file(seed: int) -> tuple[str, bytes, SamplingPlan]:
    """Return the kind, the bytes and the plan of one number; the same number gives the same."""
    chance = Chance(seed)
    names = sorted(SEEDS)
    name, other = chance.choice(names), chance.choice(names)
    return name, mutate(draw(name), draw(other), chance.randrange(1 << 62)), chance.choice(PLANS)


def fuzz(
    files: int, seed: int, workers: int, saved: Path, done: Callable[[], None] = lambda: None, *, per_server: int = 200
) -> Tally:
    """Analyse so many damaged files; those that break something are saved with their number."""
    tally, lock = Tally(), threading.Lock()
    pool = DecoderPool(LIMITS, per_server)
    for name in SEEDS:  # drawn once, on one thread
        draw(name)

    def run(number: int) -> None:
        name, data, plan = make_file(number)
        start = time.monotonic()
        try:
            facts, status, complaint = _analyse(pool, data, plan)
        except Exception as problem:  # whatever it is, it is a finding
            facts, status, complaint = None, 0, f"{type(problem).__name__}: {problem}"
        seconds = time.monotonic() - start
        if seconds > LIMITS.wall_seconds + SLACK_SECONDS:
            complaint = complaint or f"took {seconds:.0f} s"
        with lock:
            tally.slowest_seconds = max(tally.slowest_seconds, seconds)
            tally.problems[(facts.problem or facts.kind.value) if facts else "raised"] += 1
            if status:
                tally.crashes[status] += 1
            if complaint:
                saved.mkdir(parents=True, exist_ok=True)
                (saved / f"{number}_{name}").write_bytes(data)
                tally.failures.append(f"{number} {name}: {complaint}")
            done()

    try:
        with ThreadPoolExecutor(workers) as threads:
            list(threads.map(run, _number(files, seed)))
        alive = _is_alive(pool)
    finally:
        pool.close()
    if not alive:
        tally.failures.append("the pool did not live on")
    return tally


def _number(files: int, seed: int) -> Iterator[int]:
    yield from range(seed << 32, (seed << 32) + files)


def _analyse(pool: DecoderPool, data: bytes, plan: SamplingPlan) -> tuple[MediaFacts, int, str | None]:
    descriptor, name = tempfile.mkstemp(prefix="jacana-fuzz-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        answer = pool.run(Path(name), plan)
    finally:
        Path(name).unlink()
    facts = read_answer(answer, "0" * 64, NOW, plan.mode)
    stopped = answer.status if answer.stopped_by is None else 0
    return facts, stopped, check_facts(facts, seen=not plan.spans)


def check_facts(facts: MediaFacts, *, seen: bool = True) -> str | None:
    """Return what is wrong with facts that cannot be, or None. `seen`: some frame must have been hashed."""
    frames, windows = unpack_frames(facts.frames), unpack_windows(facts.windows)
    for wrong, says in (
        (facts.readable != (facts.problem is None), "neither readable nor a problem"),
        (facts.problem is not None and facts.problem_detail != PROBLEMS.get(facts.problem), "an unknown problem"),
        (facts.problem == "decoder_misbehaved", "an honest decoder was not believed"),
        (len(frames) != facts.frame_count or len(windows) != facts.window_count, "counts that are wrong"),
        (facts.readable and seen and (facts.width is None or not len(frames)), "readable, but nothing was seen"),
        (facts.kind is MediaKind.PICTURE and len(frames) > 1, "a picture of several frames"),
        (facts.readable and len(frames) and abs(frames.seconds).max() > MAX_SECONDS, "times that cannot be"),
        (len(frames) > LIMITS.max_frames or len(windows) > LIMITS.max_windows, "more than is allowed"),
    ):
        if wrong:
            return says
    return None


def _is_alive(pool: DecoderPool) -> bool:
    with tempfile.NamedTemporaryFile() as file:
        file.write(draw("mp4_h264"))
        file.flush()
        return read_answer(pool.run(Path(file.name), PLANS[1]), "0" * 64, NOW).readable
