"""Draws innocent clips by code: coloured tiles that drift, with discs moving over them. No camera, no person, ever.

Made so that every frame carries information (PDQ quality well above 80) and two seeds look nothing alike.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

TILES = (9, 12)
"""Rows and columns of tiles in view."""

DISCS = 5


def draw_clip(
    path: Path, seed: int, *, seconds: float = 6.0, size: tuple[int, int] = (480, 360), frames_per_second: int = 25
) -> None:
    """Write an H.264/MP4 clip of `size` (width, height; even) that browsers play.

    Equal arguments draw equal pictures; x264 may still encode them into different bytes.
    """
    scene = _Scene(seed, size)
    count = max(1, round(seconds * frames_per_second))
    with _open_output(path) as container:
        stream = _add_stream(container, size, frames_per_second, crf="20")
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(scene.draw(index / frames_per_second), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def draw_picture(seed: int, *, size: tuple[int, int] = (480, 360), at_seconds: float = 0.0) -> Picture:
    """Return one frame of the clip of this seed as RGB (rows, columns, 3)."""
    return _Scene(seed, size).draw(at_seconds)


def disguise_clip(source: Path, path: Path, *, scale: float = 0.5, bits_per_second: int = 90_000) -> None:
    """Write a copy of a clip as one does to escape exact hashes: scaled down, grey, at a low bit rate."""
    with av.open(str(source)) as original, _open_output(path) as container:
        first = original.streams.video[0]
        width, height = (max(16, int(side * scale) // 2 * 2) for side in (first.width, first.height))
        rate = round(first.average_rate or 25)
        stream = _add_stream(container, (width, height), rate, bit_rate=bits_per_second)
        for index, frame in enumerate(original.decode(first)):
            grey = frame.reformat(width=width, height=height, format="gray").reformat(format="yuv420p")
            grey.pts, grey.time_base = index, Fraction(1, rate)
            container.mux(stream.encode(grey))
        container.mux(stream.encode(None))


def mirror_clip(source: Path, path: Path, *, crop: float = 0.1, border: float = 0.1) -> None:
    """Write a copy of a clip as one does to escape hashes of whole frames: mirrored, cropped, between black borders.

    `crop` is the share of each side's length that is lost at both of its ends together; `border` is the height of each
    border over the height of the new frame.
    """
    with av.open(str(source)) as original, _open_output(path) as container:
        first = original.streams.video[0]
        width, height = first.width // 2 * 2, first.height // 2 * 2
        rate = round(first.average_rate or 25)
        stream = _add_stream(container, (width, height), rate, crf="22")
        inner = int(height * (1 - 2 * border)) // 2 * 2
        for index, frame in enumerate(original.decode(first)):
            picture = frame.to_ndarray(format="rgb24")[:, ::-1]
            top, left = (int(side * crop / 2) for side in picture.shape[:2])
            kept: Picture = np.ascontiguousarray(picture[top : picture.shape[0] - top, left : picture.shape[1] - left])
            small = av.VideoFrame.from_ndarray(kept, format="rgb24").reformat(width=width, height=inner)
            framed = np.zeros((height, width, 3), np.uint8)
            start = (height - inner) // 2
            framed[start : start + inner] = small.to_ndarray(format="rgb24")
            shown = av.VideoFrame.from_ndarray(framed, format="rgb24")
            shown.pts, shown.time_base = index, Fraction(1, rate)
            container.mux(stream.encode(shown))
        container.mux(stream.encode(None))


def truncate_file(source: Path, path: Path, fraction: float = 0.6) -> None:
    """Write only the first part of a file, as a broken transfer leaves it."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * fraction)])


class _Scene:
    """What one seed looks like at any moment."""

    def __init__(self, seed: int, size: tuple[int, int]) -> None:
        self.width, self.height = size
        chance = np.random.default_rng(seed)
        rows, columns = TILES
        # Three views wide and high, so that drifting never runs out of tiles.
        tiles = chance.integers(20, 236, (rows * 3, columns * 3, 3), dtype=np.uint8)
        tall, wide = -(-self.height // rows), -(-self.width // columns)
        self._canvas = np.repeat(np.repeat(tiles, tall, axis=0), wide, axis=1)
        self._drift = chance.uniform(-0.06, 0.06, 2)
        self._centres = chance.uniform(0.1, 0.9, (DISCS, 2))
        self._speeds = chance.uniform(0.05, 0.2, (DISCS, 2))
        self._radii = chance.uniform(0.06, 0.14, DISCS)
        self._colours = chance.integers(0, 256, (DISCS, 3), dtype=np.uint8)
        self._rows, self._columns = np.mgrid[: self.height, : self.width]

    def draw(self, seconds: float) -> Picture:
        top, left = (
            int(side * (1 + _swing(share * seconds)))
            for side, share in zip((self.height, self.width), self._drift, strict=True)
        )
        picture = self._canvas[top : top + self.height, left : left + self.width].copy()
        for centre, speed, radius, colour in zip(self._centres, self._speeds, self._radii, self._colours, strict=True):
            y, x = ((_swing(start + step * seconds) + 1) / 2 for start, step in zip(centre, speed, strict=True))
            inside = (self._rows - y * self.height) ** 2 + (self._columns - x * self.width) ** 2 < (
                radius * self.width
            ) ** 2
            picture[inside] = colour
        return picture


def _swing(position: float) -> float:
    """Return a triangle wave between -1 and 1 that starts at 0: a ball between two walls."""
    return 1 - abs((position + 1) % 4 - 2)


def _open_output(path: Path) -> Any:
    # The index first, so that a browser can start before it has the whole file.
    return av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})


def _add_stream(
    container: Any,
    size: tuple[int, int],
    frames_per_second: int,
    *,
    crf: str | None = None,
    bit_rate: int | None = None,
) -> Any:
    options = {"preset": "veryfast", "threads": "1"} | ({"crf": crf} if crf else {})
    stream = container.add_stream("libx264", rate=frames_per_second, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    if bit_rate:
        stream.bit_rate = bit_rate
    return stream
