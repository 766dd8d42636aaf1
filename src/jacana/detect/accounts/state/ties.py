"""Gathers an account's ties while a batch is folded, so that each goes to the store once. Pure.

A tie to a device or network is brought up to date when it is new, when the device becomes attested, and else every
three days: most events then write none.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from jacana.detect.accounts.state.networks import FRESH_DAYS
from jacana.detect.accounts.state.record import DAY_SECONDS, AccountRecord, DeviceRecord
from jacana.model.tie import Tie, TieKind

NETWORK_TIE_CAP = 16
"""An account's networks beyond so many leave no tie."""
ENTITY_LENGTH = 200


@dataclass(slots=True)
class TieBook:
    """Ties by (kind, entity, account): first and last seen, how many events more, attested."""

    entries: dict[tuple[TieKind, str, str], tuple[int, int, int, bool]] = field(default_factory=dict)
    device_keys: set[str] = field(default_factory=set)
    """Devices that ties were noted to."""

    def note(
        self, kind: TieKind, entity: str, account_id: str, at: int, *, count: int = 1, attested: bool = False
    ) -> None:
        """Take note that an account showed a thing."""
        key = (kind, entity[:ENTITY_LENGTH], account_id)
        first, last, before, vouched = self.entries.get(key, (at, at, 0, False))
        self.entries[key] = (min(first, at), max(last, at), before + count, vouched or attested)

    def note_device(self, account_id: str, key: str, device: DeviceRecord, bridge: str | None, at: int) -> None:
        """Take note of an event from a device. `bridge`: its key of the epoch before, if others are tied to that."""
        device.untied += 1
        fresh = device.tied_on > 0 and at // DAY_SECONDS - device.tied_on < FRESH_DAYS
        if fresh and device.tied_attested == device.attested:
            return
        for entity in (key, bridge):
            if entity:
                self.device_keys.add(entity)
                self.note(TieKind.DEVICE, entity, account_id, at, count=device.untied, attested=device.attested)
        device.tied_on, device.tied_attested, device.untied = max(device.tied_on, at // DAY_SECONDS), device.attested, 0

    def note_network(self, account_id: str, network: str, record: AccountRecord, at: int) -> None:
        """Take note of an event from a network that is not a hub; once in three days counts."""
        known = record.networks.get(network)
        if known is None or len(record.networks) > NETWORK_TIE_CAP or at // DAY_SECONDS - known.day < FRESH_DAYS:
            return
        known.day = at // DAY_SECONDS
        self.note(TieKind.NETWORK, network, account_id, at)

    def list_ties(self) -> list[Tie]:
        """Return what is to be written: `sessions` is how many events more showed the tie."""
        return [
            Tie(kind, entity, account_id, _moment(first), _moment(last), count, attested)
            for (kind, entity, account_id), (first, last, count, attested) in self.entries.items()
        ]


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
