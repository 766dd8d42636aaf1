"""The devices of one account: found under their key of today or of the epoch before, their sessions, what they watched.

Pure; keys are keyed hashes, never ids.
"""

import zlib
from collections.abc import Mapping
from typing import Any

from jacana.detect.accounts.state.record import (
    DAY_SECONDS,
    DEVICE_CAP,
    NETWORK_CAP,
    NETWORKS_PER_DEVICE,
    WATCHED_CAP,
    AccountRecord,
    DeviceRecord,
    KnownNetwork,
)

SESSION_GAP = 1_800
"""Seconds of silence after which an event that names no session begins a new one."""
FAST_HALF_LIFE, SLOW_HALF_LIFE = 3.0, 21.0
"""Days in which the two averages of arriving devices halve: the present, and the account's own baseline."""


def find_device(record: AccountRecord, key: str, before: str | None, at: int) -> tuple[DeviceRecord, bool]:
    """Return the device and whether it is new to the account. One known under the epoch before takes its new key."""
    device = record.devices.get(key)
    older = record.devices.pop(before, None) if before and before != key else None
    if older is not None:
        record.devices[key] = older if device is None else merge_devices(device, older)
        return record.devices[key], False
    if device is not None:
        return device, False
    if len(record.devices) >= DEVICE_CAP:
        longest_ago = min(record.devices, key=lambda other: (record.devices[other].last_seen, other))
        del record.devices[longest_ago]
        record.dropped += 1
    device = record.devices[key] = DeviceRecord(at, at)
    _note_arrival(record, at)
    return device, True


def merge_devices(left: DeviceRecord, right: DeviceRecord) -> DeviceRecord:
    """Return one device that was known under two keys."""
    return DeviceRecord(
        first_seen=min(left.first_seen, right.first_seen),
        last_seen=max(left.last_seen, right.last_seen),
        sessions=left.sessions + right.sessions,
        attested=left.attested or right.attested,
        session=left.session,
        uploads=left.uploads + right.uploads,
        untied=left.untied + right.untied,
        networks=_keep_newest(_latest(left.networks, right.networks), NETWORKS_PER_DEVICE),
        watched=_keep_newest(_latest(left.watched, right.watched), WATCHED_CAP),
        seconds={
            day: left.seconds.get(day, 0) + right.seconds.get(day, 0) for day in sorted({*left.seconds, *right.seconds})
        },
    )


def note_session(
    record: AccountRecord, device: DeviceRecord, payload: Mapping[str, Any], started: bool, at: int, network: str
) -> bool:
    """Take note of an event from a device; say whether what a score rests on changed."""
    name = payload.get("session_id")
    session = zlib.crc32(str(name).encode()) if name is not None else 0
    silent = at - device.last_seen > SESSION_GAP
    new = session != device.session if session else started or silent or device.sessions == 0
    if new:
        device.sessions += 1
        device.session = session
    device.first_seen, device.last_seen = min(device.first_seen, at), max(device.last_seen, at)
    device.attested = device.attested or payload.get("device_attested") is True
    known = _number_network(record, network) if network else None
    if known is None:
        return new
    fresh = known not in device.networks
    device.networks[known] = max(device.networks.get(known, at), at)
    if fresh and len(device.networks) > NETWORKS_PER_DEVICE:
        device.networks = _keep_newest(device.networks, NETWORKS_PER_DEVICE)
        record.dropped += 1
    return new or fresh


def note_watching(record: AccountRecord, device: DeviceRecord, number: int, seconds: float, at: int) -> bool:
    """Take note that a device watched an only-me item; say whether it had not before."""
    fresh = number not in device.watched
    device.watched[number] = max(device.watched.get(number, at), at)
    if fresh and len(device.watched) > WATCHED_CAP:
        device.watched = _keep_newest(device.watched, WATCHED_CAP)
        record.dropped += 1
    day = at // DAY_SECONDS
    device.seconds[day] = device.seconds.get(day, 0) + round(seconds)
    return fresh


def _number_network(record: AccountRecord, network: str) -> int | None:
    known = record.networks.get(network)
    if known is not None:
        return known.number
    if len(record.networks) >= NETWORK_CAP:
        record.dropped += 1
        return None
    record.networks[network] = KnownNetwork(record.next_network, 0)
    record.next_network += 1
    return record.next_network - 1


def _note_arrival(record: AccountRecord, at: int) -> None:
    """Add one arrival to both averages, after letting them decay by the time since the last one."""
    days = max(0, at - record.arrivals_at) / DAY_SECONDS if record.arrivals_at else 0.0
    record.arrivals_fast = record.arrivals_fast * 2.0 ** (-days / FAST_HALF_LIFE) + 1 / FAST_HALF_LIFE
    record.arrivals_slow = record.arrivals_slow * 2.0 ** (-days / SLOW_HALF_LIFE) + 1 / SLOW_HALF_LIFE
    record.arrivals_at = max(record.arrivals_at, at)


def _latest(left: dict[int, int], right: dict[int, int]) -> dict[int, int]:
    return {key: max(left.get(key, 0), right.get(key, 0)) for key in sorted({*left, *right})}


def _keep_newest(times: dict[int, int], cap: int) -> dict[int, int]:
    newest = sorted(times, key=lambda key: (-times[key], key))[:cap]
    return {key: times[key] for key in sorted(newest)}
