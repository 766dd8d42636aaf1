"""A real Chromium before a real server over the console's world. Any complaint in the browser's log fails the test."""

import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "web")]

from console_floor import PASSWORD, Floor, seed_world  # noqa: E402

from install_chromium import find_chromium  # noqa: E402
from jacana.model.clock import utc_now  # noqa: E402

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")  # while it lives, an event loop runs in this thread: no other module must meet it
def chromium() -> Iterator[Chromium]:
    path = find_chromium()
    if path is None:
        message = "LOUD SKIP: no Chromium; run tests/install_chromium.py or set JACANA_TEST_CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "data"
    seed_world(sqlite_template, folder, utc_now)
    return folder


@pytest.fixture
def floor(browser_world: Path, tmp_path: Path) -> Iterator[Floor]:
    shutil.copytree(browser_world, tmp_path / "data")
    made = Floor(tmp_path / "data", utc_now, decide_delay_ms=1200, undo_seconds=6)
    yield made
    made.close()


@pytest.fixture
def address(floor: Floor) -> Iterator[str]:
    """The console on a real loopback port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(floor.site, log_level="critical", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser's log complained of; a test removes what it provoked on purpose."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def open_browser(chromium: Chromium, address: str, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page in a profile of its own, logged in if a name is given."""
    contexts: list[BrowserContext] = []

    def open_page(name: str | None = "rita", **options: object) -> Page:
        context = chromium.new_context(base_url=address, **{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.goto("/console/login")
        if name:
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url("**/console/**")
        return page

    yield open_page
    for context in contexts:
        context.close()
