"""An account of the network, as far as events and uploads have told us."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AccountState(StrEnum):
    """What our instructions have made of the account."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class Account:
    """Facts about one account; `id` is the network's own id. Addresses and e-mail stay sealed in the store."""

    id: str
    state: AccountState = AccountState.ACTIVE
    screen_name: str | None = None
    display_name: str | None = None
    profile_url: str | None = None
    bio: str | None = None
    created_at: datetime | None = None
    first_seen_at: datetime | None = None
    declared_age: int | None = None
    organisation: bool = False
    """The network has verified a business, school or agency: staff may share it."""
    upload_count: int = 0
    confirmed_count: int = 0
    """How many distinct files of this account a person has confirmed."""
