"""The sandbox on a socket of this machine."""

import socket
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from exchange_lists import MEMBERS

from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox


def test_it_listens_on_this_machine_only_and_lets_go(clock) -> None:
    with HashSharingSandbox(MEMBERS, clock=clock, faults=["slow:status=1"]) as server:
        parts = urlsplit(server.url)
        assert (parts.hostname, parts.path) == ("127.0.0.1", "/hashsharing")
        assert server.switches.describe()
        assert httpx.get(f"{server.url}/v2/members", trust_env=False).status_code == 401
        port = parts.port
    with socket.create_server(("127.0.0.1", port or 0)):
        pass


def test_its_clock_moves_both_ways(clock) -> None:
    with HashSharingSandbox(MEMBERS, clock=clock) as server:
        server.advance_clock(-60)
        assert server.now() == clock() - timedelta(seconds=60)


def test_a_taken_port_is_an_error_of_the_system() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError):
        HashSharingSandbox(MEMBERS, port=taken.getsockname()[1])
