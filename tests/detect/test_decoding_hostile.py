"""The corpus of hostile files: each ends in time, within its limits, as unreadable with a reason where it must.

None makes anything read the canary or call the loopback address, not even FFmpeg without its sandbox.
"""

import io
import os
import resource
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hostile.built import edit
from hostile.corpus import HostileFile, list_bombs, list_corrupt, list_crowded, list_cut, list_disguised, list_endless
from hostile.corpus import list_enormous as list_enormous_files
from hostile.drawn import SEEDS, draw, draw_heic
from hostile.fuzz import check_facts, fuzz
from hostile.pointers import list_pointers
from jacana.detect.media.decoding import decode, wire
from jacana.detect.media.decoding.answer import PROBLEMS
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.model.media import MediaFacts, MediaKind

Analyse = Callable[..., MediaFacts]
PLAN = SamplingPlan("adaptive", windows="upload")
LIMITS = {"memory_bytes": 1 << 30, "cpu_seconds": 3, "wall_seconds": 45.0, "max_frames": 2000, "max_windows": 20_000}


@dataclass(frozen=True)
class Elsewhere:
    """What hostile files point at: a clip that could be played, and an address that could be called."""

    canary: Path
    port: int
    listener: socket.socket

    def was_called(self) -> bool:
        try:
            self.listener.accept()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    canary = tmp_path_factory.mktemp("elsewhere") / "canary.mp4"
    canary.write_bytes(draw("mp4_h264"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Elsewhere(canary, listener.getsockname()[1], listener)


def check(hostile: HostileFile, analyse: Analyse, folder: Path) -> str | None:
    """Analyse one file within the small limits and return what is wrong, if anything."""
    path = folder / "hostile"
    path.write_bytes(hostile.data)
    start = time.monotonic()
    facts = analyse(path, PLAN, **LIMITS)
    seconds = time.monotonic() - start
    wrong = check_facts(facts)
    if hostile.held and facts.kind is not MediaKind.UNREADABLE:
        wrong = wrong or f"accepted as {facts.kind}"
    if facts.problem == "decoder_crashed":
        wrong = wrong or "crashed its decoder"
    if seconds > LIMITS["wall_seconds"] + 30:
        wrong = wrong or f"took {seconds:.0f} s"
    return f"{hostile.name}: {wrong}" if wrong else None


@pytest.mark.parametrize(
    "list_files",
    [list_cut, list_corrupt, list_enormous_files, list_endless, list_bombs, list_crowded, list_disguised],
    ids=lambda function: function.__name__.removeprefix("list_"),
)
def test_every_file_is_survived(
    list_files: Callable[[], Iterator[HostileFile]], analyse: Analyse, tmp_path: Path
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wrong = [says for hostile in list_files() if (says := check(hostile, analyse, tmp_path))]
    assert wrong == []
    # The largest files of the corpus are some 20 MB here; what they unpack to never is.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


def test_nothing_reads_a_file_or_an_address_elsewhere(elsewhere: Elsewhere, analyse: Analyse, tmp_path: Path) -> None:
    canary = analyse(elsewhere.canary, PLAN)
    assert canary.readable
    for name, data, held in list_pointers(elsewhere.canary, elsewhere.port):
        (tmp_path / "pointer").write_bytes(data)
        facts = analyse(tmp_path / "pointer", PLAN, **LIMITS)
        if held:
            assert facts.kind is MediaKind.UNREADABLE, name
            assert facts.problem_detail == PROBLEMS[facts.problem or ""], name
            assert facts.frame_count == 0, name
        else:
            assert facts.frames != canary.frames or b"moov" in data, name
    assert not elsewhere.was_called()


def test_not_even_without_the_sandbox(elsewhere: Elsewhere) -> None:
    """FFmpeg's own lists of formats and protocols hold by themselves."""
    decode.warm_up()
    for name, data, held in list_pointers(elsewhere.canary, elsewhere.port):
        answer: list[bytes] = []
        sampling = decode.Sampling(PLAN, max_pixels=1 << 24, max_frames=100)
        decode.decode_file(io.BytesIO(data), len(data), sampling, answer.append)
        kinds = [kind for kind, _ in wire.read_records(b"".join(answer))]
        assert (wire.FRAMES not in kinds) or not held, name
    assert not elsewhere.was_called()


def test_a_clip_whose_samples_lie_elsewhere_shows_only_what_it_holds(
    elsewhere: Elsewhere, analyse: Analyse, tmp_path
) -> None:
    """The data reference of a MOV is not followed: cut off its own samples, and there is nothing to see."""
    for name, data, _ in list_pointers(elsewhere.canary, elsewhere.port):
        if name.startswith("data_"):
            at = data.index(b"mdat")
            emptied = data[: at + 4] + bytes(data.index(b"moov") - 4 - at - 4) + data[data.index(b"moov") - 4 :]
            (tmp_path / "emptied.mov").write_bytes(emptied)
            facts = analyse(tmp_path / "emptied.mov", PLAN)
            assert facts.kind is MediaKind.UNREADABLE, name


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_every_kind_that_is_accepted(name: str, analyse: Analyse, tmp_path: Path) -> None:
    """JPEG, PNG, WebP, AVIF, HEIF, GIF, BMP, TIFF and JPEG 2000 take the same path as videos."""
    (tmp_path / "x").write_bytes(draw(name))
    facts = analyse(tmp_path / "x", PLAN)
    if name == "webp_moving":
        assert (facts.kind, facts.problem) == (MediaKind.UNREADABLE, "unsupported")
        return
    stills = {"png", "jpeg", "webp", "tiff", "bmp", "avif", "heic", "jpeg2000"}
    assert facts.kind is (MediaKind.PICTURE if name in stills else MediaKind.VIDEO)
    assert (facts.width, facts.height) == (96, 64)
    assert facts.frame_count >= 1
    assert facts.window_count > 0


def test_pictures_in_tiles_are_stated_as_unsupported(analyse: Analyse, tmp_path: Path) -> None:
    """As telephones write HEIC: several tiles and a grid."""
    (tmp_path / "x.heic").write_bytes(draw_heic(tiles=4))
    facts = analyse(tmp_path / "x.heic", PLAN)
    assert (facts.kind, facts.problem) == (MediaKind.UNREADABLE, "unsupported")


@pytest.mark.parametrize("plan", [SamplingPlan("adaptive"), SamplingPlan("thorough"), SamplingPlan("rate")])
def test_a_film_of_which_nothing_is_shown_is_not_read(analyse: Analyse, tmp_path: Path, plan: SamplingPlan) -> None:
    """Its edit list leaves out every frame. (Found by `make fuzz`: it passed as readable, and nobody had looked.)"""
    data = edit(draw("mp4_h264"), b"elst", 8, struct.pack(">Ii", 0, 0x7FFF0000))
    (tmp_path / "x.mp4").write_bytes(data)
    facts = analyse(tmp_path / "x.mp4", plan)
    assert facts.kind is MediaKind.UNREADABLE
    assert facts.frame_count == 0


def test_titles_in_no_encoding_do_not_matter(analyse: Analyse, tmp_path: Path) -> None:
    data = draw("mkv_h264")
    at = data.index(b"Lavf")
    (tmp_path / "x.mkv").write_bytes(data[:at] + b"\xff\xfe\xe9\xb6" + data[at + 4 :])
    assert analyse(tmp_path / "x.mkv", PLAN).readable


def test_a_few_hundred_damaged_files(tmp_path: Path) -> None:
    """`make fuzz` does the same to 10,000."""
    tally = fuzz(files=300, seed=int(os.environ.get("JACANA_FUZZ_SEED", "7")), workers=2, saved=tmp_path / "saved")
    assert tally.failures == []
    assert tally.problems.total() == 300
    assert len(tally.problems) >= 5
