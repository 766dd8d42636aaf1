"""The chapters on asking outside and on the look-up API: what they show works, and they leave nothing out."""

import re
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI

from jacana.decide.policy import load_policy, parse_policy
from jacana.detect.media.outside.http_classifier import HttpClassifier
from jacana.detect.media.outside.silence import OutsideSilentError, Silence
from jacana.model.media import MediaFacts, MediaKind
from jacana.pipeline.outside import WAITS_SECONDS
from jacana.settings import Settings
from jacana.web.hma import router

DOCS = Path(__file__).parents[2] / "docs"
OUTSIDE = (DOCS / "outside.md").read_text(encoding="utf-8")
HMA = (DOCS / "hma.md").read_text(encoding="utf-8")


def read_block(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", OUTSIDE, re.S).group(1)


def test_the_classifier_of_the_docs_works(tmp_path: Path) -> None:
    program, file = tmp_path / "classifier.py", tmp_path / "file"
    program.write_text(read_block("python"))
    file.write_bytes(b"bytes")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    facts = MediaFacts("0" * 64, MediaKind.PICTURE, "1", datetime.now(UTC))
    running = subprocess.Popen([sys.executable, str(program), str(port)], stderr=subprocess.DEVNULL)
    try:
        right = HttpClassifier(Settings(classifier_url=f"http://127.0.0.1:{port}/", classifier_secret="change-me"))
        deadline = time.monotonic() + 20
        while True:
            try:
                answer = right.score(file, "image/png", facts)
                break
            except OutsideSilentError:
                assert time.monotonic() < deadline and running.poll() is None
                time.sleep(0.05)
        assert (answer.model, answer.scores) == ("mine", {"minor": 0.97})
        wrong = HttpClassifier(Settings(classifier_url=f"http://127.0.0.1:{port}/", classifier_secret="other"))
        with pytest.raises(OutsideSilentError) as refused:
            wrong.score(file, "image/png", facts)
        assert refused.value.why is Silence.REFUSED
        right.close()
        wrong.close()
    finally:
        running.terminate()
        running.wait(10)


def test_the_rule_of_the_docs_takes_the_place_of_the_shipped_ones() -> None:
    shipped = load_policy(None).source_text
    for name in ("silent_outside", "never_answered"):
        shipped, count = re.subn(rf"  - name: {name}\n(?:    .*\n)+", "", shipped)
        assert count == 1
    rules = {
        rule.name
        for rule in parse_policy(shipped.replace("rules:\n", "rules:\n" + read_block("yaml")).encode(), "docs").rules
    }
    assert "do_not_wait" in rules and "silent_outside" not in rules


def test_the_waits_stand_in_the_docs() -> None:
    told = {60: "1 min", 300: "5 min", 1_800: "30 min", 7_200: "2 h", 21_600: "6 h", 43_200: "12 h"}
    assert ", ".join(told[wait] for wait in WAITS_SECONDS[:-1]) + f" and {told[WAITS_SECONDS[-1]]}" in OUTSIDE


def test_every_setting_about_it_stands_in_the_docs() -> None:
    names = [name for name in Settings.__dataclass_fields__ if name.startswith(("arachnid_", "classifier_", "hma_"))]
    assert len(names) == 9
    left_out = {"arachnid_timeout_seconds"}
    assert not [name for name in names if name not in left_out and f"{name}" not in OUTSIDE + HMA]


def test_every_route_stands_in_the_docs_with_its_methods() -> None:
    app = FastAPI()
    app.include_router(router)
    for path, methods in app.openapi()["paths"].items():
        shown = path.removeprefix("/hma").replace("{", "<").replace("}", ">")
        rows = [line for line in HMA.splitlines() if line.startswith("| `") and f"`{shown}`" in line.split("|")[1]]
        assert len(rows) == 1, shown
        assert {method.upper() for method in methods} == set(rows[0].split("|")[2].replace(" ", "").split(","))
