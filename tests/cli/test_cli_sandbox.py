"""`jacana sandbox cybertipline`: a server of its own that another client can talk to."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from jacana.cli.sandbox import SandboxOptionInvalidError, _parse_account
from jacana.report.sandbox.faults import SWITCHES
from jacana.report.sandbox.receiver import Account


@pytest.fixture
def start():
    """Start the command and return the address it prints."""
    running: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> str:
        command = [str(Path(sys.executable).parent / "jacana"), "sandbox", "cybertipline", "--port", "0", *options]
        environment = {**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        running.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(r"http://\S+/ispws", line)
            if found:
                return found[0]
        raise AssertionError("the sandbox said no address")

    yield begin
    for process in running:
        process.terminate()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


def test_it_serves_what_it_announces_and_remembers(start, tmp_path: Path) -> None:
    url = start("--user", "me", "--password", "pw", "--account", "other:pw2:none", "--db", str(tmp_path / "s.db"))
    with httpx.Client(base_url=url, trust_env=False) as client:
        assert "Remote User : me" in client.get("/status", auth=("me", "pw")).text
        assert client.get("/status", auth=("other", "pw2")).status_code == 200
        assert client.post("/submit", auth=("other", "pw2"), headers={"Content-Type": "text/xml"}).status_code == 403
        assert client.get("/status", auth=("me", "no")).status_code == 401
    assert (tmp_path / "s.db").is_file()


def test_faults_come_by_flag(start) -> None:
    url = start("--fault", "legacy", "--fault", "code_1000:status=1")
    with httpx.Client(base_url=url, auth=("sandbox", "sandbox"), trust_env=False) as client:
        first, second = client.get("/status"), client.get("/status")
    assert (first.status_code, "<responseCode>1000<" in first.text) == (200, True)
    assert "<responseCode>0<" in second.text


def test_every_switch_is_listed(run_jacana) -> None:
    result = run_jacana("sandbox", "cybertipline", "--list-faults", COLUMNS="200")
    assert result.returncode == 0
    assert all(name in result.stdout for name in SWITCHES)


@pytest.mark.parametrize("option", [("--fault", "none"), ("--edition", "2024"), ("--account", "x")])
def test_bad_options_are_one_message(run_jacana, option: tuple[str, str]) -> None:
    result = run_jacana("sandbox", "cybertipline", "--port", "0", *option)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_accounts() -> None:
    assert _parse_account("a:b") == Account("a", "b")
    assert _parse_account("a:b:submit") == Account("a", "b", may_update=False)
    assert _parse_account("a:b:update") == Account("a", "b", may_submit=False)
    for bad in ("a", ":b", "a:b:all", "a::submit"):
        with pytest.raises(SandboxOptionInvalidError):
            _parse_account(bad)
