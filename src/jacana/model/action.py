"""An action: one instruction to the network. Each has an inverse."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ActionKind(StrEnum):
    """Instructions the network understands."""

    HOLD = "hold"
    RELEASE = "release"
    REMOVE = "remove"
    RESTORE = "restore"
    SUSPEND_ACCOUNT = "suspend_account"
    REINSTATE_ACCOUNT = "reinstate_account"
    BAN_ACCOUNT = "ban_account"
    UNBAN_ACCOUNT = "unban_account"
    BAN_DEVICE = "ban_device"
    UNBAN_DEVICE = "unban_device"
    FORCE_REAUTH = "force_reauth"
    """Sign everybody out and ask for proof of who it is: harmless to a family, the end of a shared password."""
    LIFT_REAUTH = "lift_reauth"


INVERSE: dict[ActionKind, ActionKind] = {
    ActionKind.HOLD: ActionKind.RELEASE,
    ActionKind.RELEASE: ActionKind.HOLD,
    ActionKind.REMOVE: ActionKind.RESTORE,
    ActionKind.RESTORE: ActionKind.REMOVE,
    ActionKind.SUSPEND_ACCOUNT: ActionKind.REINSTATE_ACCOUNT,
    ActionKind.REINSTATE_ACCOUNT: ActionKind.SUSPEND_ACCOUNT,
    ActionKind.BAN_ACCOUNT: ActionKind.UNBAN_ACCOUNT,
    ActionKind.UNBAN_ACCOUNT: ActionKind.BAN_ACCOUNT,
    ActionKind.BAN_DEVICE: ActionKind.UNBAN_DEVICE,
    ActionKind.UNBAN_DEVICE: ActionKind.BAN_DEVICE,
    ActionKind.FORCE_REAUTH: ActionKind.LIFT_REAUTH,
    ActionKind.LIFT_REAUTH: ActionKind.FORCE_REAUTH,
}

DESTRUCTIVE = frozenset({ActionKind.REMOVE, ActionKind.BAN_ACCOUNT, ActionKind.BAN_DEVICE})
"""Actions after which the network may delete something; none may run without a preservation receipt."""


class ActionState(StrEnum):
    """Delivery of one action."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    CANCELLED = "cancelled"


class TargetKind(StrEnum):
    """What an action is about."""

    UPLOAD = "upload"
    ACCOUNT = "account"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the enforcement ledger. `id` is also the webhook id the network can de-duplicate on."""

    id: str
    kind: ActionKind
    target_kind: TargetKind
    target_id: str
    """The network's own id of the upload or account; for a device its keyed hash."""
    account_id: str
    upload_id: str | None
    reason: str
    rule: str | None
    decided_by: str
    """`policy:<version>` or `user:<id>`."""
    state: ActionState
    created_at: datetime
    attempts: int = 0
    delivered_at: datetime | None = None
    answer_status: int | None = None
    answer_excerpt: str | None = None
    reverses: str | None = None
    cause: str = ""
    """The decision, or for a reversal the action, that led to it."""
    sequence: int = 0
    """1, 2, 3 … within one target; a network ignores an instruction older than the last it carried out there."""
    superseded_by: str | None = None
    """The later action on the same target that made this one moot before it was known to be delivered."""
    receipt_hold_id: str | None = None
    """The vault hold that proves preservation; present on every destructive action."""
    wants_bytes: bool = False
    """The network is asked to send the upload again, because its bytes were let go."""
    tier: int | None = None
    """With ban_device: the DeviceTier the ban has."""
