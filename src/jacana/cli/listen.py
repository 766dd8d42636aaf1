"""Take a port before a server claims to listen there, and say what to do where that fails."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from jacana.model.errors import SetupInvalidError

REMEDY = "choose another with --port"


class ListenAddressUnusableError(SetupInvalidError):
    """Nothing can listen at this address and port."""

    code = "listen.unusable"


def bind_port(host: str, port: int, remedy: str = REMEDY) -> socket.socket:
    """Return a socket that already listens at host and port; port 0 picks a free one.

    `remedy` says how this command's user chooses another port. Raises ListenAddressUnusableError.
    """
    with explain_refusal(host, port, remedy):
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


@contextmanager
def explain_refusal(host: str, port: int, remedy: str = REMEDY) -> Iterator[None]:
    """Turn what the system says of a bind inside the block into one message. Raises ListenAddressUnusableError."""
    if not 0 <= port <= 65_535:
        raise ListenAddressUnusableError(f"port {port} does not exist", remedy="choose 1 to 65535")
    try:
        yield
    except OSError as problem:
        if problem.filename is not None:  # of a file, not of the socket
            raise
        if problem.errno == errno.EADDRINUSE:
            raise ListenAddressUnusableError(f"port {port} is taken", remedy=remedy) from None
        if problem.errno == errno.EACCES:
            raise ListenAddressUnusableError(f"this user may not listen on port {port}", remedy=remedy) from None
        raise ListenAddressUnusableError(
            f"nothing can listen on {host} ({problem.strerror})",
            remedy="give an address of this machine, such as 127.0.0.1",
        ) from None
