"""/c: banks, signal types, content types and exchanges. Every change is audited with the key as its actor.

A bank here matches always: there is no ratio to flip a coin with, and no switch that a key alone could turn off.
"""

from typing import Any

from fastapi import APIRouter, Request

from jacana.db.engine import Connection
from jacana.detect.media.banks.banks import BankUnknownError
from jacana.ingest.keys import ApiKey
from jacana.model.bank import Bank, BankOrigin
from jacana.model.errors import PermissionDeniedError
from jacana.pipeline.stages import Stages
from jacana.web.api.auth import stages_of
from jacana.web.api.bodies import read_json
from jacana.web.hma.access import Reader, Writer
from jacana.web.hma.media import CONTENT_TYPES, run_limited
from jacana.web.hma.names import from_hma, read_new_name, to_hma
from jacana.web.hma.route import HmaInvalidError, HmaRoute
from jacana.web.hma.signals import SIGNALS

BODY_MAX_BYTES = 64 * 1024

router = APIRouter(prefix="/c", route_class=HmaRoute)


class BankForeignError(PermissionDeniedError):
    """The bank follows a source of its own; what is changed in it here would be undone or would mislead."""

    code = "hma.bank_foreign"


@router.get("/banks", summary="List the banks")
def list_banks(request: Request, _key: Reader) -> list[dict[str, Any]]:
    """Answer `[{name, matching_enabled_ratio}]`; the ratio is always 1."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        return [describe_bank(bank) for bank in stages.banks.list(connection)]


@router.post("/banks", summary="Make a bank", status_code=201)
async def make_bank(request: Request, key: Writer) -> dict[str, Any]:
    """Send `{"name": "MY_BANK"}`. What a match may cause is set by Jacana's defaults: hold, and ask a person."""
    body = await _read_object(request)
    name = read_new_name(body.get("name"))
    _refuse_switching_off(body)
    return await run_limited(request, lambda: _make(stages_of(request), key, name))


@router.get("/bank/{bank_name}", summary="Show a bank")
def show_bank(request: Request, _key: Reader, bank_name: str) -> dict[str, Any]:
    """Answer `{name, matching_enabled_ratio}`."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        return describe_bank(find_bank(stages, connection, bank_name))


@router.put("/bank/{bank_name}", summary="Change a bank")
async def change_bank(request: Request, _key: Writer, bank_name: str) -> dict[str, Any]:
    """Answer the bank as it is. A new name or less than always matching is refused, with what to do instead."""
    body = await _read_object(request)
    bank = await run_limited(request, lambda: _find(stages_of(request), bank_name))
    if body.get("name", to_hma(bank.name)) != to_hma(bank.name):
        raise HmaInvalidError(
            "a bank keeps its name: findings and the audit log know it by it",
            field="name",
            remedy="make a bank of the new name",
        )
    _refuse_switching_off(body)
    return describe_bank(bank)


@router.delete("/bank/{bank_name}", summary="Remove a bank")
def remove_bank(request: Request, key: Writer, bank_name: str) -> dict[str, str]:
    """Stop matching against a bank; it stays on record. One that is not there is fine."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        try:
            bank = find_bank(stages, connection, bank_name)
        except BankUnknownError:
            return {"message": "Done"}
        refuse_foreign(bank)
        stages.banks.remove(connection, bank.name, key.actor)
    return {"message": "Done"}


@router.get("/signal_type", summary="List the kinds of hash")
def list_signal_types(_key: Reader) -> list[dict[str, Any]]:
    """Answer `[{name, enabled_ratio}]`."""
    return [{"name": name, "enabled_ratio": 1.0} for name in SIGNALS]


@router.get("/content_type", summary="List the kinds of file")
def list_content_types(_key: Reader) -> list[dict[str, Any]]:
    """Answer `[{name, enabled}]`."""
    return [{"name": name, "enabled": True} for name in CONTENT_TYPES]


@router.get("/exchanges", summary="List the exchanges")
def list_exchanges(request: Request, _key: Reader) -> list[str]:
    """Answer the names of the banks that follow an exchange."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        followed = [bank for bank in stages.banks.list(connection) if bank.origin not in OWN_ORIGINS]
    return [to_hma(bank.name) for bank in followed]


OWN_ORIGINS = frozenset({BankOrigin.FILE})
"""Banks that are filled by hand. Those of an exchange follow it; that of confirmed material follows verdicts."""


def describe_bank(bank: Bank) -> dict[str, Any]:
    """Return a bank in the API's shape."""
    return {"name": to_hma(bank.name), "matching_enabled_ratio": 1.0}


def find_bank(stages: Stages, connection: Connection, name: str) -> Bank:
    """Return a live bank by the API's name of it. Raises BankUnknownError."""
    try:
        return stages.banks.find(connection, from_hma(name))
    except HmaInvalidError:
        raise BankUnknownError("there is no such bank") from None


def refuse_foreign(bank: Bank) -> None:
    """Raise BankForeignError unless the bank is one that is filled by hand."""
    if bank.origin not in OWN_ORIGINS:
        raise BankForeignError(f"the bank {to_hma(bank.name)} follows a source of its own and cannot be changed here")


def _find(stages: Stages, name: str) -> Bank:
    with stages.db.read() as connection:
        return find_bank(stages, connection, name)


def _make(stages: Stages, key: ApiKey, name: str) -> dict[str, Any]:
    with stages.db.write() as connection:
        bank = stages.banks.create(connection, name, f"API key {key.name}", actor=key.actor)
    return describe_bank(bank)


async def _read_object(request: Request) -> dict[str, Any]:
    body = await read_json(request, BODY_MAX_BYTES)
    if not isinstance(body, dict):
        raise HmaInvalidError("the body is not a JSON object", field="body", remedy='for example {"name": "MY_BANK"}')
    return body


def _refuse_switching_off(body: dict[str, Any]) -> None:
    for field in ("enabled_ratio", "enabled"):
        if body.get(field, 1) not in (1, None):
            raise HmaInvalidError(
                "a bank here matches always; a share of matches, or none, cannot be set by a key",
                field=field,
                remedy="leave it out; to stop a bank for good, DELETE it or run `jacana bank remove`",
            )
