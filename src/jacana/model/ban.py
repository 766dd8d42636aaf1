"""A device ban: how far a device is trusted, why, and until when. An appeal: somebody says that a ban is wrong."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class DeviceTier(IntEnum):
    """How hard a device is met. Each includes the ones below."""

    TAG = 0
    """A risk tag: known, not acted upon by itself."""
    NO_NEW_ACCOUNT = 1
    REVERIFY = 2
    """Signing in needs proof of who it is."""
    BLOCK = 3
    """Needs two independently confirmed accounts, an attested device and no long-standing clean account on it."""


class BanState(StrEnum):
    """Whether the ban holds."""

    STANDING = "standing"
    LIFTED = "lifted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class DeviceBan:
    """One ban of one device. `device_key` is the keyed hash of the epoch in which the ban was last renewed."""

    id: str
    device_key: str
    tier: DeviceTier
    account_id: str
    """The banned account whose device it is."""
    cause: str
    """The action or decision that led to it: lifting that lifts this."""
    reason: str
    placed_at: datetime
    expires_at: datetime
    state: BanState = BanState.STANDING
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_because: str | None = None
    placed_key: str = ""
    """`device_key` when the ban was placed: the target of the instruction that the network was given."""
    decided_by: str = "system"
    """Who decided the ban; an appeal against it is decided by somebody else."""
    evidence: dict[str, int | bool] = field(default_factory=dict)
    """The counts the tier rests on (`act.bans.tiers.DeviceEvidence`)."""


class AppealState(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    GRANTED = "granted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Appeal:
    """Somebody asks that a ban be lifted. What they wrote stays sealed in the store."""

    id: str
    account_id: str
    """The account that appeals; for the next owner of a device their new account."""
    ban_id: str | None
    """The device ban it is about; None: the account's own ban."""
    next_owner: bool
    """They say that the device was not theirs when it was banned."""
    state: AppealState
    opened_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    decision_reason: str | None = None
    device_key: str | None = None
    """The device they were met on, if the network told it."""
    opened_by: str = "system"
