"""The picture of a comparison: well-formed, inside its edges, true to its numbers, safe with any name."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from jacana.cli.media_chart import BOTTOM, HEIGHT, LEFT, MAX_DOTS, MAX_POINTS, RIGHT, TOP, WIDTH, draw_contrast
from jacana.detect.media.matching.contrast import FARTHEST, Contrast
from jacana.detect.media.matching.segments import Run

SVG = "{http://www.w3.org/2000/svg}"


def make_contrast(distances: list[int], *, step: float = 0.5, runs: tuple[Run, ...] = ()) -> Contrast:
    far = np.array(distances, np.uint16)
    moments = np.arange(len(far)) * step
    return Contrast(moments, far, far, np.ones(len(far), np.bool_), None, runs)


def draw(contrast: Contrast, first: str = "a.mp4", second: str = "b.mp4") -> ElementTree.Element:
    return ElementTree.fromstring(draw_contrast(contrast, first, second))


def points(root: ElementTree.Element, kind: str) -> list[tuple[float, float]]:
    lines = [line for line in root.iter(f"{SVG}polyline") if kind in line.get("class", "").split()]
    return [(float(x), float(y)) for line in lines for x, y in (p.split(",") for p in line.get("points", "").split())]


def test_distances_lie_where_the_axis_says() -> None:
    root = draw(make_contrast([0, 31, 160, 250]))
    drawn = points(root, "shown")
    assert [x for x, _ in drawn] == pytest.approx(np.linspace(LEFT, WIDTH - RIGHT, 4), abs=0.01)
    heights = [y for _, y in drawn]
    assert heights[0] == HEIGHT - BOTTOM
    assert heights[2] == heights[3] == TOP  # nothing is drawn above the top
    (limit,) = [line for line in root.iter(f"{SVG}line") if line.get("class") == "limit"]
    assert float(limit.get("y1", "")) == heights[1]


def test_frames_without_information_break_the_line() -> None:
    root = draw(make_contrast([4, 4, FARTHEST, 4, FARTHEST, 4, 4]))
    assert len([line for line in root.iter(f"{SVG}polyline") if "shown" in line.get("class", "").split()]) == 2
    alone = [dot for dot in root.iter(f"{SVG}circle") if dot.get("r") == "3"]
    assert {dot.get("class") for dot in alone} == {"dot-shown", "dot-any"}


def test_a_long_file_is_drawn_by_the_nearest_of_each_stretch() -> None:
    far = np.full(50_000, 128)
    far[33_333] = 2
    root = draw(make_contrast(far.tolist(), step=0.04))
    drawn = points(root, "shown")
    assert len(drawn) <= MAX_POINTS
    assert max(y for _, y in drawn) > HEIGHT - BOTTOM - 5
    assert not list(root.iter(f"{SVG}circle"))
    assert len(list(draw(make_contrast([4] * MAX_DOTS)).iter(f"{SVG}circle"))) == 2 * MAX_DOTS


def test_runs_are_bands_with_names() -> None:
    runs = (Run(np.arange(4), 1.0, 3.0, 65.0, 67.0), Run(np.arange(2), 3.2, 3.4, 9.0, 9.2))
    root = draw(make_contrast([4] * 40, runs=runs))
    bands = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "band"]
    assert len(bands) == 2
    assert [title.text for title in root.iter(f"{SVG}title")][1:] == [
        "0:01 to 0:03 matches 1:05–1:07 of b.mp4, 4 frames",
        "0:03 to 0:03 matches 0:09–0:09 of b.mp4, 2 frames",
    ]
    names = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "run-name"]
    assert names == ["1:05–1:07 of b.mp4"]  # the second would lie over the first: its tip says it


@pytest.mark.parametrize("seconds", [0.3, 4.0, 95.0, 7200.0, 90_000.0])
def test_ticks_are_few_and_inside(seconds: float) -> None:
    contrast = make_contrast([4, 4], step=seconds)
    ticks = [
        line
        for line in draw(contrast).iter(f"{SVG}line")
        if line.get("class") == "axis" and line.get("x1") == line.get("x2")
    ]
    assert 2 <= len(ticks) <= 27
    assert all(LEFT <= float(tick.get("x1", "")) <= WIDTH - RIGHT for tick in ticks)


def test_names_of_files_cannot_break_out() -> None:
    name = '"><script>alert(1)</script>&.mp4' + "x" * 80
    text = draw_contrast(make_contrast([4]), name, name)
    assert "<script" not in text
    ElementTree.fromstring(text)
    assert not re.search(r"(href|src|url\()", text.replace('xmlns="http', ""))


def test_a_file_without_moments_is_an_empty_chart() -> None:
    assert points(draw(make_contrast([])), "shown") == []
