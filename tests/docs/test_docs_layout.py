"""The layout rules: small files, no drawer words, a test file for every module."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for path in (ROOT / "src" / "jacana").rglob("*")
    if path.suffix in {".py", ".css", ".js", ".html", ".yaml", ".xsd"}
)
TESTS = {path.name for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize("path", [path for path in SOURCES if path.suffix == ".py"], ids=str)
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, f"{path} is too long: reshape it"


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert not [path for path in SOURCES if path.stem in drawers or path.parent.name in drawers]


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in SOURCES
        if p.suffix == ".py"
        and p.name not in {"__init__.py", "__main__.py"}
        and not {"migrations", "tables"} & set(p.parts)
    ],
    ids=str,
)
def test_every_module_has_its_test(path: Path) -> None:
    names = {f"test_{path.stem}.py", f"test_{path.parent.name}_{path.stem}.py"}
    assert names & TESTS, f"no test file for {path}: one of {sorted(names)}"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path
        for path in SOURCES
        if path.suffix == ".py" and not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert not silent


def test_nothing_points_at_a_registry_or_at_a_machine() -> None:
    words = ["py" + "pi.org", "python" + "hosted", "registry.np" + "mjs", "deb.deb" + "ian"]
    files = [*SOURCES, *(ROOT / "docs").rglob("*.md"), *(ROOT / "requirements").glob("*.txt"), ROOT / "README.md"]
    assert not [(path, word) for path in files for word in words if word in path.read_text(encoding="utf-8")]
