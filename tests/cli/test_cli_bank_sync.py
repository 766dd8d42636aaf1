"""`jacana bank sync` against the real sandbox server: counts, outages, watching until a signal."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jacana.cli import bank
from jacana.cli.bank_sync import NothingFollowedError
from jacana.detect.media.exchange.ncmec_http import NcmecHashApi
from jacana.detect.media.exchange.port import ExchangeUnreachableError
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox
from jacana.detect.media.exchange.sandbox.shared_list import Account
from jacana.detect.media.exchange.sync import BankNotExchangedError, ExchangeMismatchError

MEMBERS = [Account("them", "hidden", 2, "Them"), Account("us", "secret", 1, "Us", may_write=True)]


@pytest.fixture
def server() -> Iterator[HashSharingSandbox]:
    with HashSharingSandbox(MEMBERS) as running:
        running.advance_clock(-3600)
        for number in range(3):
            running.shared.put(2, str(number), "video", {"md5": f"{number:032x}", "pdna": "x"})
        running.shared.put(2, "bad", "video", {"md5": "no"})
        running.advance_clock(3600)
        yield running


@pytest.fixture
def followed(prepared_folder: Path, server: HashSharingSandbox, monkeypatch: pytest.MonkeyPatch, run_verb) -> Path:
    for name, value in {
        "NCMEC_HASH_ENVIRONMENT": "sandbox",
        "NCMEC_HASH_SANDBOX_URL": server.url,
        "NCMEC_HASH_USERNAME": "us",
        "NCMEC_HASH_PASSWORD": "secret",
    }.items():
        monkeypatch.setenv(f"JACANA_{name}", value)
    monkeypatch.setattr(NcmecHashApi.__init__, "__kwdefaults__", {"timeout_seconds": 5.0, "wait": lambda _s: None})
    assert run_verb(bank.app, "create", "shared", "--source", "drawn", "--origin", "ncmec").exit_code == 0
    return prepared_folder


def test_it_says_what_came_and_what_was_left(followed: Path, run_verb) -> None:
    result = run_verb(bank.app, "sync")
    assert result.exit_code == 0
    assert (
        "shared (sandbox): 3 added, 0 replaced, 0 removed, 0 unchanged, 1 quarantined, 3 hashes not used"
        in result.stdout
    )
    assert "not used: 3 video pdna" in result.stdout
    assert "jacana bank quarantine shared" in result.stdout
    assert "2-bad" in run_verb(bank.app, "quarantine", "shared").stdout
    again = run_verb(bank.app, "sync", "shared")
    assert "0 added, 0 replaced, 0 removed, 0 unchanged, 0 quarantined" in again.stdout


def test_nothing_to_follow_is_an_error_with_a_remedy(prepared_folder: Path, run_verb) -> None:
    result = run_verb(bank.app, "sync")
    assert isinstance(result.exception, NothingFollowedError)
    assert "--origin ncmec" in str(result.exception.remedy)


def test_a_bank_without_an_exchange_is_refused(followed: Path, run_verb) -> None:
    run_verb(bank.app, "create", "file", "--source", "drawn")
    assert isinstance(run_verb(bank.app, "sync", "file").exception, BankNotExchangedError)


def test_a_sandbox_bank_never_follows_production(followed: Path, run_verb, monkeypatch: pytest.MonkeyPatch) -> None:
    run_verb(bank.app, "sync")
    monkeypatch.setenv("JACANA_NCMEC_HASH_ENVIRONMENT", "ncmec-industry")
    result = run_verb(bank.app, "sync", "shared")  # a socket to anywhere else than loopback would fail this test
    assert isinstance(result.exception, ExchangeMismatchError)


def test_one_bank_that_fails_stops_no_other_and_is_the_answer(followed: Path, run_verb, server) -> None:
    run_verb(bank.app, "create", "another", "--source", "drawn", "--origin", "ncmec")
    server.switches.arm("http_500", endpoint="status", count=4)
    result = run_verb(bank.app, "sync")
    assert isinstance(result.exception, ExchangeUnreachableError)
    assert "another: " in result.stdout
    assert "shared (sandbox): 3 added" in result.stdout


def test_a_hole_is_said(followed: Path, run_verb, server) -> None:
    server.switches.arm("web_page", endpoint="entries", count=4)
    result = run_verb(bank.app, "sync")
    assert "cannot be read" in result.stdout
    assert "3 added" in run_verb(bank.app, "sync").stdout


def test_watching_outlives_an_outage_and_ends_at_sigterm(followed: Path, server) -> None:
    command = [str(Path(sys.executable).parent / "jacana"), "bank", "sync", "--watch", "--every", "1"]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    server.switches.arm("http_429", endpoint="status", seconds=61)
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    assert "next look in 61 s" in first
    process.terminate()
    rest, _ = process.communicate(timeout=60)
    assert "the next sync goes on from here" in rest
    assert "Traceback" not in rest
    assert process.returncode == 0


def test_a_newcomer_sees_news_arrive_while_watching(followed: Path, server) -> None:
    command = [str(Path(sys.executable).parent / "jacana"), "bank", "sync", "shared", "--watch", "--every", "1"]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines: list[str] = []

    def wait_for(text: str) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            lines.append(process.stdout.readline())
            if text in lines[-1]:
                return
        raise AssertionError(lines)

    wait_for("3 added")
    httpx.post(
        f"{server.origin}/sandbox/entries",
        content=json.dumps({"id": "new", "fingerprints": {"md5": "f" * 32}}),
        trust_env=False,
    )
    wait_for("1 added")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_watching_a_bank_that_must_be_put_right_ends(followed: Path, run_verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACANA_NCMEC_HASH_PASSWORD", "wrong")
    result = run_verb(bank.app, "sync", "shared", "--watch", "--every", "1")
    assert result.exit_code == 1
    assert "ncmec_hash_password" in str(result.exception.remedy)


def test_a_sandbox_elsewhere_is_one_message(followed: Path, run_jacana, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACANA_NCMEC_HASH_SANDBOX_URL", "http://10.0.0.1/hashsharing")
    result = run_jacana("bank", "sync", "shared")
    assert result.returncode == 1
    assert "exchange.endpoint_invalid" in result.stderr
    assert "remedy" in result.stderr
    assert "Traceback" not in result.stderr
