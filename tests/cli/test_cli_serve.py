"""`jacana serve` refuses a machine that is not set up, and says what to do."""

from pathlib import Path


def test_serve_without_setup_names_the_remedy(run_jacana, tmp_path: Path) -> None:
    result = run_jacana("--data-dir", str(tmp_path), "serve")
    assert result.returncode == 1
    assert "remedy" in result.stderr
    assert "Traceback" not in result.stderr
