import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from jacana.report.sandbox.admin import build_admin_routes
from jacana.report.sandbox.faults import Switchboard
from jacana.report.sandbox.receiver import Account, Receiver
from jacana.report.sandbox.store import Shelf


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.0.2.9", 403)])
def test_only_this_machine_may_use_the_controls(clock, address: str, status: int) -> None:
    receiver = Receiver(Shelf(), [Account("a", "b")], clock)
    application = Starlette(routes=build_admin_routes(receiver, Switchboard(), lambda _: None))

    async def get() -> int:
        transport = httpx.ASGITransport(application, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return (await client.get("/sandbox/reports")).status_code

    assert asyncio.run(get()) == status
