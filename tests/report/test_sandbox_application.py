"""Answers bent by a fault, without a socket: what exactly a client gets to read."""

import asyncio

import httpx
import pytest

from jacana.report.sandbox.application import SandboxApplication
from jacana.report.sandbox.faults import Switchboard
from jacana.report.sandbox.receiver import Account, Receiver
from jacana.report.sandbox.store import Shelf


@pytest.fixture
def ask(clock):
    """Ask /status with one fault on; also tell whether the connection was to be cut."""
    dropped: list[bool] = []

    async def drop(_request: object) -> None:
        dropped.append(True)

    def run(fault: str, **options) -> tuple[httpx.Response, bool]:
        switches = Switchboard()
        switches.arm(fault, **options)
        application = SandboxApplication(Receiver(Shelf(), [Account("a", "b")], clock), switches, clock, drop)

        async def get() -> httpx.Response:
            transport = httpx.ASGITransport(application.build(lambda _: None))
            async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", auth=("a", "b")) as client:
                return await client.get("/ispws/status")

        return asyncio.run(get()), bool(dropped)

    return run


@pytest.mark.parametrize(
    ("fault", "status", "inside"),
    [
        ("code_1000", 500, b"<responseCode>1000<"),
        ("code_1300", 400, b"<responseCode>1300<"),
        ("code_9999", 500, b"<responseCode>9999<"),
        ("http_429", 429, b""),
        ("http_503", 503, b""),
        ("doctype_answer", 200, b"<!DOCTYPE answer [<!ENTITY"),
        ("legacy", 200, b"<responseCode>0<"),
    ],
)
def test_what_a_client_reads(ask, fault: str, status: int, inside: bytes) -> None:
    answer, dropped = ask(fault)
    assert (answer.status_code, dropped) == (status, False)
    assert inside in answer.content
    assert answer.headers["Request-ID"]


def test_half_an_answer_and_a_huge_one(ask) -> None:
    half, _ = ask("invalid_xml")
    assert not half.content.endswith(b">")
    huge, _ = ask("huge_answer")
    assert len(huge.content) > 10 * 2**20


def test_the_wrong_charset_is_only_in_the_header(ask) -> None:
    answer, _ = ask("latin1_header")
    assert answer.headers["Content-Type"] == "application/xml;charset=ISO-8859-1"
    assert b"encoding='UTF-8'" in answer.content


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit"])
def test_a_drop_cuts_the_connection(ask, fault: str) -> None:
    assert ask(fault)[1]


def test_a_slow_answer_takes_its_time(ask) -> None:
    import time

    started = time.monotonic()
    ask("slow", seconds=0.2)
    assert time.monotonic() - started >= 0.2
