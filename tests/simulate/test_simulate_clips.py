"""Drawn clips play, are rich in information, unlike each other, and stay recognisable in disguise."""

import itertools
import time
from pathlib import Path

import av
import numpy as np
import pytest

from jacana.detect.media.hashing.pdq import hash_rgb
from jacana.simulate.clips import disguise_clip, draw_clip, draw_picture, mirror_clip, truncate_file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    for seed in (1, 2, 3):
        draw_clip(folder / f"{seed}.mp4", seed, seconds=2)
    disguise_clip(folder / "1.mp4", folder / "1-disguised.mp4")
    return folder


def read_pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def hashes(path: Path) -> list[int]:
    return [int.from_bytes(hash_rgb(picture).pdq) for picture in read_pictures(path)]


def test_a_browser_can_play_it_before_it_is_whole(folder: Path) -> None:
    data = (folder / "1.mp4").read_bytes()
    assert data[4:8] == b"ftyp"
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(folder / "1.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.codec.canonical_name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.frames) == (480, 360, 50)


def test_every_frame_carries_information(folder: Path) -> None:
    assert min(hash_rgb(picture).quality for picture in read_pictures(folder / "2.mp4")) > 80


def test_two_seeds_look_nothing_alike(folder: Path) -> None:
    clips = [hashes(folder / f"{seed}.mp4")[::15] for seed in (1, 2, 3)]
    for left, right in itertools.combinations(clips, 2):
        assert min((a ^ b).bit_count() for a in left for b in right) > 60


def test_scenes_move(folder: Path) -> None:
    first, *_, last = hashes(folder / "1.mp4")
    assert (first ^ last).bit_count() > 10


def test_a_disguised_copy_is_grey_small_and_lean_and_still_near(folder: Path) -> None:
    pictures = read_pictures(folder / "1-disguised.mp4")
    assert pictures[0].shape == (180, 240, 3)
    assert max(int(np.ptp(picture.astype(int), axis=2).max()) for picture in pictures) <= 2
    assert (folder / "1-disguised.mp4").stat().st_size < (folder / "1.mp4").stat().st_size / 2
    pairs = list(zip(hashes(folder / "1.mp4"), hashes(folder / "1-disguised.mp4"), strict=True))
    near = [(known ^ copy).bit_count() <= 31 for known, copy in pairs]
    assert sum(near) / len(near) > 0.9


def test_a_mirrored_copy_is_cropped_bordered_and_far_from_its_whole_frames(folder: Path, tmp_path: Path) -> None:
    mirror_clip(folder / "1.mp4", tmp_path / "m.mp4", crop=0.1, border=0.1)
    before, after = read_pictures(folder / "1.mp4"), read_pictures(tmp_path / "m.mp4")
    assert len(after) == len(before)
    assert after[0].shape == before[0].shape
    assert after[0][:30].max() < 20
    assert after[0][-30:].max() < 20
    inner = after[0][36:-36].astype(int)
    expected = before[0][18:-18, 24:-24][:, ::-1].astype(int)
    assert abs(inner.mean() - expected.mean()) < 4
    near = [
        (one ^ other).bit_count()
        for one, other in zip(hashes(folder / "1.mp4"), hashes(tmp_path / "m.mp4"), strict=True)
    ]
    assert min(near) > 31, "its whole frames give it away to nobody"


def test_equal_seeds_draw_equal_pictures(folder: Path, tmp_path: Path) -> None:
    assert (draw_picture(3, at_seconds=1.5) == draw_picture(3, at_seconds=1.5)).all()
    draw_clip(tmp_path / "again.mp4", 3, seconds=1)
    for first, second in zip(read_pictures(tmp_path / "again.mp4"), read_pictures(folder / "3.mp4"), strict=False):
        assert np.abs(first.astype(int) - second).mean() < 3


def test_a_truncated_file_is_its_first_part(folder: Path, tmp_path: Path) -> None:
    truncate_file(folder / "1.mp4", tmp_path / "cut.mp4", 0.25)
    whole, cut = (folder / "1.mp4").read_bytes(), (tmp_path / "cut.mp4").read_bytes()
    assert whole.startswith(cut)
    assert len(cut) == len(whole) // 4


def test_pictures_have_the_size_asked_for() -> None:
    assert draw_picture(1, size=(64, 48), at_seconds=100.0).shape == (48, 64, 3)


def test_drawing_is_quick(tmp_path: Path) -> None:
    start = time.thread_time()
    draw_clip(tmp_path / "a.mp4", 5, seconds=6)
    assert time.thread_time() - start < 4  # about 0.7 s where this was written
