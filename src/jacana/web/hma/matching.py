"""GET and POST /m/lookup and /m/raw_lookup, POST /m/compare, GET /m/index/status: which banks know a hash."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request

from jacana.model.bank import Bank
from jacana.pipeline.stages import Stages
from jacana.web.api.auth import stages_of
from jacana.web.api.bodies import media_type_of, read_json
from jacana.web.hma.access import Reader
from jacana.web.hma.hashing import hash_request
from jacana.web.hma.lookup import Asked, Found, look_up
from jacana.web.hma.media import run_limited
from jacana.web.hma.names import from_hma, to_hma
from jacana.web.hma.route import HmaInvalidError, HmaRoute
from jacana.web.hma.signals import PDQ_THRESHOLD, SIGNALS, find_signal, measure_distance, read_hash
from jacana.web.hma.store import count_digests

MOST_AT_ONCE = 1_000
BODY_MAX_BYTES = 2**20

router = APIRouter(prefix="/m", route_class=HmaRoute)

Matches = list[dict[str, int | str]]


@dataclass(frozen=True, slots=True)
class _Limits:
    """What narrows a look-up down. `threshold` is bits; each bank's own limit holds as well."""

    banks: str | None
    threshold: int

    def read_banks(self) -> set[str] | None:
        if not self.banks:
            return None
        return {from_hma(name.strip(), "banks") for name in self.banks.split(",") if name.strip()}


@router.get("/lookup", summary="Which banks know a hash, or what a URL holds")
async def look_up_query(
    request: Request,
    _key: Reader,
    signal: str | None = None,
    signal_type: str | None = None,
    url: str | None = None,
    content_type: str | None = None,
    types: str | None = None,
    banks: str | None = None,
    threshold: int = PDQ_THRESHOLD,
) -> dict[str, Any]:
    """Answer `{bank: [{bank_content_id, distance}]}`, for a URL under each signal type.

    `seed` and `bypass_coinflip` are let be: no coin is ever flipped.
    """
    limits = _read_limits(banks, threshold)
    if url is None:
        return await _look_up_hash(request, {"signal": signal, "signal_type": signal_type}, limits)
    made = await hash_request(request, url, content_type, types)
    found = await _look_up_made(request, made, limits)
    return found if signal_type is None else found.get(signal_type, {})


@router.post("/lookup", summary="Which banks know an uploaded file, a hash, or each of a list of hashes")
async def look_up_body(
    request: Request,
    _key: Reader,
    url: str | None = None,
    content_type: str | None = None,
    types: str | None = None,
    banks: str | None = None,
    threshold: int = PDQ_THRESHOLD,
) -> Any:
    """Send a form with `photo` or `video`; or JSON: `{signal, signal_type}`, or a list of up to 1,000 of these."""
    limits = _read_limits(banks, threshold)
    if media_type_of(request) != "application/json":
        return await _look_up_made(request, await hash_request(request, url, content_type, types), limits)
    body = await read_json(request, BODY_MAX_BYTES)
    if not isinstance(body, list):
        return await _look_up_hash(request, body, limits)
    if len(body) > MOST_AT_ONCE:
        raise HmaInvalidError(f"{len(body)} hashes at once", field="body", remedy=f"send at most {MOST_AT_ONCE}")
    asked = [_read_asked(item, f"[{place}].") for place, item in enumerate(body)]
    return [_by_bank(found) for found in await _look_up(request, asked, limits)]


@router.get("/raw_lookup", summary="Which contents match a hash")
async def raw_look_up_query(
    request: Request,
    _key: Reader,
    signal: str,
    signal_type: str,
    include_distance: bool = False,
    banks: str | None = None,
    threshold: int = PDQ_THRESHOLD,
) -> dict[str, Any]:
    """Answer `{"matches": [id …]}`, or with `include_distance` `{"matches": [{bank_content_id, distance}]}`."""
    asked = _read_asked({"signal": signal, "signal_type": signal_type}, "")
    (found,) = await _look_up(request, [asked], _read_limits(banks, threshold))
    return {"matches": _describe(found) if include_distance else [one.content_id for one in found]}


@router.post("/raw_lookup", summary="Which contents match a hash")
async def raw_look_up_body(request: Request, _key: Reader) -> dict[str, Any]:
    """Send as JSON what GET takes as parameters."""
    body = await read_json(request, BODY_MAX_BYTES)
    asked = _read_asked(body, "")
    threshold, wanted = body.get("threshold", PDQ_THRESHOLD), body.get("include_distance", False)
    if not isinstance(threshold, int) or not isinstance(wanted, bool) or not isinstance(body.get("banks"), str | None):
        raise HmaInvalidError(
            "threshold is a whole number, include_distance true or false, banks a text", field="body", remedy="see GET"
        )
    (found,) = await _look_up(request, [asked], _read_limits(body.get("banks"), threshold))
    return {"matches": _describe(found) if wanted else [one.content_id for one in found]}


@router.post("/compare", summary="How far two hashes are apart")
async def compare(request: Request, _key: Reader) -> dict[str, list[Any]]:
    """Send `{"pdq": [one, other]}`; the answer is `{"pdq": [whether they match, {"distance": bits}]}`."""
    body = await read_json(request, BODY_MAX_BYTES)
    if not isinstance(body, dict) or not body:
        raise HmaInvalidError("the body is not a JSON object", field="body", remedy='send {"pdq": [one, other]}')
    return {name: _compare(name, pair) for name, pair in body.items()}


@router.get("/index/status", summary="What is in the index")
async def show_index(request: Request, _key: Reader, signal_type: str | None = None) -> dict[str, dict[str, Any]]:
    """Answer, for each signal type, how many hashes match and until when changes are in: always until now."""
    names = [find_signal(signal_type).name] if signal_type is not None else list(SIGNALS)
    stages = stages_of(request)
    status = await run_limited(request, lambda: _read_status(stages))
    return {name: status[name] for name in names}


def _read_limits(banks: str | None, threshold: int) -> _Limits:
    if not 0 <= threshold <= PDQ_THRESHOLD:
        raise HmaInvalidError(
            "the threshold is out of range", field="threshold", remedy=f"send 0 to {PDQ_THRESHOLD}; further is no match"
        )
    return _Limits(banks, threshold)


def _read_asked(item: Any, place: str) -> Asked:
    if not isinstance(item, dict):
        raise HmaInvalidError("this is not a JSON object", field=place or "body", remedy="send signal and signal_type")
    for name in ("signal", "signal_type"):
        if not isinstance(item.get(name), str) or not item[name]:
            raise HmaInvalidError(
                f"{name} is missing", field=f"{place}{name}", remedy="send url, or signal with signal_type"
            )
    signal = find_signal(item["signal_type"], f"{place}signal_type")
    return Asked(signal, read_hash(signal, item["signal"], f"{place}signal"))


async def _look_up_hash(request: Request, item: Any, limits: _Limits) -> dict[str, Matches]:
    (found,) = await _look_up(request, [_read_asked(item, "")], limits)
    return _by_bank(found)


async def _look_up_made(request: Request, made: dict[str, str], limits: _Limits) -> dict[str, dict[str, Matches]]:
    """Look up hashes made here; a picture without information has none and so is in no bank."""
    asked = [Asked(SIGNALS[name], value) for name, value in made.items() if value]
    found = await _look_up(request, asked, limits)
    answered = {one.signal.name: _by_bank(matches) for one, matches in zip(asked, found, strict=True)}
    return {name: answered.get(name, {}) for name in made}


async def _look_up(request: Request, asked: list[Asked], limits: _Limits) -> list[list[Found]]:
    stages, banks = stages_of(request), limits.read_banks()
    return await run_limited(request, lambda: _read_matches(stages, asked, banks, limits.threshold))


def _read_matches(stages: Stages, asked: list[Asked], names: set[str] | None, threshold: int) -> list[list[Found]]:
    with stages.db.read() as connection:
        if names is not None:
            _refuse_unknown(names, stages.banks.list(connection))
        return look_up(stages, connection, asked, names, threshold)


def _refuse_unknown(names: set[str], banks: tuple[Bank, ...]) -> None:
    if unknown := names - {bank.name for bank in banks}:
        raise HmaInvalidError(
            f"there is no bank {to_hma(min(unknown))}", field="banks", remedy="GET /c/banks lists them"
        )


def _by_bank(found: list[Found]) -> dict[str, Matches]:
    banks: dict[str, Matches] = {}
    for one in found:
        banks.setdefault(to_hma(one.bank.name), []).extend(_describe([one]))
    return banks


def _describe(found: list[Found]) -> Matches:
    return [{"bank_content_id": one.content_id, "distance": str(one.distance)} for one in found]


def _compare(name: str, pair: Any) -> list[Any]:
    signal = find_signal(name, name)
    if not isinstance(pair, list) or len(pair) != 2:
        raise HmaInvalidError("these are not two hashes", field=name, remedy="send a list of two")
    left, right = (read_hash(signal, value, f"{name}[{place}]") for place, value in enumerate(pair))
    if signal.digest is not None:
        return [left == right, {}]
    distance = measure_distance(left, right)
    return [distance <= PDQ_THRESHOLD, {"distance": distance}]


def _read_status(stages: Stages) -> dict[str, dict[str, Any]]:
    with stages.db.read() as connection:
        banks, digests = stages.banks.list(connection), count_digests(connection)
    sizes = {name: digests[signal.digest] for name, signal in SIGNALS.items() if signal.digest is not None}
    sizes |= {name: sum(bank.frame_count for bank in banks) for name in SIGNALS if name not in sizes}
    changed = [bank.changed_at for bank in banks if bank.changed_at]
    built_to = int(max(changed).timestamp()) if changed else -1
    return {name: {"present": True, "built_to": built_to, "size": size} for name, size in sizes.items()}
