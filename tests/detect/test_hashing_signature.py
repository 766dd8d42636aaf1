"""The signature of a known file is met by edited copies of it that plain PDQ loses, and not by other pictures."""

from collections.abc import Callable

import numpy as np
import pytest

from jacana.detect.media.hashing import signature
from jacana.detect.media.hashing.frames import CUT_BORDERS, INSET, WHOLE_FRAME, WindowRow, collect_windows
from jacana.detect.media.hashing.pdq import ORIENTATIONS, hash_luma
from jacana.detect.media.hashing.reduce import reduce_plane
from jacana.detect.media.hashing.signature import KEPT_FRAMES, MIN_QUALITY, Mode, SignatureMaker, warm
from jacana.detect.media.hashing.windows import WINDOWS, cut_blocks, map_window, shrink_plane

Plane = np.ndarray
NEAR = 31


def hills(seed: int, number: float = 0, size: tuple[int, int] = (480, 360)) -> Plane:
    """Draw soft hills that are elsewhere in each frame, as most camera pictures are: without long straight lines."""
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[1], : size[0]] / size[0]
    drawn = np.zeros((size[1], size[0]))
    for _ in range(60):
        x, y, dx, dy = (*chance.uniform(0, 1, 2), *chance.normal(0, 0.05, 2))
        width, height = chance.uniform(0.01, 0.12), chance.normal(0, 90)
        drawn += height * np.exp(-((columns - x - dx * number) ** 2 + (rows - y - dy * number) ** 2) / (2 * width**2))
    return np.clip(128 + drawn, 0, 255).astype(np.uint8)


def sign(frames: list[Plane], mode: Mode) -> list[WindowRow]:
    maker = SignatureMaker(mode)
    rows = [row for second, frame in enumerate(frames) for row in maker.sign(frame, 255.0, None, float(second))]
    whole = [(float(second), hash_luma(frame)) for second, frame in enumerate(frames)]
    rows += [(second, found.quality, WHOLE_FRAME, 0, (0, 0, 255, 255), found.pdq) for second, found in whole]
    return rows + maker.finish()


def nearest(upload: list[WindowRow], entry: list[WindowRow]) -> tuple[int, WindowRow, WindowRow]:
    left, right = (
        np.frombuffer(b"".join(row[-1] for row in rows), np.uint64).reshape(-1, 4) for rows in (upload, entry)
    )
    distance = np.bitwise_count(left[:, None] ^ right[None]).sum(axis=2)
    one, other = np.unravel_index(distance.argmin(), distance.shape)
    return int(distance[one, other]), upload[one], entry[other]


def crop(plane: Plane, share: float) -> Plane:
    height, width = plane.shape
    return plane[round(height * share) : round(height * (1 - share)), round(width * share) : round(width * (1 - share))]


def cover(plane: Plane, top: float, left: float, high: float, wide: float) -> Plane:
    covered = plane.copy()
    height, width = plane.shape
    rows = slice(round(top * height), round((top + high) * height))
    columns = slice(round(left * width), round((left + wide) * width))
    pattern = np.random.default_rng(9).integers(0, 256, (6, 6), dtype=np.uint8)
    room = covered[rows, columns].shape
    covered[rows, columns] = pattern[np.arange(room[0])[:, None] * 6 // room[0], np.arange(room[1]) * 6 // room[1]]
    return covered


def turn(plane: Plane, degrees: float) -> Plane:
    """Turn clockwise about the middle, black where nothing is."""
    height, width = plane.shape
    y, x = (
        side - half for side, half in zip(np.mgrid[:height, :width], ((height - 1) / 2, (width - 1) / 2), strict=True)
    )
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    row = np.round(y * cosine - x * sine + (height - 1) / 2).astype(int)
    column = np.round(x * cosine + y * sine + (width - 1) / 2).astype(int)
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    turned = np.zeros_like(plane)
    turned[inside] = plane[row[inside], column[inside]]
    return turned


def lay_in(plane: Plane, number: int) -> Plane:
    laid = hills(77, number)
    laid[60:240, 200:440] = plane[::2, ::2]
    return laid


EDITS: dict[str, Callable[[Plane, int], Plane]] = {
    "cropped by a tenth all round": lambda plane, _: crop(plane, 0.1),
    "cropped by a twentieth all round": lambda plane, _: crop(plane, 0.05),
    "cropped on the left": lambda plane, _: plane[:, 48:],
    "a logo on a tenth of the area": lambda plane, _: cover(plane, 0.68, 0.68, 0.32, 0.32),
    "a caption bar": lambda plane, _: cover(plane, 0.85, 0.0, 0.15, 1.0),
    "mirrored": lambda plane, _: plane[:, ::-1],
    "turned a quarter": lambda plane, _: np.rot90(plane),
    "turned by five degrees": lambda plane, _: turn(plane, 5),
    "letterboxed": lambda plane, _: np.pad(plane, ((60, 60), (0, 0)), constant_values=16),
    "mirrored and cropped": lambda plane, _: crop(plane, 0.05)[:, ::-1],
    "an inset at half size": lay_in,
}


@pytest.fixture(scope="module")
def entry() -> list[WindowRow]:
    return sign([hills(1, number) for number in range(3)], "entry")


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edited_copy_is_near_and_plain_pdq_is_not(
    edit: Callable[[Plane, int], Plane], entry: list[WindowRow]
) -> None:
    frames = [np.ascontiguousarray(edit(hills(1, number), number)) for number in range(3)]
    assert nearest(sign(frames, "upload"), entry)[0] <= NEAR
    plain = [row for row in sign(frames, "upload") if row[2] == WHOLE_FRAME and row[3] == 0]
    listed = [row for row in entry if row[2] == WHOLE_FRAME]
    assert nearest(plain, listed)[0] > NEAR


@pytest.mark.parametrize("edit", ["letterboxed", "mirrored", "turned a quarter", "an inset at half size"])
def test_these_are_met_even_where_only_a_list_of_whole_frames_is_known(edit: str, entry: list[WindowRow]) -> None:
    frames = [np.ascontiguousarray(EDITS[edit](hills(1, number), number)) for number in range(3)]
    listed = [row for row in entry if row[2] == WHOLE_FRAME]
    assert nearest(sign(frames, "upload"), listed)[0] <= NEAR


def test_other_pictures_are_far_in_every_window(entry: list[WindowRow]) -> None:
    for seed in (2, 3, 4):
        upload = sign([hills(seed, number) for number in range(3)], "upload")
        assert nearest(upload, entry)[0] > NEAR + 10


def test_rows_say_what_was_hashed() -> None:
    framed = np.pad(hills(1), ((60, 60), (0, 0)), constant_values=16)
    rows = sign([framed], "upload")
    kinds = {row[2] for row in rows}
    assert {WHOLE_FRAME, CUT_BORDERS} <= kinds
    assert {row[3] for row in rows if row[2] == CUT_BORDERS} == set(range(len(ORIENTATIONS)))
    assert {row[3] for row in rows if row[2] == WHOLE_FRAME} == set(range(len(ORIENTATIONS)))
    assert all(row[1] >= MIN_QUALITY for row in rows)
    assert all(WINDOWS[row[2]].on_upload for row in rows if 0 < row[2] < len(WINDOWS))
    (borders,) = {row[4] for row in rows if row[2] == CUT_BORDERS}
    np.testing.assert_allclose(borders, (0, 32, 255, 191), atol=3)
    packed = collect_windows(rows)
    assert len(packed) == len(rows)


def test_a_row_is_the_hash_of_its_window() -> None:
    frame = hills(5)
    for row in sign([frame], "entry"):
        if not 0 < row[2] < len(WINDOWS):
            continue
        window = WINDOWS[row[2]]
        place = map_window(window.rect, 128, turn_degrees=window.turn_degrees, aspect=480 / 360)
        block = cut_blocks(shrink_plane(frame), np.array([place], np.float32))[0]
        x, y, width, height = row[4]
        if window.turn_degrees == 0:
            cut = frame[round(y * 360 / 255) : round((y + height) * 360 / 255), round(x * 480 / 255) :]
            cut = cut[:, : round(width * 480 / 255)]
            assert (int.from_bytes(hash_luma(cut).pdq) ^ int.from_bytes(row[-1])).bit_count() <= 24
        assert block.shape == (64, 64)


def test_a_still_picture_is_signed_once_and_a_moving_one_again() -> None:
    maker = SignatureMaker("upload")
    assert maker.sign(hills(1), 255.0, None, 0.0)
    assert maker.sign(hills(1), 255.0, None, 1.0) == []
    assert maker.sign(hills(1, 2), 255.0, None, 2.0)
    assert maker.sign(hills(1), 255.0, None, 3.0)


def offer_all(maker: SignatureMaker, frames: list[Plane], step: float, rate: float = 10.0) -> list[float]:
    """Offer frames one after the other and return the times of those that were signed."""
    rows: list[WindowRow] = []
    for number, frame in enumerate(frames):
        block = reduce_plane(frame)
        rows += maker.offer(lambda frame=frame: frame, 255.0, block, hash_luma(frame), number / rate, step=step)
    rows += maker.finish()
    return sorted({row[0] for row in rows})


def test_of_each_stretch_the_stillest_frame_is_signed_wherever_the_copy_begins() -> None:
    """A picture that jumps about, and rests for two frames at 0.7, 1.4 and 2.2 s."""
    moments = [0, 9, 3, 14, 6, 1, 8, 8.02, 12, 2, 17, 5, 11, 4, 4.01, 0.5, 7, 13, 16, 10, 1.5, 15, 15.02, 6.5]
    frames = [hills(1, moment) for moment in moments]
    still = {0.7, 1.4, 2.2}
    signed = set(offer_all(SignatureMaker("upload"), frames, 0.8))
    later = {round(at + 0.4, 6) for at in offer_all(SignatureMaker("upload"), frames[4:], 0.8)}
    assert still <= {round(at, 6) for at in signed}
    assert still <= later


def test_a_plain_frame_is_not_chosen_for_being_still() -> None:
    plain = np.full((360, 480), 16, np.uint8)
    frames = [hills(1, 0), hills(1, 5), plain, plain, plain, hills(1, 9)]
    assert set(offer_all(SignatureMaker("upload"), frames, 1.0)) <= {0.0, 0.1, 0.5}


def test_frames_far_apart_are_each_signed() -> None:
    frames = [hills(1, number) for number in range(4)]
    assert offer_all(SignatureMaker("upload"), frames, 1.0, rate=0.5) == [0.0, 2.0, 4.0, 6.0]


def test_a_long_known_file_is_signed_ever_more_sparsely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "THIN_FRAMES", 2)
    frames = [hills(seed, size=(96, 72)) for seed in range(60)]
    entry, upload = (np.array(offer_all(SignatureMaker(mode), frames, 0.2)) for mode in ("entry", "upload"))
    assert len(upload) == pytest.approx(30, abs=1)
    assert len(entry) < 12
    assert np.diff(entry)[-2:].mean() > 2 * np.diff(entry)[:2].mean()


@pytest.mark.parametrize("mode", ["upload", "entry"])
def test_frames_without_information_give_no_row(mode: Mode) -> None:
    assert sign_only([np.full((360, 480), 16, np.uint8)], mode) == []
    smooth = np.tile(np.linspace(90, 110, 480), (360, 1)).astype(np.float32)
    assert sign_only([smooth], mode) == []


def sign_only(frames: list[Plane], mode: Mode) -> list[WindowRow]:
    maker = SignatureMaker(mode)
    return [row for frame in frames for row in maker.sign(frame, 255.0)] + maker.finish()


def test_white_step_scales_quality_alone() -> None:
    frame = hills(1)
    dim = (frame.astype(np.float32) * (219 / 255)).astype(np.float32)
    full, limited = (
        {row[2:5]: row for row in sign_only_scaled(plane, step)} for plane, step in ((frame, 255.0), (dim, 219.0))
    )
    for key in full.keys() & limited.keys():
        assert abs(full[key][1] - limited[key][1]) <= 1
        assert (int.from_bytes(full[key][-1]) ^ int.from_bytes(limited[key][-1])).bit_count() <= 2
    assert len(full.keys() & limited.keys()) > 40


def sign_only_scaled(plane: Plane, white_step: float) -> list[WindowRow]:
    maker = SignatureMaker("upload")
    return maker.sign(plane, white_step, reduce_plane(plane, gain=255.0 / white_step))


def test_finish_hashes_an_inset_that_only_all_frames_together_show() -> None:
    frames = [lay_in(hills(1, number), number) for number in range(4)]
    maker = SignatureMaker("upload")
    early = [row for number, frame in enumerate(frames) for row in maker.sign(frame, 255.0, None, float(number))]
    late = maker.finish()
    assert all(row[2] == INSET for row in late)
    assert not {(row[0], row[4], row[3]) for row in late} & {
        (row[0], row[4], row[3]) for row in early if row[2] == INSET
    }
    expected = np.array([200 / 480, 60 / 360, 0.5, 0.5]) * 255
    insets = [row for row in early + late if row[2] == INSET]
    assert min(np.abs(np.array(row[4]) - expected).max() for row in insets) <= 3
    assert maker.finish() == []


def test_only_a_few_frames_are_kept_for_finish() -> None:
    maker = SignatureMaker("upload")
    for number in range(KEPT_FRAMES + 4):
        maker.sign(hills(1, number), 255.0, None, float(number))
    assert {row[0] for row in maker.finish()} <= set(map(float, range(KEPT_FRAMES)))


def test_warm_compiles_every_kind_of_plane_and_keeps_nothing() -> None:
    warm()
    assert sign_only([hills(1).astype(np.uint16)], "upload")
