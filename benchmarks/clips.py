"""The files that benchmarks of video read: the shared clips, and minutes of them at 720p and 1080p, made once."""

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import av
from rich.progress import track

SHARED = Path(os.environ.get("JACANA_SHARED", Path(__file__).parents[2] / "shared")) / "media" / "video"
CACHE = Path(__file__).parent / "out" / "media"
SECONDS, RATE = 60, 30
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}


def list_shared() -> list[Path]:
    """Return the shared clips; empty where that folder is missing."""
    return sorted(SHARED.glob("*.mp4"))


def make_minute(name: str) -> Path | None:
    """Return a minute of the shared clips one after the other, H.264 as most uploads are (x264 medium, crf 22).

    Made at the first call, which takes minutes; None where the shared clips are missing.
    """
    path = CACHE / f"minute-{name}.mp4"
    clips = list_shared()
    if path.exists() or not clips:
        return path if clips else None
    CACHE.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with av.open(str(part), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "medium", "crf": "22"})
        stream.width, stream.height = SIZES[name]
        stream.pix_fmt = "yuv420p"
        frames = islice(read_all(clips), SECONDS * RATE)
        for number, frame in enumerate(track(frames, f"making {path.name}", total=SECONDS * RATE)):
            scaled = frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
            scaled.pts, scaled.time_base, scaled.pict_type = number, Fraction(1, RATE), 0
            container.mux(stream.encode(scaled))
        container.mux(stream.encode(None))
    part.rename(path)
    return path


def read_all(clips: list[Path]) -> Iterator[Any]:
    """Yield the frames of all clips, again and again."""
    for clip in cycle(clips):
        with av.open(str(clip)) as container:
            yield from container.decode(video=0)
