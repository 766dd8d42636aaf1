"""Draws an evaluation as SVG: precision at k and time to detection, one line a detector, without a library. Pure."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from jacana.pipeline.evaluation.figures import DetectorFigures
from jacana.pipeline.evaluation.report import CAVEAT, Evaluation

WIDTH, HEIGHT = 960, 470
TOP, BOTTOM = 96, 84
PANELS = ((64, 450), (560, 936))
"""Left and right edge of the two drawings."""
NO_DATA = "nothing was flagged"

_STYLE = """
svg { color-scheme: light dark; background: #ffffff; font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
text { fill: #55606b; } .title { fill: #1a1f25; font-size: 16px; font-weight: 600; } .number { text-anchor: end; }
.name { fill: #1a1f25; } .middle { text-anchor: middle; } .grid { stroke: #e4e8ec; } .axis { stroke: #8b96a1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; } .band { opacity: 0.1; stroke: none; }
.k0 { stroke: #0a58a8; fill: #0a58a8; } .k1 { stroke: #b3541e; fill: #b3541e; } .k2 { stroke: #1b7f4d; fill: #1b7f4d; }
.k3 { stroke: #7a3fa0; fill: #7a3fa0; } .k4 { stroke: #a8891a; fill: #a8891a; } .line { fill: none; }
@media (prefers-color-scheme: dark) {
svg { background: #171c21; } text { fill: #9ca8b3; } .title, .name { fill: #e3e7eb; } .grid { stroke: #2d353d; }
.k0 { stroke: #73b5f5; fill: #73b5f5; } .k1 { stroke: #f0a070; fill: #f0a070; } .k2 { stroke: #6fd39d; fill: #6fd39d; }
.k3 { stroke: #c99be8; fill: #c99be8; } .k4 { stroke: #e2c766; fill: #e2c766; } .line { fill: none; }
.band { opacity: 0.16; }
}
"""
_BANDED = 1
"""Lines whose interval is drawn: with more, none could be read."""
_HOUR_TICKS = (0.1, 1, 6, 24, 72, 168, 720)


def draw_evaluation(evaluation: Evaluation) -> str:
    """Return the SVG."""
    shown = [figures for figures in evaluation.detectors if figures.curve]
    title = f"{evaluation.accounts} accounts, {evaluation.days} days: who is right at the top, and how soon"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<text class="title" x="{PANELS[0][0]}" y="28">{escape(title)}</text>',
        *_draw_legend(evaluation.detectors, shown),
        *_draw_precision(evaluation.detectors, shown),
        *_draw_delays(evaluation.detectors),
        f'<text x="{PANELS[0][0]}" y="{HEIGHT - 14}">{escape(CAVEAT)}</text>',
        "</svg>\n",
    ]
    return "\n".join(parts)


def _draw_legend(detectors: Sequence[DetectorFigures], shown: Sequence[DetectorFigures]) -> list[str]:
    parts = []
    x = float(PANELS[0][0])
    for place, figures in enumerate(detectors):
        if figures in shown:
            name = figures.kind.value.replace("_", " ")
            parts.append(f'<line class="line k{place}" x1="{x}" y1="50" x2="{x + 22}" y2="50"/>')
            parts.append(f'<text class="name" x="{x + 28}" y="54">{name}</text>')
            x += 52 + 7.0 * len(name)
    return parts


def _draw_precision(detectors: Sequence[DetectorFigures], shown: Sequence[DetectorFigures]) -> list[str]:
    left, right = PANELS[0]
    most = max((len(figures.curve) for figures in shown), default=1)

    def x(place: float) -> float:
        return round(left + (right - left) * (place - 1) / max(1, most - 1), 1)

    parts = _draw_frame(left, right, "precision among the first k accounts by score", "k accounts")
    for place in sorted({1, *(round(most * step / 4) or 1 for step in range(1, 5))}):
        parts.append(f'<text class="middle" x="{x(place)}" y="{HEIGHT - BOTTOM + 20}">{place}</text>')
    for place, figures in enumerate(detectors):
        if figures not in shown:
            continue
        points = [(x(k), _y(share.value or 0.0)) for k, share in enumerate(figures.curve, 1)]
        if len(shown) <= _BANDED or figures.kind.value == "vault_account":
            edges = [(x(k), *map(_y, share.interval)) for k, share in enumerate(figures.curve, 1)]
            around = [(at, high) for at, _, high in edges] + [(at, low) for at, low, _ in reversed(edges)]
            parts.append(f'<polygon class="band k{place}" points="{_join(around)}"/>')
        if len(points) == 1:
            parts.append(f'<circle class="k{place}" cx="{points[0][0]}" cy="{points[0][1]}" r="3"/>')
        else:
            parts.append(f'<polyline class="line k{place}" points="{_join(points)}"/>')
    if not shown:
        parts.append(
            f'<text class="middle" x="{(left + right) / 2}" y="{(TOP + HEIGHT - BOTTOM) / 2}">{NO_DATA}</text>'
        )
    return parts


def _draw_delays(detectors: Sequence[DetectorFigures]) -> list[str]:
    left, right = PANELS[1]
    most = max([24.0, *(figures.hours[-1] for figures in detectors if figures.hours)])

    def x(hours: float) -> float:
        share = math.log10(max(hours, 0.1) / 0.1) / math.log10(most / 0.1)
        return round(left + (right - left) * min(1.0, share), 1)

    parts = _draw_frame(left, right, "share of what there was, found by then", "time since it was there to find")
    for tick in _HOUR_TICKS:
        if tick <= most:
            name = f"{tick * 60:.0f} min" if tick < 1 else f"{tick:g} h" if tick < 24 else f"{tick / 24:g} d"
            parts.append(f'<text class="middle" x="{x(tick)}" y="{HEIGHT - BOTTOM + 20}">{name}</text>')
    for place, figures in enumerate(detectors):
        trials = figures.recall.trials
        if not trials or not figures.hours:
            continue
        points = [(float(left), _y(0.0))]
        for count, hours in enumerate(figures.hours, 1):
            points += [(x(hours), points[-1][1]), (x(hours), _y(count / trials))]
        points.append((float(right), points[-1][1]))
        parts.append(f'<polyline class="line k{place}" points="{_join(points)}"/>')
    return parts


def _draw_frame(left: int, right: int, title: str, under: str) -> list[str]:
    bottom = HEIGHT - BOTTOM
    parts = [f'<text class="name" x="{left}" y="{TOP - 14}">{escape(title)}</text>']
    for step in range(5):
        y = _y(step / 4)
        parts.append(f'<line class="grid" x1="{left}" y1="{y}" x2="{right}" y2="{y}"/>')
        parts.append(f'<text class="number" x="{left - 8}" y="{y + 4}">{step * 25} %</text>')
    parts.append(f'<line class="axis" x1="{left}" y1="{bottom}" x2="{right}" y2="{bottom}"/>')
    parts.append(f'<text class="middle" x="{(left + right) / 2}" y="{bottom + 42}">{escape(under)}</text>')
    return parts


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)


def _join(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
