"""Applies events to what is known of accounts and networks. Pure: no clock, no database, nothing random.

The same events in the same order give the same records, whatever batches they come in; a replay gives none.
"""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from jacana.detect.accounts.state.devices import find_device, note_session, note_watching
from jacana.detect.accounts.state.networks import NETWORK_LENGTH, NetworkRecord, hash_pair, note_account
from jacana.detect.accounts.state.record import CHANGE_CAP, DAY_SECONDS, AccountRecord, DeviceRecord
from jacana.detect.accounts.state.tidy import tidy_record
from jacana.detect.accounts.state.ties import TieBook
from jacana.detect.accounts.state.uploads import note_upload, note_visibility
from jacana.model.event import Event, EventType
from jacana.model.tie import TieKind

_INSTRUMENTS = {
    "payment": TieKind.PAYMENT,
    "recovery_email": TieKind.RECOVERY_EMAIL,
    "recovery_phone": TieKind.RECOVERY_PHONE,
}
CLOCK_SLACK = timedelta(days=1)
"""An event cannot have happened later than this after it was received: a network's wrong clock expires nothing."""


@dataclass(slots=True)
class Folding:
    """The records a batch works on, and what it changed in them."""

    accounts: dict[str, AccountRecord] = field(default_factory=dict)
    networks: dict[str, NetworkRecord] = field(default_factory=dict)
    bridged: frozenset[str] = frozenset()
    """Device keys of the epoch before that others are tied to: a device new to its account is tied under both."""
    ties: TieBook = field(default_factory=TieBook)
    changed_accounts: set[str] = field(default_factory=set)
    changed_networks: set[str] = field(default_factory=set)
    stirred: set[str] = field(default_factory=set)
    """Accounts of which something changed that their score rests on."""
    skipped: set[str] = field(default_factory=set)
    """Events that were applied before."""


@dataclass(slots=True)
class _Step:
    """One event being applied; each kind's function says whether what a score rests on changed."""

    folding: Folding
    record: AccountRecord
    event: Event
    at: int
    device: DeviceRecord | None


def fold_events(folding: Folding, events: Iterable[Event]) -> None:
    """Apply events in order; those at or below their account's last place in the log are skipped."""
    for event in events:
        at = int(min(event.occurred_at, event.received_at + CLOCK_SLACK).timestamp())
        record = folding.accounts.get(event.account_id)
        if record is None:
            record = folding.accounts[event.account_id] = AccountRecord(at, at)
        if 0 < event.sequence <= record.last_sequence:
            folding.skipped.add(event.id)
            continue
        _apply(folding, record, event, at)


def _apply(folding: Folding, record: AccountRecord, event: Event, at: int) -> None:
    if at // DAY_SECONDS > record.day:
        tidy_record(record, at)
        folding.stirred.add(event.account_id)
    record.first_seen, record.last_seen = min(record.first_seen, at), max(record.last_seen, at)
    record.last_sequence = max(record.last_sequence, event.sequence)
    folding.changed_accounts.add(event.account_id)
    device = _note_origin(folding, record, event, at) if event.type not in _NOT_BY_OWNER else None
    apply = _APPLY.get(event.type)
    if apply is not None and apply(_Step(folding, record, event, at, device)):
        folding.stirred.add(event.account_id)


def _note_origin(folding: Folding, record: AccountRecord, event: Event, at: int) -> DeviceRecord | None:
    """Take note of where an event came from: device, network and their ties."""
    payload, account_id = event.payload, event.account_id
    key, asn = payload.get("device_key"), payload.get("asn")
    network = str(payload.get("ip_key") or "")[:NETWORK_LENGTH]
    if asn is not None:
        _note_network(folding, f"as:{asn}", account_id, key, at)
    hub = bool(network) and _note_network(folding, network, account_id, key, at)
    device = None
    if key:
        before = payload.get("device_key_before")
        device, new = find_device(record, key, before, at)
        if new:
            folding.stirred.add(account_id)
        if note_session(record, device, payload, event.type is EventType.SESSION_STARTED, at, network):
            folding.stirred.add(account_id)
        bridge = before if new and (before in folding.bridged or before in folding.ties.device_keys) else None
        folding.ties.note_device(account_id, key, device, bridge, at)
    if network and not hub:
        folding.ties.note_network(account_id, network, record, at)
    return device


def _note_network(folding: Folding, network: str, account_id: str, device_key: str | None, at: int) -> bool:
    """Count an account on a network; say whether that is a hub."""
    seen = folding.networks.get(network)
    if seen is None:
        seen = folding.networks[network] = NetworkRecord()
    if note_account(seen, hash_pair(account_id, device_key), at // DAY_SECONDS):
        folding.changed_networks.add(network)
    return seen.hub


def _apply_facts(step: _Step) -> bool:
    record, payload = step.record, step.event.payload
    record.organisation = bool(payload.get("organisation", record.organisation))
    record.two_factor = payload.get("two_factor", record.two_factor)
    return "organisation" in payload or "two_factor" in payload


def _apply_upload(step: _Step) -> bool:
    payload = step.event.payload
    note_upload(step.record, str(payload["upload_id"]), str(payload["visibility"]), step.at)
    if step.device is not None:
        step.device.uploads += 1
    if payload.get("sha256"):
        step.folding.ties.note(TieKind.CONTENT, payload["sha256"], step.event.account_id, step.at)
    return True


def _apply_visibility(step: _Step) -> bool:
    payload = step.event.payload
    note_visibility(step.record, str(payload["upload_id"]), str(payload["visibility"]), step.at)
    return True


def _apply_view(step: _Step) -> bool:
    payload = step.event.payload
    upload = step.record.uploads.get(str(payload["upload_id"]))
    if step.device is None or upload is None or not upload.only_me:
        return False
    return note_watching(step.record, step.device, upload.number, float(payload.get("seconds") or 0), step.at)


def _apply_change(step: _Step) -> bool:
    _keep_time(step.record, step.record.changes, step.at)
    return True


def _apply_notice(step: _Step) -> bool:
    payload = step.event.payload
    if payload.get("source") != "user" or payload.get("upload_id"):
        return False
    _keep_time(step.record, step.record.notices, step.at)
    return True


def _apply_instrument(step: _Step) -> bool:
    kind = _INSTRUMENTS.get(str(step.event.payload.get("kind")))
    entity = step.event.payload.get("instrument_key")
    if kind and entity:
        step.folding.ties.note(kind, entity, step.event.account_id, step.at)
    return False


def _apply_invitation(step: _Step) -> bool:
    inviter, account_id = str(step.event.payload["inviter_id"]), step.event.account_id
    step.record.inviter = step.record.inviter or inviter
    for side in {account_id, inviter}:
        step.folding.ties.note(TieKind.INVITATION, inviter, side, step.at)
    return False


def hash_text(text: str) -> int:
    """Return 32 bits of a text: enough to tell a few dozen apart."""
    return zlib.crc32(text.encode())


def _keep_time(record: AccountRecord, times: list[int], at: int) -> None:
    times.append(at)
    times.sort()
    if len(times) > CHANGE_CAP:
        del times[0]
        record.dropped += 1


_APPLY: dict[EventType, Callable[[_Step], bool]] = {
    EventType.ACCOUNT_CREATED: _apply_facts,
    EventType.ACCOUNT_UPDATED: _apply_facts,
    EventType.UPLOAD_REGISTERED: _apply_upload,
    EventType.VISIBILITY_CHANGED: _apply_visibility,
    EventType.VIDEO_VIEWED: _apply_view,
    EventType.PASSWORD_CHANGED: _apply_change,
    EventType.RECOVERY_CHANGED: _apply_change,
    EventType.NOTICE_RECEIVED: _apply_notice,
    EventType.INSTRUMENT_ADDED: _apply_instrument,
    EventType.INVITATION_USED: _apply_invitation,
}
_NOT_BY_OWNER = frozenset({EventType.NOTICE_RECEIVED})
"""In these the account is the one it is about, so they say nothing of its devices."""
