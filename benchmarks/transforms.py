"""What people do to a clip to keep it from being found again: the transformations of the recall table, as files.

Geometry and colour are FFmpeg filters, as editing tools use them; logos, bars and insets are drawn here. Each is
encoded anew with x264 (or x265), because no edited clip keeps its bytes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Draw = Callable[[Picture, int], Picture]
"""What is drawn into the frame of this number."""

PLAIN = {"preset": "veryfast", "crf": "22"}


@dataclass(frozen=True, slots=True)
class Variant:
    """One edited copy: `group` is the row of the table, `name` tells its variants apart."""

    group: str
    name: str
    filters: str = "null"
    draw: Draw | None = None
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=lambda: PLAIN)


def write_variant(source: Path, span: tuple[float, float], variant: Variant, path: Path) -> None:
    """Write the seconds `span` of a clip, edited, as MP4."""
    pictures = edit_pictures(read_pictures(source, span), variant)
    write_pictures(path, pictures, variant)


def read_pictures(source: Path, span: tuple[float, float]) -> Iterator[tuple[Picture, float]]:
    """Yield RGB pictures and their seconds from the start of the span."""
    with av.open(str(source)) as container:
        for frame in container.decode(video=0):
            if span[0] <= frame.time < span[1]:
                yield frame.to_ndarray(format="rgb24"), frame.time - span[0]


def edit_pictures(pictures: Iterable[tuple[Picture, float]], variant: Variant) -> Iterator[tuple[Picture, float]]:
    """Yield the pictures after the filters, drawn upon."""
    for number, (picture, seconds) in enumerate(_filter(pictures, variant.filters)):
        yield (variant.draw(picture, number) if variant.draw else picture), seconds


def write_pictures(path: Path, pictures: Iterable[tuple[Picture, float]], variant: Variant) -> None:
    """Encode pictures of one size as MP4."""
    walk = iter(pictures)
    start = list(islice(walk, 1))
    height, width = (side // 2 * 2 for side in start[0][0].shape[:2])
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = container.add_stream(variant.codec, rate=30, options={"threads": "1", **variant.options})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 90_000)
        if variant.codec == "libx265":
            stream.options = {**variant.options, "x265-params": "log-level=error:pools=1"}
        for picture, seconds in (*start, *walk):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), format="rgb24")
            frame.pts, frame.time_base = round(seconds * 90_000), Fraction(1, 90_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _filter(pictures: Iterable[tuple[Picture, float]], filters: str) -> Iterator[tuple[Picture, float]]:
    if filters == "null":
        yield from pictures
        return
    graph: Any = None
    for picture, seconds in pictures:
        if graph is None:
            graph = _build(picture.shape[1], picture.shape[0], filters)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = round(seconds * 90_000), Fraction(1, 90_000)
        graph.push(frame)
        yield from _pull(graph)
    if graph is not None:
        graph.push(None)
        yield from _pull(graph)


def _build(width: int, height: int, filters: str) -> Any:
    graph = Graph()
    chain = [graph.add_buffer(width=width, height=height, format="rgb24", time_base=Fraction(1, 90_000))]
    for each in filters.split(","):
        name, _, arguments = each.partition("=")
        chain.append(graph.add(name, arguments or None))
    chain += [graph.add("format", "rgb24"), graph.add("buffersink")]
    for left, right in pairwise(chain):
        left.link_to(right)
    graph.configure()
    return graph


def _pull(graph: Any) -> Iterator[tuple[Picture, float]]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        yield frame.to_ndarray(format="rgb24"), float(frame.pts * frame.time_base)


def draw_tone(curve: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Draw:
    """Return what changes every brightness (0..1) as the curve says."""
    table = np.round(np.clip(curve(np.arange(256) / 255), 0, 1) * 255).astype(np.uint8)
    return lambda picture, _number: table[picture]


def draw_logo(width: float, height: float, corner: tuple[float, float], seed: int = 1) -> Draw:
    """Return what lays a patterned box of these shares of the frame over the place `corner` (0..1 across, down)."""
    pattern = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)

    def draw(picture: Picture, _number: int) -> Picture:
        high, wide = round(picture.shape[0] * height), round(picture.shape[1] * width)
        top, left = round((picture.shape[0] - high) * corner[1]), round((picture.shape[1] - wide) * corner[0])
        drawn = picture.copy()
        drawn[top : top + high, left : left + wide] = _stretch(pattern, high, wide)
        return drawn

    return draw


def draw_caption(height: float, *, above: bool = False, seed: int = 1) -> Draw:
    """Return what covers this share of the frame, below or above, with a bar of light marks that look like letters."""
    chance = np.random.default_rng(seed)
    letters = (chance.random((2 * 5, 60)) < 0.5).astype(np.uint8) * 235
    letters[::5] = 0  # between the lines
    marks = np.pad(np.repeat(letters[:, :, None], 3, axis=2), ((1, 1), (4, 4), (0, 0)))

    def draw(picture: Picture, _number: int) -> Picture:
        high = round(picture.shape[0] * height)
        drawn = picture.copy()
        rows = slice(0, high) if above else slice(picture.shape[0] - high, None)
        drawn[rows] = _stretch(marks, high, picture.shape[1])
        return drawn

    return draw


def draw_inset(carrier: Callable[[int], Picture], share: float, place: tuple[float, float]) -> Draw:
    """Return what shows the frame at `share` of its size inside the frames of another clip at `place` (0..1)."""

    def draw(picture: Picture, number: int) -> Picture:
        drawn = _resize(carrier(number), *picture.shape[:2]).copy()
        high, wide = round(picture.shape[0] * share), round(picture.shape[1] * share)
        top, left = round((picture.shape[0] - high) * place[1]), round((picture.shape[1] - wide) * place[0])
        drawn[top : top + high, left : left + wide] = _resize(picture, high, wide)
        return drawn

    return draw


def _stretch(pattern: Picture, height: int, width: int) -> Picture:
    """Return the pattern with hard edges in this size."""
    rows = np.arange(height) * len(pattern) // max(1, height)
    columns = np.arange(width) * pattern.shape[1] // max(1, width)
    return pattern[rows[:, None], columns[None, :]]


def _resize(picture: Picture, height: int, width: int) -> Picture:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return np.asarray(frame.reformat(width=width, height=height, interpolation="AREA").to_ndarray(format="rgb24"))
