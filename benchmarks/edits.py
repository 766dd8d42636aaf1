"""The rows of the recall table: each transformation in one or more variants, with the parameters that are reported.

Nothing is tuned on these parameters: see benchmarks/tuning.py for those that were.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.transforms import PLAIN, Picture, Variant, draw_caption, draw_inset, draw_logo, draw_tone

CORNERS = {"upper left": (0.0, 0.0), "upper right": (1.0, 0.0), "lower left": (0.0, 1.0), "lower right": (1.0, 1.0)}
MARGIN = 0.03

Carrier = Callable[[int], Picture]


def list_edits(carriers: tuple[Carrier, Carrier], seed: int) -> list[Variant]:
    """Return every variant of one clip; `carriers` give the frames that insets lie over, a drawn and a real one."""
    return [*list_encodings(), *list_geometry(), *list_overlays(seed), *list_insets(carriers, seed)]


def list_encodings() -> list[Variant]:
    """Return what changes the picture without moving it, and speed."""
    return [
        Variant("aspect to square", "", "scale=480:480"),
        Variant("blur, sigma 6", "", "gblur=sigma=6"),
        Variant("brightness and contrast", "", draw=draw_tone(lambda light: (light - 0.5) * 1.3 + 0.6)),
        Variant("grey", "", "format=gray"),
        Variant("gamma 0.6", "", draw=draw_tone(lambda light: light ** (1 / 0.6))),
        Variant("noise 40", "", "noise=alls=40:allf=t"),
        Variant("H.265", "", codec="libx265", options={"preset": "veryfast", "crf": "28"}),
        Variant("crf 40", "", options={**PLAIN, "crf": "40"}),
        Variant(
            "100 kbit/s", "", options={"preset": "veryfast", "b": "100000", "maxrate": "100000", "bufsize": "200000"}
        ),
        Variant("half size", "", "scale=iw/2:ih/2"),
        Variant("240 pixels high", "", "scale=-2:240"),
        Variant("15 frames a second", "", "fps=15"),
        Variant("speed 1.25", "", "setpts=PTS/1.25"),
    ]


def list_geometry() -> list[Variant]:
    """Return borders, flips, turns and crops. A crop of N % takes N % of width or height from each edge it names."""
    found = [
        Variant("letterbox 1.34", "", "pad=iw:ih*1.34:0:(oh-ih)/2"),
        Variant("letterbox 1.10", "", "pad=iw:ih*1.10:0:(oh-ih)/2"),
        Variant("pillarbox 1.5", "", "pad=iw*1.5:ih:(ow-iw)/2:0"),
        Variant("mirrored", "", "hflip"),
        Variant("upside down", "", "vflip"),
        Variant("quarter turn", "left", "transpose=2"),
        Variant("quarter turn", "right", "transpose=1"),
        Variant("turn 5 degrees", "right, black corners", "rotate=5*PI/180"),
        Variant("turn 5 degrees", "left, black corners", "rotate=-5*PI/180"),
        Variant("turn 5 degrees", "left, enlarged to hide the corners", "rotate=-5*PI/180,crop=iw*0.87:ih*0.87"),
    ]
    for percent in (2, 5, 10, 20):
        rest = 1 - 2 * percent / 100
        found.append(Variant(f"crop {percent} % all round", "", f"crop=iw*{rest}:ih*{rest}"))
    for edge, arguments in {
        "left": "iw*0.9:ih:iw*0.1:0",
        "right": "iw*0.9:ih:0:0",
        "top": "iw:ih*0.9:0:ih*0.1",
        "bottom": "iw:ih*0.9:0:0",
    }.items():
        found.append(Variant("crop 10 %, one edge", edge, f"crop={arguments}"))
    return found


def list_overlays(seed: int) -> list[Variant]:
    """Return logos and caption bars."""
    area = 0.1**0.5
    found = [
        Variant("logo, 10 % of the area", name, draw=draw_logo(area, area, corner, seed))
        for name, corner in CORNERS.items()
    ]
    for name, corner in list(CORNERS.items())[1:3]:
        found.append(Variant("logo, 10 % of each side", name, draw=draw_logo(0.1, 0.1, corner, seed)))
        found.append(Variant("logo, 15 % of each side", name, draw=draw_logo(0.15, 0.15, corner, seed)))
        found.append(Variant("logo, 35 % x 30 %", name, draw=draw_logo(0.35, 0.3, corner, seed)))
    found.append(Variant("caption bar 15 %", "below", draw=draw_caption(0.15, seed=seed)))
    found.append(Variant("caption bar 15 %", "above", draw=draw_caption(0.15, above=True, seed=seed)))
    return found


def list_insets(carriers: tuple[Carrier, Carrier], seed: int) -> list[Variant]:
    """Return the clip at half size in another one: in the corners, a little away from the edges, and anywhere."""
    chance = np.random.default_rng(seed)
    found = []
    for number, (name, corner) in enumerate(CORNERS.items()):
        place = tuple(MARGIN / 0.5 + at * (1 - 2 * MARGIN / 0.5) for at in corner)
        found.append(Variant("inset 50 %, corner", name, draw=draw_inset(carriers[number % 2], 0.5, place)))
    for number in range(4):
        share, place = chance.uniform(0.42, 0.6), tuple(chance.uniform(0, 1, 2))
        draw = draw_inset(carriers[number % 2], share, place)
        found.append(Variant("inset 42 to 60 %, anywhere", f"{number + 1}", draw=draw))
    return found
