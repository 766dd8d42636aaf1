"""Which networks are shared by so many unrelated accounts that being seen there proves nothing: hubs.

Carriers, campuses, VPN exits, cafés. A hub joins no two devices and is no evidence against anybody.
"""

import zlib

import msgspec
from msgspec import field

from jacana.detect.accounts.state.record import WINDOW_DAYS

HUB_ACCOUNTS = 12
"""More unrelated accounts than this within the window make a hub. Larger homes have fewer; docs/accounts.md."""
PAIR_CAP = 128
"""Pairs of account and device kept per network; over it, the one seen longest ago goes."""
HUB_DAYS = 30
"""How long a hub stays one without being counted again."""
RECOUNT_DAYS = 15
"""In the last so many of these days it is counted anew."""
FRESH_DAYS = 3
"""Days within which seeing the same account again is not written down: a record changes the less often."""
NETWORK_LENGTH = 80


class NetworkRecord(msgspec.Struct, array_like=True):
    """Who was seen on one network within the window."""

    pairs: dict[int, int] = field(default_factory=dict)
    """Hash of account and device -> last day seen."""
    hub_until: int = 0
    """A hub up to and with this day."""
    day: int = 0
    """The last day the record changed."""

    @property
    def hub(self) -> bool:
        """Say whether it is a hub as of the last day the record changed."""
        return self.hub_until >= self.day > 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(NetworkRecord).decode


def pack_network(record: NetworkRecord) -> bytes:
    """Return the record as bytes."""
    return _encode(record)


def unpack_network(packed: bytes) -> NetworkRecord:
    """Return what `pack_network` packed."""
    return _decode(packed)


def hash_pair(account_id: str, device_key: str | None) -> int:
    """Return account and device as one number of 64 bits; 0 in the low half: no device."""
    return zlib.crc32(account_id.encode()) << 32 | (zlib.crc32(device_key.encode()) if device_key else 0)


def note_account(record: NetworkRecord, pair: int, day: int) -> bool:
    """Take note that an account was seen on a device; say whether the record changed."""
    if record.hub_until - day > HUB_DAYS - RECOUNT_DAYS:
        return False
    before = record.pairs.get(pair)
    lapsed = record.day <= record.hub_until < day
    if before is not None and day - before < FRESH_DAYS and not lapsed:
        return False
    record.day = max(record.day, day)
    record.pairs[pair] = day if before is None else max(before, day)
    if before is None:
        _make_room(record)
        if len(record.pairs) > HUB_ACCOUNTS and count_unrelated(record) > HUB_ACCOUNTS:
            record.hub_until = record.day + HUB_DAYS
            record.pairs = {}
    return True


def count_unrelated(record: NetworkRecord) -> int:
    """Return how many unrelated accounts were seen; accounts that share a device count as one."""
    group: dict[int, int] = {}

    def find(item: int) -> int:
        while group.setdefault(item, item) != item:
            group[item] = group[group[item]]
            item = group[item]
        return item

    for pair in record.pairs:
        account, device = pair >> 32, pair & 0xFFFFFFFF
        root = find(account)
        if device:
            group[find(-device)] = root
    return sum(1 for item in group if item >= 0 and find(item) == item)


def _make_room(record: NetworkRecord) -> None:
    oldest = record.day - WINDOW_DAYS
    if len(record.pairs) > HUB_ACCOUNTS:
        record.pairs = {pair: seen for pair, seen in record.pairs.items() if seen >= oldest}
    if len(record.pairs) > PAIR_CAP:
        del record.pairs[min(record.pairs, key=lambda pair: (record.pairs[pair], pair))]
