"""The README's demo, played to the end in real processes."""

import re

import pytest

pytestmark = pytest.mark.fault


def test_the_story_plays_to_the_end(run_jacana, tmp_path) -> None:
    result = run_jacana("demo", "--headless", "--folder", str(tmp_path / "demo"), COLUMNS="200")
    assert result.returncode == 0, result.stdout + result.stderr
    for said in ("recognised, nothing doubled", "one decision covered both", "Sandbox receipt", "verify is green"):
        assert said in result.stdout
    for stage in ("ingest", "detect", "decide", "preserve", "act", "review", "report"):
        assert stage in result.stdout
    assert re.search("kept 36[56] days", result.stdout)
    assert "was changed" in result.stdout
