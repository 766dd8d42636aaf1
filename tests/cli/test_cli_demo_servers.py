"""The demo's processes: free ports, clear failure, clean stop."""

import socket

import pytest

from jacana.cli.demo_servers import DemoServerDownError, DemoServers, choose_port


def test_a_taken_port_is_avoided() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert choose_port(taken.getsockname()[1]) != taken.getsockname()[1]


def test_a_server_that_dies_is_reported_with_the_end_of_its_log(tmp_path) -> None:
    with DemoServers(tmp_path, {}) as servers:
        servers.start("broken", "no-such-verb")
        with pytest.raises(DemoServerDownError, match="broken did not start"):
            servers.await_answers({"broken": f"http://127.0.0.1:{choose_port(0)}/"})
