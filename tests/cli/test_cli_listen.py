"""A port is taken before it is announced, and a refusal is one message with a remedy."""

import errno
import socket
from pathlib import Path

import pytest

from jacana.cli.listen import ListenAddressUnusableError, bind_port, explain_refusal


def test_a_bound_port_answers_and_0_picks_one() -> None:
    with bind_port("127.0.0.1", 0) as listener:
        socket.create_connection(listener.getsockname(), 2).close()


def test_a_taken_port_is_named_with_the_remedy() -> None:
    with bind_port("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ListenAddressUnusableError) as caught:
            bind_port("127.0.0.1", port)
        assert caught.value.message == f"port {port} is taken"
        assert caught.value.remedy == "choose another with --port"
        with pytest.raises(ListenAddressUnusableError) as caught:
            bind_port("127.0.0.1", port, remedy="choose another with --set port=")
        assert caught.value.remedy == "choose another with --set port="
    bind_port("127.0.0.1", port).close()


@pytest.mark.parametrize(
    ("host", "port", "words"), [("127.0.0.1", 70_000, "does not exist"), ("198.51.100.1", 0, "198.51.100.1")]
)
def test_other_refusals_are_one_message(host: str, port: int, words: str) -> None:
    with pytest.raises(ListenAddressUnusableError, match=words) as caught:
        bind_port(host, port)
    assert caught.value.remedy


def test_a_port_that_needs_rights_is_said() -> None:
    with pytest.raises(ListenAddressUnusableError, match="may not listen on port 80"), explain_refusal("h", 80):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_file_s_refusal_is_not_taken_for_the_port_s() -> None:
    with pytest.raises(FileNotFoundError), explain_refusal("127.0.0.1", 80):
        Path("/no/such/file").touch()
