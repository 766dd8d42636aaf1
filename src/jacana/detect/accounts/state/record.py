"""What is kept of one account: exact maps with caps. Times are seconds since 1970, days are days since 1970.

Never holds an address, a device id or a text: only keyed hashes, counts and times.
"""

import zlib

import msgspec
from msgspec import field

DAY_SECONDS = 86_400
WINDOW_DAYS = 30
"""The sliding window of every feature; what is older is not counted."""
REMEMBERED_DAYS = 60
"""A device that was not seen for so long is dropped."""

DEVICE_CAP = 128
"""Devices of an account; over it, the one that was seen longest ago goes."""
NETWORKS_PER_DEVICE = 16
NETWORK_CAP = 512
"""Networks of an account over all its devices."""
WATCHED_CAP = 64
"""Only-me items a device is known to have watched."""
UPLOAD_CAP = 256
"""Uploads known one by one; over it, those that others may see are only counted, then the oldest only-me ones go."""
CHANGE_CAP = 32
"""Changes of password or recovery."""
HIT_CAP = 64
"""Teasers, log-in details handed over."""

_PLAIN, _DEFLATED = b"\x00", b"\x01"
_DEFLATE_FROM = 400
"""Bytes from which deflating pays: below it there is little to gain."""


class DeviceRecord(msgspec.Struct, array_like=True):
    """One device of one account."""

    first_seen: int
    last_seen: int
    sessions: int = 0
    attested: bool = False
    session: int = 0
    """Hash of the session it was last seen in, to count a session once."""
    uploads: int = 0
    untied: int = 0
    """Events since the tie in the store was last brought up to date …"""
    tied_on: int = 0
    """… which was on this day …"""
    tied_attested: bool = False
    """… and what it then said."""
    networks: dict[int, int] = field(default_factory=dict)
    """Number of the network -> last seen."""
    watched: dict[int, int] = field(default_factory=dict)
    """Number of the only-me upload -> last watched."""
    seconds: dict[int, int] = field(default_factory=dict)
    """Day -> seconds of only-me items watched."""


class UploadRecord(msgspec.Struct, array_like=True):
    """One upload of the account. `created` is when it was first heard of."""

    number: int
    only_me: bool
    public: bool
    created: int
    changed: int = 0
    """When it was last said who may see it: what happened earlier and is told later says nothing."""


class KnownNetwork(msgspec.Struct, array_like=True):
    """One network of the account: its number inside the record, and the day its tie was last written."""

    number: int
    day: int


class AccountRecord(msgspec.Struct, array_like=True):
    """Everything that is kept of one account's events."""

    first_seen: int
    last_seen: int
    last_sequence: int = 0
    """Events up to this place in the log are in here: a replay changes nothing."""
    devices: dict[str, DeviceRecord] = field(default_factory=dict)
    networks: dict[str, KnownNetwork] = field(default_factory=dict)
    uploads: dict[str, UploadRecord] = field(default_factory=dict)
    next_network: int = 0
    next_upload: int = 0
    uncounted_public: int = 0
    """Public uploads no longer known one by one."""
    changes: list[int] = field(default_factory=list)
    """When password or recovery changed, oldest first."""
    notices: list[int] = field(default_factory=list)
    """When a user complained about the account to the network, oldest first."""
    teasers: dict[int, int] = field(default_factory=dict)
    """Hash of the finding -> when: a public text held an active term."""
    handovers: dict[int, int] = field(default_factory=dict)
    """Hash of the finding -> when: a text passed log-in details on."""
    arrivals_fast: float = 0.0
    arrivals_slow: float = 0.0
    """New devices a day, as two decaying averages up to `arrivals_at`."""
    arrivals_at: int = 0
    two_factor: bool | None = None
    organisation: bool = False
    inviter: str | None = None
    dropped: int = 0
    """How often a cap made room: from then on counts are lower bounds."""
    found_on: int = 0
    """The last day a finding was made."""

    @property
    def day(self) -> int:
        """Return the day of the newest event."""
        return self.last_seen // DAY_SECONDS


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AccountRecord).decode


def pack_record(record: AccountRecord) -> bytes:
    """Return the record as bytes: one byte that says how, then MessagePack, deflated if long."""
    raw = _encode(record)
    return _PLAIN + raw if len(raw) < _DEFLATE_FROM else _DEFLATED + zlib.compress(raw, 1)


def unpack_record(packed: bytes) -> AccountRecord:
    """Return what `pack_record` packed."""
    body = packed[1:]
    return _decode(zlib.decompress(body) if packed[:1] == _DEFLATED else body)
