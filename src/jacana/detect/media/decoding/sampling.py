"""Which packets of a stream to decode, told from their times, sizes and key flags alone. Pure; sees no picture.

A key frame is cheap: it needs no other. Encoders place one at most changes of scene, and where one did not, the first
packet of the new scene has to carry the whole picture and is as large as a key frame's among small neighbours.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from jacana.detect.media.decoding.plan import Span

SKIP, FEED, HASH = 0, 1, 2
"""What becomes of a packet: nothing, the decoder sees it because a later one needs it, its frame is hashed."""

MAX_GAP_SECONDS = 12.0
"""No longer stretch without a hashed frame. Usual encoders place a key frame every 8 to 10.5 s (250 frames)."""

MAX_KEYS_PER_SECOND = 4.0
"""Of files made of key frames only, and of those that flash, no more are decoded."""

NEIGHBOURS = 12
SCENE_SHARE = 0.25
SCENE_RATIOS = (1.5, 2.0, 3.0)
"""A packet this many times the second largest of its neighbours (so many before and behind), and at least SCENE_SHARE
of its key packet, shows a new scene.

Measured on 17 hard cuts where encoders were kept from placing key frames: 11 to 14 are found with H.264, H.265 and
MPEG-4, 10 with VP9; besides, 1 in 200 packets is taken for a change, and costs no more than being decoded. Where a
ratio would make more than SCENE_BUDGET of the packets be decoded, the next is taken.
"""
SCENE_BUDGET = 0.5

TRUSTED_PACKETS = 30
"""An encoder that places key frames at changes of scene itself does so only so many packets apart. Behind, only
packets of the highest ratio are looked at, and only so far."""

WHOLE_PACKETS = 250
"""Streams with fewer packets are decoded whole: they are cheap, and may have a single key frame."""

DULL_QUALITY = 50
DULL_STEPS = (1.0, 3.0)
"""So many seconds after a frame that carries no information another one is asked for (it may have faded in)."""

Wanted = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PacketIndex:
    """The packets of one stream in the order of decoding: (n,) arrays.

    `seconds` is when the frame is shown, from the start of the stream; `shown` is False for what an edit list hides.
    """

    seconds: NDArray[np.float64]
    sizes: NDArray[np.int64]
    keys: Wanted
    shown: Wanted

    def __len__(self) -> int:
        """Return the number of packets."""
        return len(self.seconds)


def choose_packets(index: PacketIndex) -> Wanted:
    """Return which packets' frames a first look hashes: the first, key frames, scene changes, and one in each gap."""
    wanted = find_scene_changes(index) | _thin_keys(index)
    wanted &= index.shown
    _want_nearest(index, wanted, [0.0])
    _want_nearest(index, wanted, _find_gaps(index, wanted))
    return wanted


def choose_spans(index: PacketIndex, spans: tuple[Span, ...]) -> Wanted:
    """Return which packets' frames a second look hashes: every one within the spans, ends included."""
    return lie_within(spans, index.seconds) & index.shown


def lie_within(spans: tuple[Span, ...], seconds: NDArray[np.float64]) -> Wanted:
    """Return which moments lie within any of the spans, ends included."""
    order = sorted(spans)
    starts = np.array([start for start, _ in order])
    latest = np.maximum.accumulate(np.array([end for _, end in order]))
    at = np.searchsorted(starts, seconds, "right") - 1
    within: Wanted = (at >= 0) & (seconds <= latest[at])
    return within


def choose_again(index: PacketIndex, dull_seconds: list[float], known: Wanted) -> Wanted:
    """Return what else to hash, as the frames at these times carry no information: the frames a little later.

    `known` are the packets hashed before. A frame is asked for only before the next one that is known.
    """
    wanted = np.zeros(len(index), np.bool_)
    if not dull_seconds or not len(index):
        return wanted
    times = [*sorted(index.seconds[known].tolist()), float(index.seconds.max())]
    later: list[float] = []
    for seconds in dull_seconds:
        following = times[min(bisect_right(times, seconds), len(times) - 1)]
        later += [seconds + step for step in DULL_STEPS if seconds + step < following]
    _want_nearest(index, wanted, later)
    return wanted & ~known


def choose_actions(index: PacketIndex, wanted: Wanted) -> NDArray[np.uint8]:
    """Return SKIP, FEED or HASH a packet, such that each wanted frame is decoded from a key frame before it."""
    keys = np.flatnonzero(index.keys)
    chosen = np.flatnonzero(wanted & ~index.keys)
    at = np.searchsorted(keys, chosen)  # into `starts`: the last key packet before, or else the first of all
    starts, shown_at = np.append(0, keys), np.append(-np.inf, index.seconds[keys])
    # The key frame must also be shown before it: pictures between the two refer to the group before as well.
    while (late := shown_at[at] > index.seconds[chosen]).any():
        at[late] -= 1
    depth = np.zeros(len(index) + 1, np.int64)
    np.add.at(depth, starts[at], 1)
    np.add.at(depth, chosen, -1)
    actions = np.where(np.cumsum(depth[:-1]) > 0, FEED, SKIP).astype(np.uint8)
    actions[wanted] = HASH
    return actions


def find_scene_changes(index: PacketIndex) -> Wanted:
    """Return which packets that are no key frames are large as one: an encoder that could not place one there."""
    found = np.zeros(len(index), np.bool_)
    others = np.flatnonzero(~index.keys)
    if len(others) <= NEIGHBOURS:
        return found
    sizes = index.sizes[others].astype(np.float64)
    around = sliding_window_view(np.pad(sizes, NEIGHBOURS, mode="reflect"), 2 * NEIGHBOURS + 1).copy()
    around[:, NEIGHBOURS] = 0
    second = np.partition(around, -2, axis=1)[:, -2]
    last_key = np.maximum.accumulate(np.where(index.keys, np.arange(len(index)), -1))[others]
    key_sizes = np.where(last_key >= 0, index.sizes[last_key], 0)
    large = sizes >= SCENE_SHARE * key_sizes
    if not _is_regular(index):
        found[others] = large & (sizes >= SCENE_RATIOS[-1] * second) & (others - last_key <= TRUSTED_PACKETS)
        return found
    for ratio in SCENE_RATIOS:
        found[others] = large & (sizes >= ratio * second)
        if (choose_actions(index, found) != SKIP).sum() <= SCENE_BUDGET * len(index):
            break
    return found


def is_worth_skipping(actions: NDArray[np.uint8]) -> bool:
    """Return whether enough is skipped to make a look at chosen packets cheaper than decoding all."""
    return int((actions != SKIP).sum()) < 0.8 * len(actions)


def _is_regular(index: PacketIndex) -> bool:
    """Return whether nearly all key frames come by the clock alone, one every so many packets."""
    steps = np.diff(np.flatnonzero(index.keys))
    return len(steps) == 0 or int(np.unique(steps, return_counts=True)[1].max()) >= 0.8 * len(steps)


def _thin_keys(index: PacketIndex) -> Wanted:
    keys = index.keys & index.shown
    order = np.flatnonzero(keys)
    _, firsts = np.unique(np.floor(index.seconds[order] * MAX_KEYS_PER_SECOND), return_index=True)
    thinned: Wanted = np.zeros(len(index), np.bool_)
    thinned[order[firsts]] = True
    return thinned


def _find_gaps(index: PacketIndex, wanted: Wanted) -> list[float]:
    """Return the times at which a frame is missing, as early in each gap as will do: the group is decoded up to it."""
    times = np.append(np.sort(index.seconds[wanted]), index.seconds.max() if len(index) else 0.0)
    found: list[float] = []
    for start, end in pairwise(times.tolist()):
        steps = min(int((end - start) / MAX_GAP_SECONDS), len(index))  # a file may claim to last for ever
        found += [end - MAX_GAP_SECONDS * step for step in range(1, steps + 1)]
    return found


def _want_nearest(index: PacketIndex, wanted: Wanted, moments: list[float]) -> None:
    """Want the frame that is on screen, or the next one, at each of these moments."""
    shown = np.flatnonzero(index.shown)
    if not len(shown):
        return
    order = shown[np.argsort(index.seconds[shown], kind="stable")]
    at = np.searchsorted(index.seconds[order], np.asarray(moments, np.float64) - 1e-6)
    wanted[order[np.minimum(at, len(order) - 1)]] = True
