"""Draws the distance of two files over time as SVG: text, small, sharp at any size, and without a library. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.matching.contrast import FARTHEST, Contrast
from jacana.detect.media.matching.words import say_moment
from jacana.model.bank import EXACT_DISTANCE

WIDTH, HEIGHT = 960, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 78, 62
TOP_DISTANCE = 160
"""Unrelated pictures differ in about 128 of 256 bits, so nothing is drawn higher than this."""

MAX_POINTS = 1200
"""Points of a line; of more, the nearest of each stretch is drawn, so that no match is lost."""

MAX_DOTS = 120
"""Up to so many points, each is marked: between them the line is only drawn through."""

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)

_STYLE = """
svg { color-scheme: light dark; background: #ffffff; font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
text { fill: #55606b; } .title { fill: #1a1f25; font-size: 16px; font-weight: 600; } .number { text-anchor: end; }
.middle { text-anchor: middle; } .grid { stroke: #e4e8ec; } .axis { stroke: #8b96a1; }
.band { fill: #0a58a8; opacity: 0.1; }
.limit { stroke: #b0201a; stroke-dasharray: 6 4; } .limit-name { fill: #b0201a; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .shown { stroke: #8b96a1; } .any { stroke: #0a58a8; }
.dot-shown { fill: #8b96a1; } .dot-any { fill: #0a58a8; } .run { fill: #0a58a8; } .run-name { fill: #0a58a8; }
@media (prefers-color-scheme: dark) {
svg { background: #171c21; } text { fill: #9ca8b3; } .title { fill: #e3e7eb; } .grid { stroke: #2d353d; }
.limit { stroke: #ff958c; } .limit-name { fill: #ff958c; } .any { stroke: #73b5f5; }
.run, .run-name, .band { fill: #73b5f5; }
.dot-any { fill: #73b5f5; } .band { opacity: 0.16; }
}
"""

Times = NDArray[np.float64]
Distances = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where seconds and bits lie in the picture."""

    end: float

    def x(self, seconds: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * seconds / self.end, 2)

    def y(self, distance: float) -> float:
        share = min(distance, TOP_DISTANCE) / TOP_DISTANCE
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 2)


def draw_contrast(contrast: Contrast, first: str, second: str) -> str:
    """Return an SVG of the distance of file `first` to file `second` at each of its moments."""
    scale = _Scale(max(1.0, float(contrast.moments[-1]) if len(contrast.moments) else 0.0))
    title = f"Distance of {first} to {second}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{_quote(title)}">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="28">{escape(_shorten(title))}</text>',
        *_draw_runs(contrast, scale, second),
        *_draw_axes(scale, first),
        *_draw_line(contrast.moments, contrast.as_shown, scale, "shown"),
        *_draw_line(contrast.moments[contrast.signed], contrast.any_way[contrast.signed], scale, "any"),
        *_draw_limit(scale),
        *_draw_legend(),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _draw_runs(contrast: Contrast, scale: _Scale, second: str) -> list[str]:
    parts = []
    free = 0.0
    for run in contrast.runs:
        left, right = scale.x(run.from_seconds), scale.x(run.to_seconds)
        width = max(3.0, round(right - left, 2))
        name = f"{say_moment(run.entry_from_seconds)}–{say_moment(run.entry_to_seconds)}"
        tip = (
            f"{say_moment(run.from_seconds)} to {say_moment(run.to_seconds)} matches {name} of {second}, "
            f"{len(run.pairs)} frames"
        )
        bottom = HEIGHT - BOTTOM
        parts.append(
            f'<g><title>{escape(tip)}</title><rect class="band" x="{left}" y="{TOP}" width="{width}" '
            f'height="{bottom - TOP}"/>'
            f'<rect class="run" x="{left}" y="{TOP - 6}" width="{width}" height="6" rx="2"/></g>'
        )
        label = f"{name} of {_shorten(second, 24)}"
        if left >= free and left + 7.5 * len(label) <= WIDTH:  # names that would not fit are left to the tip
            parts.append(f'<text class="run-name" x="{left}" y="{TOP - 12}">{escape(label)}</text>')
            free = left + 7.5 * len(label)
    return parts


def _draw_axes(scale: _Scale, first: str) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for distance in range(0, TOP_DISTANCE + 1, 32):
        y = scale.y(distance)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}"/>')
        parts.append(f'<text class="number" x="{LEFT - 8}" y="{y + 4}">{distance}</text>')
    step = next((step for step in _STEPS if scale.end / step <= 12), _STEPS[-1])
    for tick in np.arange(0, scale.end + step / 1000, step):
        x = scale.x(float(tick))
        name = say_moment(float(tick)) if step >= 1 else f"{tick:.1f} s"
        parts.append(f'<line class="axis" x1="{x}" y1="{bottom}" x2="{x}" y2="{bottom + 5}"/>')
        parts.append(f'<text class="middle" x="{x}" y="{bottom + 20}">{name}</text>')
    parts.append(f'<line class="axis" x1="{LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}"/>')
    middle = (TOP + bottom) / 2
    parts.append(f'<text class="middle" transform="translate(16 {middle}) rotate(-90)">differing bits of 256</text>')
    return [*parts, f'<text class="middle" x="{(LEFT + right) / 2}" y="{bottom + 40}">time in {escape(first)}</text>']


def _draw_line(moments: Times, distances: Distances, scale: _Scale, kind: str) -> list[str]:
    """Return the line, broken where frames carry no information; a frame between two such is a dot."""
    moments, distances = _thin(moments, distances)
    pieces: list[list[tuple[float, float]]] = [[]]
    for seconds, distance in zip(moments.tolist(), distances.tolist(), strict=True):
        if distance < FARTHEST:
            pieces[-1].append((scale.x(seconds), scale.y(distance)))
        elif pieces[-1]:
            pieces.append([])
    return [_draw_piece(piece, kind) for piece in pieces if piece]


def _draw_piece(piece: Sequence[tuple[float, float]], kind: str) -> str:
    if len(piece) == 1:
        return f'<circle class="dot-{kind}" cx="{piece[0][0]}" cy="{piece[0][1]}" r="3"/>'
    points = " ".join(f"{x},{y}" for x, y in piece)
    dots = [f'<circle class="dot-{kind}" cx="{x}" cy="{y}" r="2.4"/>' for x, y in piece if len(piece) <= MAX_DOTS]
    return "".join([f'<polyline class="line {kind}" points="{points}"/>', *dots])


def _draw_limit(scale: _Scale) -> list[str]:
    y, right = scale.y(EXACT_DISTANCE), WIDTH - RIGHT
    return [
        f'<line class="limit" x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}"/>',
        f'<text class="limit-name number" x="{right}" y="{y - 6}">{EXACT_DISTANCE}: the same picture</text>',
    ]


def _draw_legend() -> list[str]:
    parts: list[str] = []
    x = float(WIDTH - RIGHT)
    for kind, name in (("any", "any part, any way up"), ("shown", "whole frame as shown")):
        parts.append(f'<text class="number" x="{x}" y="28">{name}</text>')
        x -= 7.2 * len(name) + 8
        parts.append(f'<line class="line {kind}" x1="{x - 22}" y1="24" x2="{x}" y2="24"/>')
        x -= 46
    return parts


def _thin(moments: Times, distances: Distances) -> tuple[Times, Distances]:
    if len(moments) <= MAX_POINTS:
        return moments, distances
    edges = np.linspace(0, len(moments), MAX_POINTS + 1).astype(int)[:-1]
    return moments[edges], np.minimum.reduceat(distances, edges)


def _shorten(text: str, most: int = 46) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _quote(text: str) -> str:
    return escape(text, {'"': "&quot;"})
