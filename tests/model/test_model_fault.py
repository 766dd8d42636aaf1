"""Fault points do nothing unless armed, kill like a power cut when armed, and form a closed list."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import jacana
from jacana.model.fault import FAULT_POINTS, fault

SOURCES = Path(jacana.__file__).parent

PROGRAM = """
import atexit, sys
from jacana.model.fault import fault
atexit.register(print, "cleaned up")
fault("preserve.after_commit")
fault(sys.argv[1])
print("still here")
"""


def run(point: str, armed: str | None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "JACANA_FAULT"}
    if armed is not None:
        environment["JACANA_FAULT"] = armed
    return subprocess.run([sys.executable, "-c", PROGRAM, point], env=environment, capture_output=True, text=True)


def test_an_unarmed_point_does_nothing() -> None:
    for point in FAULT_POINTS:
        fault(point)
    assert run("preserve.after_write", None).stdout == "still here\ncleaned up\n"
    assert run("preserve.after_write", "").returncode == 0
    assert run("preserve.after_write", "act.before_send").returncode == 0


def test_an_armed_point_kills_without_clean_up() -> None:
    done = run("preserve.after_write", "preserve.after_write")
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "")


def test_an_unknown_name_stops_the_program_before_it_starts() -> None:
    done = run("preserve.after_write", "preserve.after_wriet")
    assert done.returncode == 1
    assert "preserve.after_write" in done.stderr


def test_points_are_named_once_and_after_their_stage() -> None:
    assert len(set(FAULT_POINTS)) == len(FAULT_POINTS)
    stages = {"ingest", "pipeline", "detect", "decide", "preserve", "act", "review", "report"}
    for point in FAULT_POINTS:
        assert re.fullmatch(r"[a-z]+\.(before|after)_[a-z]+", point)
        assert point.split(".")[0] in stages


def find_calls() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py") if path.name != "fault.py"]
    return {name for text in texts for name in re.findall(r'\bfault\("([^"]+)"\)', text)}


def test_every_point_in_the_program_is_in_the_list() -> None:
    assert find_calls() <= set(FAULT_POINTS)


@pytest.mark.parametrize("point", FAULT_POINTS)
def test_every_point_in_the_list_is_in_the_program(point: str) -> None:
    assert point in find_calls()
