"""A server on loopback that says what it says one byte at a time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Talk = Callable[[socket.socket], None]


@contextmanager
def listen(talk: Talk) -> Iterator[str]:
    """Yield the address of a server that talks to its first caller as told."""

    def serve() -> None:
        with suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5)
                talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
    thread.join(10)


def drip(before: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        if before:
            connection.recv(65_536)
        connection.sendall(before)
        for _ in range(200):
            connection.sendall(b"a")
            time.sleep(0.05)

    return talk
