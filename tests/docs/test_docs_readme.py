"""The README's commands are run as they stand, in an empty folder."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
JACANA = str(Path(sys.executable).parent / "jacana")


def read_commands(heading: str) -> list[str]:
    """Return the indented command lines under a heading, without their comments."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    return [re.sub(r"\s+#.*", "", line) for line in lines]


@pytest.mark.fault
def test_the_commands_under_run_it_work_in_order(tmp_path: Path) -> None:
    commands = [command for command in read_commands("Run it") if command.startswith("jacana ")]
    assert [shlex.split(command)[1] for command in commands] == ["init", "doctor", "user", "key", "serve"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JACANA_")}
    for command in commands[:-1]:
        arguments = [JACANA, *shlex.split(command)[1:]]
        result = subprocess.run(arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    server = subprocess.Popen([JACANA, "--set", "port=18470", "serve"], cwd=tmp_path, env=environment)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                assert httpx.get("http://127.0.0.1:18470/readyz").json() == {"status": "ready"}
                break
            except httpx.TransportError:
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert httpx.get("http://127.0.0.1:18470/console/login").status_code == 200
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(15)


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = read_commands("Two commands")
    assert commands == ["make demo", "make test"]
    assert all(re.search(rf"^{command.split()[1]}:", makefile, re.M) for command in commands)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_link_and_picture_of_the_readme_exists() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target.partition("#")[0]).exists(), target
