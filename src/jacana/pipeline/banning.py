"""From the ban of an account to bans of its devices, and back: what a ban caused is lifted with it.

Works inside the caller's transaction, which holds `lock_log`; orders what the network is to be told, sends nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from jacana.act.bans.tiers import DeviceEvidence, count_independent
from jacana.act.enforcement import Order
from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.decide.store import find_cause
from jacana.detect.findings.store import withdraw_account_findings
from jacana.model.action import ActionKind, TargetKind
from jacana.model.ban import BanState, DeviceBan, DeviceTier
from jacana.model.event import Event
from jacana.model.preservation import PreservationReceipt
from jacana.pipeline.accountrecord import find_newest_receipt
from jacana.pipeline.devices import store
from jacana.pipeline.stages import Stages

EVENTS_LOOKED_AT = 1000
RULE = "device_ban"


@dataclass(frozen=True, slots=True)
class Lifted:
    """What a lifting took back, and what the network is to be told of it."""

    bans: tuple[DeviceBan, ...]
    orders: tuple[Order, ...]
    """For each device: that it is free, or which tier remains. The caller enters them."""
    withdrawn: int
    """How many findings lost their ground."""


def ban_devices(
    stages: Stages,
    connection: Connection,
    account_id: str,
    cause: str,
    reason: str,
    receipt: PreservationReceipt | None,
    decided_by: str,
) -> list[Order]:
    """Ban the devices of a banned account, each in the tier its evidence allows; return the orders to be entered.

    A device that is only tagged is known at the door and nothing is ordered. The same cause again bans nothing more.
    """
    lock_log(connection)
    keys = store.list_devices(connection, account_id)
    events = stages.events.list_events(connection, account_id, EVENTS_LOOKED_AT)
    seen, other_keys = count_events(events), pair_keys(events)
    evidence = {
        key: read_evidence(stages, connection, key, account_id, seen[key], other_keys.get(key, ())) for key in keys
    }
    bans = stages.bans.place(connection, keys, account_id, cause, reason, evidence, decided_by)
    return [
        _order_ban(ban, cause, receipt, decided_by)
        for ban in bans
        if ban.state is BanState.STANDING and ban.tier > DeviceTier.TAG
    ]


def lift_caused(stages: Stages, connection: Connection, cause: str, actor: str, because: str) -> Lifted:
    """Lift every ban of a device that this decision (or action) led to, and withdraw the findings that rest on it.

    Other bans of the same devices stay, in a lower tier if theirs rested on what is lifted now, and so do ties to an
    account that another verdict confirms. Safe to repeat.
    """
    lock_log(connection)
    bans = stages.bans.lift_by_cause(connection, cause, actor, because)
    accounts = {ban.account_id for ban in bans}
    accounts |= {
        action.account_id
        for action in stages.enforcement.list_actions(connection, cause=cause)
        if action.kind is ActionKind.BAN_ACCOUNT
    }
    own = {find_cause(connection, cause)}
    accounts -= {one for one, grounds in store.list_grounds(connection, sorted(accounts)).items() if grounds - own}
    resting = store.list_resting_findings(connection, cause, accounts)
    return Lifted(
        tuple(bans),
        _free_devices(stages, connection, bans, actor, because),
        _withdraw(stages, connection, resting, cause),
    )


def lift_ban(stages: Stages, connection: Connection, ban_id: str, actor: str, because: str) -> Lifted:
    """Lift one ban of a device and withdraw the findings that rest on it. Raises BanUnknownError, BanEndedError."""
    lock_log(connection)
    ban = stages.bans.lift(connection, ban_id, actor, because)
    resting = store.list_findings_by_ban(connection, ban_id)
    orders = _free_devices(stages, connection, [ban], actor, because)
    return Lifted((ban,), orders, _withdraw(stages, connection, resting, ban_id))


def expire_bans(stages: Stages, connection: Connection) -> int:
    """End the bans whose time is over and order that the network frees the devices; return how many. Repeat until 0."""
    lock_log(connection)
    bans = stages.bans.expire(connection, stages.clock())
    stages.enforcement.order(connection, _free_devices(stages, connection, bans, "system", "The ban's time is over."))
    return len(bans)


def read_evidence(
    stages: Stages,
    connection: Connection,
    device_key: str,
    account_id: str,
    sessions: int = 0,
    other_keys: Collection[str] = (),
) -> DeviceEvidence:
    """Return what is known of a device on which this account was. `sessions`: how many of it the event log shows.

    `other_keys`: what the device was called in the epochs beside; whoever used it under those is on it, too.
    """
    ties = store.list_ties(connection, [device_key, *other_keys])
    own = next((tie for tie in ties if tie.account_id == account_id), None)
    accounts = sorted({tie.account_id for tie in ties} | {account_id})
    grounds = store.list_grounds(connection, accounts)
    clean = store.list_clean(connection, ties, stages.clock()) - grounds.keys() - {account_id}
    return DeviceEvidence(
        confirmed=count_independent(grounds) if account_id in grounds else 0,
        attested=own is not None and own.attested,
        clean=len(clean),
        accounts=len(accounts),
        sessions=max(sessions, own.sessions if own else 0),
    )


def count_events(events: Iterable[Event]) -> Counter[str]:
    """Return device key -> how many of the events came from it, under this epoch's key and the one before."""
    counts: Counter[str] = Counter()
    for event in events:
        counts.update({key for name in ("device_key", "device_key_before") if (key := event.payload.get(name))})
    return counts


def pair_keys(events: Iterable[Event]) -> dict[str, set[str]]:
    """Return device key -> the keys that the same device had in the epoch before or after, as events tell."""
    pairs: dict[str, set[str]] = {}
    for event in events:
        key, before = event.payload.get("device_key"), event.payload.get("device_key_before")
        if key and before and key != before:
            pairs.setdefault(key, set()).add(before)
            pairs.setdefault(before, set()).add(key)
    return pairs


def _free_devices(
    stages: Stages, connection: Connection, ended: Sequence[DeviceBan], actor: str, because: str
) -> tuple[Order, ...]:
    """Return what the network is to be told of devices of which a ban has ended: free, or what remains."""
    told: dict[str, Order] = {}
    for ban in ended:
        remaining = stages.bans.list_standing(connection, {ban.device_key, ban.placed_key})
        lowered = [_look_again(stages, connection, other, actor) for other in remaining]
        hardest = max(lowered, key=lambda other: other.tier, default=None)
        for target in dict.fromkeys((ban.placed_key, *(other.placed_key for other in lowered))):
            last = stages.enforcement.last_instruction(connection, TargetKind.DEVICE, target, ActionKind.BAN_DEVICE)
            if last is None:
                continue
            order = _order_rest(stages, connection, ban, hardest, target, actor, because)
            if (order.kind, order.tier) != (last.kind, last.tier):
                told[target] = order
    return tuple(told.values())


def _look_again(stages: Stages, connection: Connection, ban: DeviceBan, actor: str) -> DeviceBan:
    events = stages.events.list_events(connection, ban.account_id, EVENTS_LOOKED_AT)
    sessions = max(count_events(events)[ban.device_key], int(ban.evidence.get("sessions", 0)))
    other_keys = pair_keys(events).get(ban.placed_key, set())
    evidence = read_evidence(stages, connection, ban.placed_key, ban.account_id, sessions, other_keys)
    return stages.bans.lower(connection, ban.id, evidence, actor)


def _order_rest(
    stages: Stages,
    connection: Connection,
    ended: DeviceBan,
    hardest: DeviceBan | None,
    target: str,
    actor: str,
    because: str,
) -> Order:
    """Return the order that the device is free, or met as the hardest ban that remains asks.

    Without a receipt for that ban the network is told that it is free: the door goes on meeting the device.
    """
    receipt = find_newest_receipt(stages, connection, hardest.account_id) if hardest else None
    if hardest is not None and hardest.tier > DeviceTier.TAG and receipt is not None:
        return _order_ban(hardest, ended.id, receipt, actor, target)
    return Order(
        kind=ActionKind.UNBAN_DEVICE,
        target_kind=TargetKind.DEVICE,
        target_id=target,
        account_id=ended.account_id,
        upload_id=None,
        cause=ended.id,
        reason=because,
        rule=None,
        decided_by=actor,
    )


def _order_ban(
    ban: DeviceBan, cause: str, receipt: PreservationReceipt | None, decided_by: str, target: str | None = None
) -> Order:
    return Order(
        kind=ActionKind.BAN_DEVICE,
        target_kind=TargetKind.DEVICE,
        target_id=target or ban.placed_key,
        account_id=ban.account_id,
        upload_id=None,
        cause=cause,
        reason=ban.reason,
        rule=RULE,
        decided_by=decided_by,
        receipt=receipt,
        tier=int(ban.tier),
    )


def _withdraw(stages: Stages, connection: Connection, finding_ids: list[str], because: str) -> int:
    return withdraw_account_findings(connection, finding_ids, because, stages.clock()) if finding_ids else 0
