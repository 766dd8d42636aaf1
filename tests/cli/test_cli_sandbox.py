"""`jacana sandbox cybertipline`: a server of its own that another client can talk to."""

import base64
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from jacana.cli.sandbox import SandboxOptionInvalidError, _parse_account
from jacana.detect.media.exchange.sandbox.switches import SWITCHES as HASH_SWITCHES
from jacana.report.sandbox.faults import SWITCHES
from jacana.report.sandbox.receiver import Account
from jacana.simulate.clips import draw_clip

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def start():
    """Start the command and return the address it prints."""
    running: list[subprocess.Popen[str]] = []

    def begin(*options: str, verb: str = "cybertipline", pattern: str = r"http://\S+/ispws") -> str:
        command = [str(Path(sys.executable).parent / "jacana"), "sandbox", verb, "--port", "0", *options]
        environment = {**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        running.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(pattern, line)
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


def test_a_taken_port_is_one_message_before_any_claim_to_listen(run_jacana, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for verb, *options in (("cybertipline",), ("network", "--secret", SECRET, "--state", str(tmp_path / "n.db"))):
            result = run_jacana("sandbox", verb, "--port", str(port), *options)
            assert result.returncode == 1
            assert result.stdout == ""
            assert f"port {port} is taken" in result.stderr
            assert "choose another with --port" in result.stderr
            assert "Traceback" not in result.stderr


def test_the_network_serves_where_it_says_it_listens(start, tmp_path: Path) -> None:
    options = ("--secret", SECRET, "--state", str(tmp_path / "n.db"))
    origin = start(*options, verb="network", pattern=r"http://127\S+(?=/)")
    assert "Stand-in network" in httpx.get(f"{origin}/", trust_env=False).text


def test_a_network_secret_that_cannot_be_read_is_one_message(run_jacana, tmp_path: Path) -> None:
    options = ("--port", "0", "--secret", "whsec_?", "--state", str(tmp_path / "n.db"))
    result = run_jacana("sandbox", "network", *options)
    assert result.returncode == 1
    assert "--secret" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_that_cannot_be_used_is_one_message(run_jacana, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database at all, but long enough to be read as one" * 20)
    for file in (tmp_path / "file", tmp_path / "file" / "below.db"):
        for verb, option, *more in (("cybertipline", "--db"), ("network", "--state", "--secret", SECRET)):
            result = run_jacana("sandbox", verb, "--port", "0", option, str(file), *more)
            assert result.returncode == 1
            assert "Traceback" not in result.stderr
            assert option in result.stderr
            assert "the file cannot be used" in result.stderr


def test_accounts() -> None:
    assert _parse_account("a:b") == Account("a", "b")
    assert _parse_account("a:b:submit") == Account("a", "b", may_update=False)
    assert _parse_account("a:b:update") == Account("a", "b", may_submit=False)
    for bad in ("a", ":b", "a:b:all", "a::submit"):
        with pytest.raises(SandboxOptionInvalidError):
            _parse_account(bad)


def test_a_hash_list_of_ones_own_serves_a_drawn_clip(start, tmp_path: Path) -> None:
    draw_clip(tmp_path / "drawn.mp4", 5, seconds=1, size=(160, 120))
    url = start("--clip", str(tmp_path / "drawn.mp4"), verb="hashsharing", pattern=r"http://\S+/hashsharing")
    query = {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    answer = httpx.get(f"{url}/v2/entries", params=query, auth=("sandbox", "sandbox"), trust_env=False)
    assert "<id>drawn-mp4</id>" in answer.text
    assert httpx.get(f"{url}/v2/status", auth=("another-network", ""), trust_env=False).status_code == 401


def test_the_hash_lists_switches_are_listed_and_its_options_checked(run_jacana, tmp_path: Path) -> None:
    listed = run_jacana("sandbox", "hashsharing", "--list-faults", COLUMNS="200")
    assert all(name in listed.stdout for name in HASH_SWITCHES)
    for options in (("--fault", "none"), ("--clip", str(tmp_path / "no.mp4")), ("--clip", __file__)):
        result = run_jacana("sandbox", "hashsharing", "--port", "0", *options)
        assert result.returncode == 1
        assert "remedy" in result.stderr
        assert "Traceback" not in result.stderr
