"""Bans of devices: placed with the tier their evidence allows, renewed under a new key, lowered, lifted, run out.

Works inside the caller's transaction and tells the network nothing: `pipeline.banning` orders what it must be told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from jacana.act.bans import store
from jacana.act.bans.appeals import Appeals
from jacana.act.bans.tiers import DeviceEvidence, choose_tier
from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.sealing import FieldSealer
from jacana.model.ban import BanState, DeviceBan
from jacana.model.clock import Clock
from jacana.model.errors import StateConflictError, ThingNotFoundError
from jacana.model.ids import new_id


class BanUnknownError(ThingNotFoundError):
    """There is no device ban with this id."""

    code = "ban.unknown"


class BanEndedError(StateConflictError):
    """The ban was lifted before, or has run out."""

    code = "ban.ended"


class DeviceBans:
    """The bans of devices. `ban_days`: how long each stands. `appeals`: what people say against them."""

    def __init__(self, clock: Clock, sealer: FieldSealer, ban_days: int) -> None:
        self._clock = clock
        self._days = timedelta(days=ban_days)
        self.appeals = Appeals(clock, sealer)

    def place(
        self,
        connection: Connection,
        device_keys: Sequence[str],
        account_id: str,
        cause: str,
        reason: str,
        evidence: Mapping[str, DeviceEvidence],
        decided_by: str = "system",
    ) -> list[DeviceBan]:
        """Ban the devices of a banned account, each in the tier its evidence allows; return their bans.

        A device that this cause banned before keeps that ban. `evidence` needs an entry for every device key.
        """
        lock_log(connection)
        return [
            store.find_placed(connection, key, cause)
            or self._place(connection, key, account_id, cause, reason, evidence[key], decided_by)
            for key in dict.fromkeys(device_keys)
        ]

    def renew(self, connection: Connection, ban_id: str, device_key: str, actor: str = "system") -> DeviceBan:
        """Keep a standing ban under the device's key of a new epoch: the end of the ban stays. Raises BanUnknownError.

        Nothing changes if the ban has ended, or if its cause has banned the new key, too.
        """
        lock_log(connection)
        ban = self.load(connection, ban_id)
        known = store.find_placed(connection, device_key, ban.cause)
        if ban.state is not BanState.STANDING or known is not None:
            return ban
        store.update_ban(connection, ban_id, device_key=device_key)
        append_entry(connection, AuditEntry(self._clock(), actor, "ban.renewed", ban_id, {"cause": ban.cause}))
        return replace(ban, device_key=device_key)

    def lower(self, connection: Connection, ban_id: str, evidence: DeviceEvidence, actor: str) -> DeviceBan:
        """Choose the tier of a standing ban again, now that less speaks against the device; it never rises."""
        lock_log(connection)
        ban = self.load(connection, ban_id)
        tier, why = choose_tier(evidence)
        if ban.state is not BanState.STANDING or tier >= ban.tier:
            return ban
        reason = f"{ban.reason} Lowered to tier {int(tier)}: {why}"
        store.update_ban(connection, ban_id, tier=int(tier), reason=reason, evidence=asdict(evidence))
        details = {"from": int(ban.tier), "to": int(tier), "cause": ban.cause}
        append_entry(connection, AuditEntry(self._clock(), actor, "ban.lowered", ban_id, details))
        return replace(ban, tier=tier, reason=reason, evidence=asdict(evidence))

    def lift(self, connection: Connection, ban_id: str, actor: str, because: str) -> DeviceBan:
        """End one ban. Raises BanUnknownError, BanEndedError."""
        lock_log(connection)
        ban = self.load(connection, ban_id)
        if ban.state is not BanState.STANDING:
            raise BanEndedError(f"{ban_id} is {ban.state}, it does not stand any more")
        return self._end(connection, ban, BanState.LIFTED, actor, because)

    def lift_by_cause(self, connection: Connection, cause: str, actor: str, because: str) -> list[DeviceBan]:
        """End every standing ban that this action or decision led to; return them."""
        lock_log(connection)
        caused = store.list_by(connection, cause=cause, state=BanState.STANDING, limit=100_000)
        return [self._end(connection, ban, BanState.LIFTED, actor, because) for ban in caused]

    def expire(self, connection: Connection, now: datetime, at_once: int = 500) -> list[DeviceBan]:
        """End up to `at_once` bans whose time is over; return them."""
        lock_log(connection)
        run_out = store.list_run_out(connection, now, at_once)
        return [self._end(connection, ban, BanState.EXPIRED, "system", "its time was over") for ban in run_out]

    def load(self, connection: Connection, ban_id: str) -> DeviceBan:
        """Return one ban. Raises BanUnknownError."""
        ban = store.find_ban(connection, ban_id)
        if ban is None:
            raise BanUnknownError("there is no device ban with this id")
        return ban

    def list_bans(
        self,
        connection: Connection,
        *,
        account_id: str | None = None,
        cause: str | None = None,
        state: BanState | None = None,
        limit: int = 1000,
    ) -> list[DeviceBan]:
        """Return bans that match every given value, newest first."""
        return store.list_by(connection, account_id=account_id, cause=cause, state=state, limit=limit)

    def list_standing(self, connection: Connection, device_keys: Collection[str]) -> list[DeviceBan]:
        """Return the bans that stand on any of these devices, the hardest first."""
        return store.list_standing(connection, device_keys, self._clock())

    def count(self, connection: Connection) -> dict[BanState, int]:
        """Return how many bans are in each state."""
        return store.count_states(connection)

    def _place(
        self,
        connection: Connection,
        device_key: str,
        account_id: str,
        cause: str,
        reason: str,
        evidence: DeviceEvidence,
        decided_by: str,
    ) -> DeviceBan:
        now = self._clock()
        tier, why = choose_tier(evidence)
        ban = DeviceBan(
            id=new_id("ban"),
            device_key=device_key,
            tier=tier,
            account_id=account_id,
            cause=cause,
            reason=f"{reason} Tier {int(tier)}: {why}",
            placed_at=now,
            expires_at=now + self._days,
            placed_key=device_key,
            decided_by=decided_by,
            evidence=asdict(evidence),
        )
        store.insert_ban(connection, ban)
        details = {"account_id": account_id, "cause": cause, "tier": int(tier), **ban.evidence}
        append_entry(connection, AuditEntry(now, decided_by, "ban.placed", ban.id, details))
        return ban

    def _end(self, connection: Connection, ban: DeviceBan, state: BanState, actor: str, because: str) -> DeviceBan:
        now = self._clock()
        values = {"state": state, "ended_at": now, "ended_by": actor, "ended_because": because}
        store.update_ban(connection, ban.id, **{**values, "state": state.value})
        details = {"account_id": ban.account_id, "cause": ban.cause, "tier": int(ban.tier)}
        append_entry(connection, AuditEntry(now, actor, f"ban.{state.value}", ban.id, details))
        return replace(ban, state=state, ended_at=now, ended_by=actor, ended_because=because)
