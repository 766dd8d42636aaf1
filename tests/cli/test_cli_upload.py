"""`jacana upload show` prints a timeline, and says so when there is no such upload."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from rich.console import Console

from jacana.cli.upload import describe_step, print_timeline
from jacana.pipeline.timeline import TimelineStep

STEP = TimelineStep(3, datetime(2026, 11, 22, tzinfo=UTC), "review", "media.viewed", "ab" * 32, "user:user_1", {"n": 1})


def test_a_step_is_a_line_and_a_json_object() -> None:
    console = Console(width=200, record=True, file=StringIO())
    print_timeline(console, "upload_1", [STEP])
    text = console.export_text()
    assert "media.viewed" in text
    assert "abababababababab…" in text
    assert describe_step(STEP)["at"] == "2026-11-22T00:00:00.000Z"


def test_an_unknown_upload_is_refused_in_one_line(run_jacana, tmp_path: Path) -> None:
    made = run_jacana("init", "--dir", str(tmp_path))
    assert made.returncode == 0, made.stderr
    result = run_jacana("--settings-file", str(tmp_path / "jacana.toml"), "upload", "show", "upload_none")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
