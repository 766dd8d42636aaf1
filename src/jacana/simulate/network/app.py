"""The stand-in network's server: one address for signed instructions, some to look at, one to make it misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from jacana.model.clock import format_time
from jacana.simulate.network.faults import Fault, FaultInvalidError, FaultSwitches
from jacana.simulate.network.page import render_page
from jacana.simulate.network.store import STATE_AFTER, Instruction, NetworkStore

MAX_BODY_BYTES = 64 * 1024
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
}


class InstructionRefusedError(Exception):
    """The stand-in will not carry this out; `status` is what it answers."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class StandInNetwork:
    """The handlers of the stand-in, over one state file and one queue of faults."""

    def __init__(self, secret: str, state_file: Path) -> None:
        self._webhook = Webhook(secret)
        self._store = NetworkStore(state_file)
        self._switches = FaultSwitches()

    async def receive_action(self, request: Request) -> Response:
        """Carry out one signed instruction, unless a fault switch says otherwise."""
        try:
            instruction = read_instruction(self._webhook, await _read_body(request), dict(request.headers))
        except InstructionRefusedError as refusal:
            return JSONResponse({"error": str(refusal)}, refusal.status)
        fault = self._switches.take()

        def carry_out() -> Response:
            return JSONResponse({"outcome": self._store.receive(instruction, format_time(datetime.now(UTC)))})

        return await _misbehave(fault, carry_out) if fault else carry_out()

    async def add_fault(self, request: Request) -> Response:
        """Queue faults for the next deliveries."""
        try:
            return JSONResponse({"waiting": self._switches.add(json.loads(await _read_body(request)))})
        except FaultInvalidError as problem:
            return JSONResponse({"error": problem.message, "field": problem.field, "remedy": problem.remedy}, 422)
        except (ValueError, InstructionRefusedError):
            return JSONResponse({"error": "the body is not JSON"}, 400)

    async def clear_faults(self, request: Request) -> Response:
        """Forget faults that wait."""
        self._switches.clear()
        return JSONResponse({"waiting": 0})

    async def show_state(self, request: Request) -> Response:
        """Answer the state of every upload, account and device, and who must prove who they are."""
        return JSONResponse(self._store.read_state())

    async def show_deliveries(self, request: Request) -> Response:
        """Answer each instruction once, and how often known ones were repeated."""
        told = self._store.list_deliveries()
        return JSONResponse({"deliveries": told, "duplicates": sum(item["duplicates"] for item in told)})

    async def show_page(self, request: Request) -> Response:
        """Show a person the same."""
        return HTMLResponse(render_page(self._store.read_state(), self._store.list_deliveries()), headers=_PAGE_HEADERS)

    @asynccontextmanager
    async def keep_open(self, app: Starlette) -> AsyncIterator[None]:
        """Close the state file when the server stops."""
        yield
        self._store.close()


def create_network_app(secret: str, state_file: Path) -> Starlette:
    """Return the server. Instructions go to POST /jacana, signed with `secret` (whsec_…); the file keeps state."""
    network = StandInNetwork(secret, state_file)
    return Starlette(
        routes=[
            Route("/jacana", network.receive_action, methods=["POST"]),
            Route("/faults", network.add_fault, methods=["POST"]),
            Route("/faults", network.clear_faults, methods=["DELETE"]),
            Route("/state", network.show_state),
            Route("/deliveries", network.show_deliveries),
            Route("/", network.show_page),
        ],
        lifespan=network.keep_open,
    )


def read_instruction(webhook: Webhook, body: bytes, headers: dict[str, str]) -> Instruction:
    """Return the instruction in a webhook whose signature and time are good. Raises InstructionRefusedError."""
    try:
        payload = webhook.verify(body, headers)
    except (WebhookVerificationError, ValueError):
        raise InstructionRefusedError(401, "the signature does not verify") from None
    try:
        data = payload["data"]
        instruction = Instruction(
            id=str(data["id"]),
            kind=str(data["kind"]),
            target_kind=str(data["target"]["kind"]),
            target_id=str(data["target"]["id"]),
            account_id=str(data["account_id"]),
            sequence=int(data["sequence"]),
            reason=str(data["reason"]),
            decided_by=str(data["decided_by"]),
            tier=int(data["tier"]) if "tier" in data else None,
        )
    except (KeyError, TypeError, ValueError):
        raise InstructionRefusedError(422, "the payload lacks a field") from None
    if instruction.kind not in STATE_AFTER or instruction.target_kind not in {"upload", "account", "device"}:
        raise InstructionRefusedError(422, "the instruction is not known")
    if instruction.id != headers.get("webhook-id"):
        raise InstructionRefusedError(422, "data.id is not the webhook-id")
    return instruction


async def _read_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise InstructionRefusedError(413, "the body is too large")
    return body


async def _misbehave(fault: Fault, carry_out: Callable[[], Response]) -> Response:
    if fault.kind == "slow_before":
        await asyncio.sleep(fault.seconds)
        return carry_out()
    if fault.carries_out:
        carry_out()
    if fault.kind == "slow_after":
        await asyncio.sleep(fault.seconds)
    if fault.kind.startswith("drop"):
        return DroppedResponse()
    headers = {"retry-after": str(fault.retry_after)} if fault.retry_after is not None else None
    status = 200 if fault.kind == "slow_after" else fault.status
    return JSONResponse({"error": "fault switch"}, status, headers=headers)


class DroppedResponse(Response):
    """Starts an answer and never finishes it: the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a header that promises more than follows."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})
