"""Appeals: somebody says that a ban is wrong, or that the device was not theirs when it was banned.

What they wrote stays sealed. An appeal is decided once, by a person, and not by the one who decided the ban.
"""

import hashlib
from collections.abc import Collection
from dataclasses import replace

from jacana.act.bans import store
from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.sealing import FieldSealer
from jacana.model.ban import Appeal, AppealState
from jacana.model.clock import Clock
from jacana.model.errors import PermissionDeniedError, StateConflictError, ThingNotFoundError


class AppealUnknownError(ThingNotFoundError):
    """There is no appeal with this id."""

    code = "appeal.unknown"


class AppealConflictError(StateConflictError):
    """The network used the same id for the appeal of another account."""

    code = "appeal.conflict"


class AppealDecidedError(StateConflictError):
    """The appeal was decided before; a new one may be opened."""

    code = "appeal.decided"


class AppealOwnDecisionError(PermissionDeniedError):
    """Whoever decided a ban does not decide an appeal against it."""

    code = "appeal.own_decision"


class Appeals:
    """Opens and decides appeals. What a granted one lifts is `pipeline.appealing`'s to do, in the same transaction."""

    def __init__(self, clock: Clock, sealer: FieldSealer) -> None:
        self._clock = clock
        self._sealer = sealer

    def open(
        self,
        connection: Connection,
        network_id: str,
        account_id: str,
        *,
        ban_id: str | None = None,
        device_key: str | None = None,
        next_owner: bool = False,
        text: str | None = None,
        actor: str = "system",
    ) -> tuple[Appeal, bool]:
        """Record an appeal and return it, and whether it is new. The same network id again changes nothing.

        Raises AppealConflictError if the id was used for another account's appeal: nothing anybody says may be lost.
        """
        lock_log(connection)
        appeal_id = name_appeal(network_id)
        known = store.find_appeal(connection, appeal_id)
        if known is not None:
            if known[0].account_id != account_id:
                raise AppealConflictError("an appeal of another account has this id: send each appeal under its own id")
            return known[0], False
        now = self._clock()
        appeal = Appeal(
            id=appeal_id,
            account_id=account_id,
            ban_id=ban_id,
            next_owner=next_owner,
            state=AppealState.OPEN,
            opened_at=now,
            device_key=device_key,
            opened_by=actor,
        )
        store.insert_appeal(connection, appeal, self._sealer.seal(text, _purpose(appeal_id)) if text else None)
        details = {"account_id": account_id, "ban_id": ban_id or "none", "next_owner": next_owner}
        append_entry(connection, AuditEntry(now, actor, "appeal.opened", appeal_id, details))
        return appeal, True

    def decide(
        self,
        connection: Connection,
        appeal_id: str,
        state: AppealState,
        actor: str,
        reason: str,
        deciders: Collection[str] = (),
    ) -> Appeal:
        """Grant or deny. `deciders`: who decided the bans it is about, as far as known.

        Raises AppealUnknownError, AppealDecidedError, AppealOwnDecisionError.
        """
        lock_log(connection)
        appeal = self.load(connection, appeal_id)
        if appeal.state is not AppealState.OPEN:
            raise AppealDecidedError(f"the appeal is {appeal.state} already")
        if actor in deciders:
            raise AppealOwnDecisionError("you decided this ban; somebody else must decide the appeal against it")
        now = self._clock()
        values = {"decided_at": now, "decided_by": actor, "decision_reason": reason}
        store.update_appeal(connection, appeal_id, state=state.value, **values)
        details = {"account_id": appeal.account_id, "ban_id": appeal.ban_id or "none"}
        append_entry(connection, AuditEntry(now, actor, f"appeal.{state.value}", appeal_id, details))
        return replace(appeal, state=state, decided_at=now, decided_by=actor, decision_reason=reason)

    def load(self, connection: Connection, appeal_id: str) -> Appeal:
        """Return one appeal. Raises AppealUnknownError."""
        found = store.find_appeal(connection, appeal_id)
        if found is None:
            raise AppealUnknownError("there is no appeal with this id")
        return found[0]

    def read_text(self, connection: Connection, appeal_id: str) -> str | None:
        """Return what they wrote. Raises AppealUnknownError, SealedFieldBrokenError."""
        found = store.find_appeal(connection, appeal_id)
        if found is None:
            raise AppealUnknownError("there is no appeal with this id")
        return self._sealer.open(found[1], _purpose(appeal_id)) if found[1] else None

    def list_appeals(
        self,
        connection: Connection,
        *,
        state: AppealState | None = None,
        account_id: str | None = None,
        limit: int = 200,
    ) -> list[Appeal]:
        """Return appeals that match: open ones oldest first, others newest first."""
        return store.list_appeals(connection, state=state, account_id=account_id, limit=limit)

    def find_account_ban(self, connection: Connection, account_id: str) -> tuple[str, str] | None:
        """Return (action id, who decided it) of the account's own ban, as last ordered."""
        return store.find_account_ban(connection, account_id)


def name_appeal(network_id: str) -> str:
    """Return Jacana's id of an appeal: the same for the same network id, so that a repetition is recognised."""
    return "appeal_" + hashlib.sha256(network_id.encode()).hexdigest()[:40]


def _purpose(appeal_id: str) -> str:
    return f"appeal.text/{appeal_id}"
