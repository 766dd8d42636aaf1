"""/c/bank/{name}/content and /signal: what is in a bank. What is added matches at once, not minutes later."""

import hashlib
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Request

from jacana.db.engine import Connection
from jacana.detect.media.banks import store as bank_store
from jacana.detect.media.banks.source import describe_file
from jacana.detect.media.hashing.frames import collect_frames, unpack_frames
from jacana.ingest.keys import ApiKey
from jacana.model.bank import Bank, BankEntry
from jacana.model.errors import ThingNotFoundError
from jacana.model.media import MediaKind
from jacana.pipeline.stages import Stages
from jacana.web.api.auth import stages_of
from jacana.web.api.bodies import media_type_of, read_json
from jacana.web.hma.access import Reader, Writer
from jacana.web.hma.curation import BODY_MAX_BYTES, describe_bank, find_bank, refuse_foreign
from jacana.web.hma.media import Hashed, Received, hash_media, read_metadata, receive_media, run_limited
from jacana.web.hma.route import HmaInvalidError, HmaRoute
from jacana.web.hma.signals import PDQ, choose_signals, find_signal, read_hash

ENABLED, DISABLED = 1, 0
"""Values of `disable_until_ts` that are no time: always on, and off for good."""
_METADATA = frozenset({"content_id", "content_uri", "json", "collab"})
_LONGEST_ID = 200

router = APIRouter(prefix="/c/bank/{bank_name}", route_class=HmaRoute)


class ContentUnknownError(ThingNotFoundError):
    """There is no such content in this bank."""

    code = "hma.content_unknown"


@router.post("/content", summary="Add a file to a bank")
async def add_content(
    request: Request,
    key: Writer,
    bank_name: str,
    url: str | None = None,
    content_type: str | None = None,
    types: str | None = None,
) -> dict[str, Any]:
    """Send a form with `photo` or `video`; answer `{"id": …, "signals": {…}}`. The file itself is not kept.

    Every frame is hashed, and windows of it, so that crops, logos and borders are found too.
    """
    stages = stages_of(request)
    await run_limited(request, partial(_check_bank, stages, bank_name))
    body = await _read_body_metadata(request) if url is not None else None
    async with receive_media(request, url, content_type) as received:
        source_id = _read_source_id(body if url is not None else read_metadata(received.texts))
        signals = choose_signals(received.content, types)
        hashed = await run_limited(request, partial(hash_media, stages, received, signals, for_bank=True))
        if not any(hashed.signals.values()):
            raise HmaInvalidError(
                "the picture carries no information that could be matched",
                field=received.content,
                remedy="leave it out",
            )
        entry = _describe_received(received, hashed, source_id)
        number = await run_limited(request, partial(_add, stages, key, bank_name, entry))
    return {"id": number, "signals": hashed.signals}


@router.post("/signal", summary="Add hashes to a bank")
async def add_signals(request: Request, key: Writer, bank_name: str) -> dict[str, Any]:
    """Send `{"pdq": "…", "video_md5": "…"}`, hashes of one content; answer `{"id": …, "signals": {…}}`."""
    stages = stages_of(request)
    body = await read_json(request, BODY_MAX_BYTES)
    if not isinstance(body, dict) or not body:
        raise HmaInvalidError("there are no signals", field="body", remedy='for example {"pdq": "…"}')
    signals = {name: read_hash(find_signal(name, name), value, name) for name, value in body.items()}
    number = await run_limited(request, partial(_add, stages, key, bank_name, _describe_signals(signals)))
    return {"id": number, "signals": signals}


@router.get("/content/{content_id}", summary="Show a content")
def show_content(
    request: Request, _key: Reader, bank_name: str, content_id: int, include_signals: bool = False
) -> dict[str, Any]:
    """Answer what is known of a content of this bank."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        bank, entry = _find(stages, connection, bank_name, content_id)
    return _describe(bank, entry, include_signals=include_signals)


@router.put("/content/{content_id}", summary="Change a content")
async def change_content(request: Request, key: Writer, bank_name: str, content_id: int) -> dict[str, Any]:
    """Send `{"disable_until_ts": 1}` (on, as it is) or 0 (off for good, which is the same as DELETE)."""
    body = await read_json(request, BODY_MAX_BYTES)
    until = body.get("disable_until_ts", ENABLED) if isinstance(body, dict) else None
    if isinstance(until, bool) or until not in (ENABLED, DISABLED):
        raise HmaInvalidError(
            "a content matches or it does not; it cannot be switched off for a time",
            field="disable_until_ts",
            remedy="send 0 to take it out for good; for a false match, put the innocent file into a benign bank",
        )
    stages = stages_of(request)
    return await run_limited(request, partial(_change, stages, key, bank_name, content_id, until))


@router.delete("/content/{content_id}", summary="Take a content out of a bank")
def remove_content(request: Request, key: Writer, bank_name: str, content_id: int) -> dict[str, int]:
    """Answer `{"deleted": 1}`; a content that is not in this bank is 404."""
    _retire(stages_of(request), key, bank_name, content_id)
    return {"deleted": 1}


def _check_bank(stages: Stages, bank_name: str) -> None:
    with stages.db.read() as connection:
        refuse_foreign(find_bank(stages, connection, bank_name))


def _add(stages: Stages, key: ApiKey, bank_name: str, entry: BankEntry) -> int:
    """Add an entry and return its number; one that is there already keeps its own."""
    with stages.db.write() as connection:
        bank = find_bank(stages, connection, bank_name)
        refuse_foreign(bank)
        stages.banks.add_entries(connection, bank.name, [entry], key.actor)
        added = bank_store.select_entry(connection, bank.id, label=entry.label)
    if added is None:
        raise ContentUnknownError("the content was taken out again at this moment")
    return added.number


def _find(stages: Stages, connection: Connection, bank_name: str, content_id: int) -> tuple[Bank, BankEntry]:
    """Return a content of this very bank. Raises BankUnknownError, ContentUnknownError."""
    bank = find_bank(stages, connection, bank_name)
    bank_id, entry = bank_store.select_by_number(connection, [content_id]).get(content_id, ("", None))
    if entry is None or bank_id != bank.id:
        raise ContentUnknownError("there is no such content in this bank")
    return bank, entry


def _change(stages: Stages, key: ApiKey, bank_name: str, content_id: int, until: int) -> dict[str, Any]:
    if until == DISABLED:
        bank, entry = _retire(stages, key, bank_name, content_id)
    else:
        with stages.db.read() as connection:
            bank, entry = _find(stages, connection, bank_name, content_id)
    return _describe(bank, entry, include_signals=False) | {"disable_until_ts": until}


def _retire(stages: Stages, key: ApiKey, bank_name: str, content_id: int) -> tuple[Bank, BankEntry]:
    with stages.db.write() as connection:
        bank, entry = _find(stages, connection, bank_name, content_id)
        refuse_foreign(bank)
        stages.banks.retire(connection, bank.name, [entry.id], key.actor, "hma")
    return bank, entry


def _describe_received(received: Received, hashed: Hashed, source_id: str | None) -> BankEntry:
    label = f"sha256:{received.digests.sha256}"
    if hashed.facts is None:
        raise HmaInvalidError("the file was not analysed", field=received.content, remedy="send it again")
    return replace(describe_file(hashed.facts, received.digests, label), source_id=source_id)


def _describe_signals(signals: dict[str, str]) -> BankEntry:
    """Return the entry of bare hashes; its label is the hashes' own, so that adding them again changes nothing."""
    named = "|".join(f"{name}:{value}" for name, value in sorted(signals.items()))
    digests: dict[str, str] = {}
    for name, value in signals.items():
        kind = find_signal(name).digest
        if kind is not None and digests.setdefault(kind, value) != value:
            raise HmaInvalidError(f"two different {kind} digests of one content", field=name, remedy="send one")
    frames = collect_frames([(0.0, 100, bytes.fromhex(signals[PDQ]))] if PDQ in signals else [])
    video = any(name.startswith("video_") for name in signals)
    return BankEntry(
        label=f"signals:{hashlib.sha256(named.encode()).hexdigest()}",
        frame_count=len(frames),
        frames=frames.pack(),
        media_kind=(MediaKind.VIDEO if video else MediaKind.PICTURE).value if video or PDQ in signals else None,
        **digests,  # type: ignore[arg-type]  # md5, sha1, sha256
    )


def _describe(bank: Bank, entry: BankEntry, *, include_signals: bool) -> dict[str, Any]:
    metadata = {"content_id": entry.source_id} if entry.source_id else None
    shown: dict[str, Any] = {
        "id": entry.number,
        "disable_until_ts": ENABLED,
        "original_media_uri": None,
        "bank": describe_bank(bank),
        "metadata": metadata,
        "note": None,
    }
    return shown | {"signals": _list_signals(entry)} if include_signals else shown


def _list_signals(entry: BankEntry) -> dict[str, str]:
    frames = unpack_frames(entry.frames)
    signals = {PDQ: frames.pdq[0].tobytes().hex()} if len(frames) == 1 else {}
    kind = "video_md5" if entry.media_kind == MediaKind.VIDEO else "md5"
    named = {kind: entry.md5, "sha1": entry.sha1, "sha256": entry.sha256}
    return signals | {name: value for name, value in named.items() if value}


async def _read_body_metadata(request: Request) -> Any:
    if media_type_of(request) != "application/json":
        return None
    body = await read_json(request, BODY_MAX_BYTES)
    return body.get("metadata") if isinstance(body, dict) else None


def _read_source_id(metadata: Any) -> str | None:
    """Return the caller's own id of the content, the one piece of metadata that is kept. Raises HmaInvalidError."""
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise HmaInvalidError(
            "metadata is not a JSON object", field="metadata", remedy="send an object, or leave it out"
        )
    if unknown := sorted(set(metadata) - _METADATA):
        raise HmaInvalidError(
            "metadata has an unknown key",
            field=f"metadata.{unknown[0][:60]}",
            remedy=f"use {', '.join(sorted(_METADATA))}",
        )
    content_id = metadata.get("content_id")
    if content_id is not None and not (isinstance(content_id, str) and 0 < len(content_id) <= _LONGEST_ID):
        raise HmaInvalidError(
            "content_id is not a short text", field="metadata.content_id", remedy=f"send 1 to {_LONGEST_ID} characters"
        )
    return content_id
