"""The reference chapters are what the program would write now, and the hand-written ones leave nothing out."""

import re
import tomllib
from pathlib import Path

import pytest

from jacana.cli.docs import write_reference

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "text"), sorted(write_reference().items()), ids=lambda value: str(value)[:12])
def test_reference_is_current(name: str, text: str) -> None:
    assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text, "run `make docs` and commit"


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    named = [re.split(r"[\[<>=]", item)[0].lower() for item in project["dependencies"]]
    assert [name for name in named if f"| {name}" not in page] == []
    extras = [re.split(r"[\[<>=]", item)[0] for items in project["optional-dependencies"].values() for item in items]
    assert [name for name in extras if name.lower() not in page] == []


def test_lock_files_carry_versions_and_hashes_and_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text
        pinned = re.findall(r"^([a-z0-9._-]+)==", text, re.M | re.I)
        assert pinned
        assert len(re.findall(r"--hash=sha256:", text)) >= len(pinned)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [t for t in targets if "://" not in t and not (page.parent / t).exists()] == []


def test_decisions_are_listed() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in (ROOT / "docs" / "decisions").glob("0*.md") if p.name not in index] == []
