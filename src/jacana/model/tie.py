"""A tie: one account and one thing it shares with others (a device, a payment instrument, a file …)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TieKind(StrEnum):
    """What kind of thing is shared."""

    DEVICE = "device"
    PAYMENT = "payment"
    RECOVERY_EMAIL = "recovery_email"
    RECOVERY_PHONE = "recovery_phone"
    CONTENT = "content"
    """The identical file: a SHA-256."""
    INVITATION = "invitation"
    """The account that invited; both sides have the tie."""
    NETWORK = "network"
    """A keyed network address: evidence among others, never what a component is built on."""


@dataclass(frozen=True, slots=True)
class Tie:
    """`entity` is a keyed hash, a digest or an account id: equal entities of one kind are the same thing."""

    kind: TieKind
    entity: str
    account_id: str
    first_seen_at: datetime
    last_seen_at: datetime
    sessions: int = 1
    """How many events showed it."""
    attested: bool = False
    """Whether the network vouches for the device id."""
