"""How an event lies in the log: what may be read in `payload`, text and personal data sealed to the row.

Both the events the network sends and those an upload brings with it are recorded this way.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from jacana.db.sealing import FieldSealer
from jacana.ingest.personal import DeviceKeys, TextMask, blind_value
from jacana.ingest.schema import BLINDED_FIELDS, SEALED_FIELDS
from jacana.model.event import EventType

_OPEN_TEXTS = ("screen_name", "file_name", "reference")
"""Fields that people write and that may be read in the payload."""


def derive_event_id(kind: EventType, network_id: str) -> str:
    """Return Jacana's id of an event: the same for the same type and network id, so a repetition is recognised."""
    return "event_" + hashlib.sha256(f"{kind.value}\0{network_id}".encode()).hexdigest()[:40]


def seal_event(
    sealer: FieldSealer,
    devices: DeviceKeys,
    event_id: str,
    given: Mapping[str, Any],
    now: datetime,
    *,
    dropped: Collection[str] = (),
    mask: TextMask = str,
) -> tuple[dict[str, Any], bytes | None]:
    """Return (payload, sealed) of the fields that were given. What is `dropped` is kept in neither.

    Of personal data the payload keeps keyed hashes; of a device also the one of the epoch before, as
    `device_key_before`. A name in which `mask` hides something lies whole among what is sealed.
    """
    payload = dict(given)
    sealed = {name: payload.pop(name) for name in sorted(SEALED_FIELDS & payload.keys())}
    for name in _OPEN_TEXTS:
        if name in payload and (masked := mask(payload[name])) != payload[name]:
            sealed[name], payload[name] = payload[name], masked
    for name, kind in BLINDED_FIELDS.items():
        if name not in sealed:
            continue
        if kind == "device":
            payload["device_key"] = devices.blind(sealed[name], now)
            payload["device_key_before"] = devices.blind_before(sealed[name], now)
        else:
            payload[f"{kind}_key"] = blind_value(sealer, name, kind, sealed[name])
    for name in dropped:
        sealed.pop(name, None)
    text = json.dumps(sealed, ensure_ascii=False)
    return payload, sealer.seal(text, _seal_purpose(event_id)) if sealed else None


def open_event(sealer: FieldSealer, event_id: str, sealed: bytes | None) -> dict[str, str]:
    """Return the sealed fields of a row. Raises SealedFieldBrokenError."""
    if sealed is None:
        return {}
    opened: dict[str, str] = json.loads(sealer.open(sealed, _seal_purpose(event_id)))
    return opened


def _seal_purpose(event_id: str) -> str:
    return f"event.sealed/{event_id}"
