"""An enforcement ledger over each database, and the stand-in network on a real loopback port."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from act_orders import SECRET, Pump

from jacana.act.enforcement import Enforcement, Order
from jacana.act.memory import MemoryNetwork
from jacana.simulate.network import create_network_app


@pytest.fixture
def network() -> MemoryNetwork:
    return MemoryNetwork()


@pytest.fixture
def enforcement(database, network, clock) -> Enforcement:
    return Enforcement(database, network, clock, (5, 30))


@pytest.fixture
def pump(database, enforcement, clock) -> Pump:
    return Pump(database, enforcement, clock)


@pytest.fixture
def place(database, enforcement) -> Callable:
    """Order in a transaction of its own and return the actions."""

    def order(*orders: Order) -> list:
        with database.write() as connection:
            return enforcement.order(connection, orders)

    return order


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[str]:
    """The stand-in network on a real port; yields its base URL."""
    app = create_network_app(SECRET, tmp_path / "network.db")
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()
