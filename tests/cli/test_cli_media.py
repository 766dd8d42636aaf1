"""`jacana media` over drawn clips: for a person, for a program, and with files that are none."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import Result

from jacana.cli.bank import app as bank_app
from jacana.cli.media import ChartFormatError, MediaUnreadableError, app
from jacana.simulate.clips import draw_clip, mirror_clip

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    draw_clip(folder / "known.mp4", 11, seconds=4)
    draw_clip(folder / "other.mp4", 12, seconds=2)
    mirror_clip(folder / "known.mp4", folder / "mirror.mp4")
    (folder / "letter.mp4").write_text("<html>not a video</html>")
    return folder


def test_hash_says_what_a_file_is(run_verb: Run, clips: Path) -> None:
    done = run_verb(app, "hash", str(clips / "known.mp4"), "--frames")
    assert done.exit_code == 0, done.output
    assert "video, h264 in mp4, 480 × 360, 4.00 s" in done.output
    assert "100 frames (adaptive)" in done.output
    lines = done.output.splitlines()
    assert sum(len(line.split(" ")[-1]) == 64 for line in lines) == 1 + 100  # SHA-256, and a PDQ a frame


def test_hash_as_json_holds_every_frame_if_asked(run_verb: Run, clips: Path) -> None:
    (plain,) = json.loads(run_verb(app, "hash", str(clips / "known.mp4"), "--json").output)
    assert (plain["kind"], plain["width"], plain["frame_count"], plain["problem"]) == ("video", 480, 100, None)
    assert plain["window_count"] > 10
    assert "frames" not in plain
    (full,) = json.loads(run_verb(app, "hash", str(clips / "known.mp4"), "--json", "--frames", "--thorough").output)
    assert (len(full["frames"]), full["sampling"]) == (100, "thorough")
    assert len(full["frames"][0]["pdq"]) == 64


def test_a_file_that_is_no_media_is_said_and_the_others_are_done(run_verb: Run, clips: Path) -> None:
    done = run_verb(app, "hash", str(clips / "letter.mp4"), str(clips / "other.mp4"))
    assert isinstance(done.exception, MediaUnreadableError)
    assert "1 file could not be read whole" in str(done.exception)
    assert "not a video or picture" in done.output
    assert "480 × 360" in done.output


def test_a_wrong_path_is_refused_before_any_work(run_verb: Run, clips: Path) -> None:
    for verb in ("hash", "match", "compare"):
        done = run_verb(app, verb, str(clips / "known.mp4"), str(clips / "nothing.mp4"))
        assert isinstance(done.exception, MediaUnreadableError)
        assert "there is no file" in done.exception.message
        assert done.output == ""


def test_match_compares_with_the_banks_and_records_nothing(prepared_folder: Path, run_verb: Run, clips: Path) -> None:
    assert run_verb(bank_app, "create", "b1", "--source", "drawn").exit_code == 0
    assert run_verb(bank_app, "import", "b1", str(clips / "known.mp4")).exit_code == 0
    done = run_verb(app, "match", str(clips / "mirror.mp4"), str(clips / "other.mp4"))
    assert done.exit_code == 0, done.output
    assert "bank match, score" in done.output
    assert "of the upload match" in done.output
    assert "mirrored" in done.output
    assert "no match in any bank" in done.output
    assert "Nothing was recorded." in done.output
    first, second = json.loads(
        run_verb(app, "match", str(clips / "known.mp4"), str(clips / "other.mp4"), "--json").output
    )
    assert first["findings"][0]["match"]["exact"]
    assert first["findings"][0]["match"]["segments"][0]["frames"] > 50
    assert second["findings"] == []


def test_compare_tells_seconds_distances_and_draws(run_verb: Run, clips: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "far.svg"
    done = run_verb(app, "compare", str(clips / "mirror.mp4"), str(clips / "known.mp4"), "--picture", str(drawn))
    assert done.exit_code == 0, done.output
    assert "mirror.mp4 matches known.mp4: mirrored, inside borders" in done.output
    assert ElementTree.fromstring(drawn.read_text()).tag.endswith("svg")
    told = json.loads(run_verb(app, "compare", str(clips / "other.mp4"), str(clips / "known.mp4"), "--json").output)
    assert (told["matches"], told["segments"], told["matched_seconds"]) == (False, [], 0)
    assert told["distance_any_way"]["least"] > 31
    same = json.loads(run_verb(app, "compare", str(clips / "known.mp4"), str(clips / "known.mp4"), "--json").output)
    assert (same["matched_seconds"], same["matched_fraction"], same["speed"]) == (4, 1.0, pytest.approx(1.0))
    assert same["distance_as_shown"] == {"least": 0, "median": 0.0, "most": 0, "share_within_31": 1.0}
    assert same["ways"] == ["whole frame"]


def test_compare_refuses_what_it_cannot_draw_or_read(run_verb: Run, clips: Path, tmp_path: Path) -> None:
    known, letter = str(clips / "known.mp4"), str(clips / "letter.mp4")
    done = run_verb(app, "compare", known, known, "--picture", str(tmp_path / "a.png"))
    assert isinstance(done.exception, ChartFormatError)
    for pair in ((known, letter), (letter, known)):
        done = run_verb(app, "compare", *pair)
        assert isinstance(done.exception, MediaUnreadableError)
        assert "letter.mp4" in done.exception.message


@pytest.mark.parametrize("place", ["nowhere/x.svg", "folder.svg"])
def test_a_picture_that_cannot_be_written_is_said_before_any_work(
    run_verb: Run, clips: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "folder.svg").mkdir()
    result = run_verb(
        app, "compare", str(clips / "known.mp4"), str(clips / "known.mp4"), "--picture", str(tmp_path / place)
    )
    assert isinstance(result.exception, ChartFormatError)
    assert result.exception.field == "--picture"
