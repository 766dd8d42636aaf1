"""What `jacana media` says, from made-up facts."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from jacana.cli.media_words import describe_contrast, describe_facts, describe_finding, print_facts, print_findings
from jacana.detect.media.hashing.frames import HASHER_VERSION, collect_frames
from jacana.detect.media.matching.contrast import FARTHEST, Contrast
from jacana.model.finding import Finding, FindingKind
from jacana.model.media import MediaFacts, MediaKind

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FRAMES = collect_frames([(0.0, 40, bytes(32)), (0.5, 90, b"\x0f" * 32), (1.0, 100, b"\xf0" * 32)]).pack()
PATH = Path("clip.mp4")


def make_facts(**changes: object) -> MediaFacts:
    values = {"frame_count": 3, "frames": FRAMES, "container": "mov,mp4", "codec": "h264", "width": 4, "height": 3}
    return MediaFacts("a" * 64, MediaKind.VIDEO, HASHER_VERSION, NOW, **(values | changes))


def test_facts_for_a_program() -> None:
    told = describe_facts(PATH, make_facts(), frames=True)
    assert told["median_quality"] == 90
    assert told["frames"][1] == {"seconds": 0.5, "quality": 90, "pdq": "0f" * 32}
    assert "frames" not in describe_facts(PATH, make_facts())
    assert describe_facts(PATH, make_facts(frames=b"", frame_count=0))["median_quality"] is None


def test_facts_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts(PATH, make_facts(duration_seconds=1.25), frames=False)
    shown = capsys.readouterr().out
    assert "video, h264 in mp4, 4 × 3, 1.25 s" in shown
    assert "90 in the middle, 40 to 100" in shown
    broken = MediaFacts("a" * 64, MediaKind.UNREADABLE, "v", NOW, problem="empty", problem_detail="The file is empty.")
    print_facts(PATH, broken, frames=True)
    shown = capsys.readouterr().out
    assert "The file is empty. (empty)" in shown
    assert "hashed" not in shown


def test_findings(capsys: pytest.CaptureFixture[str]) -> None:
    finding = Finding("f", "u", "a", FindingKind.MEDIA_UNREADABLE, "d", "1", 1.0, ("It is [bold]cut[/bold].",))
    print_findings(PATH, [finding])
    assert "It is [bold]cut[/bold]." in capsys.readouterr().out  # what a file says is never markup
    assert describe_finding(finding)["match"] is None
    print_findings(PATH, [])
    assert "no match in any bank" in capsys.readouterr().out


def test_distances_leave_out_what_carries_no_information() -> None:
    far = np.array([10, FARTHEST, 40, 90], np.uint16)
    signed = np.array([True, True, False, False])
    told = describe_contrast(Contrast(np.arange(4.0), far, far, signed, None, ()))
    assert told["distance_as_shown"] == {"least": 10, "median": 40.0, "most": 90, "share_within_31": 0.3333}
    assert told["distance_any_way"] == {"least": 10, "median": 10.0, "most": 10, "share_within_31": 1.0}
    nothing = describe_contrast(Contrast(np.arange(4.0), far, far, ~signed & False, None, ()))
    assert nothing["distance_any_way"] is None
    assert (nothing["matches"], nothing["speed"], nothing["ways"]) == (False, None, [])
