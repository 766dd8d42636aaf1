"""Appeals from end to end: found the ban they are about, decided by a person, and what a granted one lifts.

Granting and lifting are one transaction. A next owner's appeal frees the device and leaves the banned account banned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.detect.findings.store import list_account_findings, withdraw_account_findings
from jacana.model.account import AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.model.ban import Appeal, AppealState, DeviceBan
from jacana.pipeline.accountfacts import load_account
from jacana.pipeline.reversal import lift_device_ban, lift_ungrounded, reverse_account_ban
from jacana.pipeline.stages import Stages


@dataclass(frozen=True, slots=True)
class AppealRequest:
    """What the network passes on. `device_keys`: keyed hashes of the device they were met on, this epoch's first."""

    network_id: str
    account_id: str
    device_keys: Sequence[str] = ()
    next_owner: bool = False
    text: str | None = field(default=None, repr=False)


def open_appeal(stages: Stages, request: AppealRequest, actor: str) -> tuple[Appeal, bool]:
    """Record an appeal, in a transaction of its own, with the hardest ban of the device; return it and whether new."""
    with stages.db.write() as connection:
        lock_log(connection)
        standing = stages.bans.list_standing(connection, request.device_keys)
        met = standing[0] if standing else None
        return stages.bans.appeals.open(
            connection,
            request.network_id,
            request.account_id,
            ban_id=met.id if met else None,
            device_key=met.device_key if met else next(iter(request.device_keys), None),
            next_owner=request.next_owner,
            text=request.text,
            actor=actor,
        )


def grant_appeal(stages: Stages, appeal_id: str, actor: str, reason: str) -> Appeal:
    """Grant an appeal and lift what it is about, in a transaction of its own. What led there is on record.

    The device of its ban becomes free of every ban; without one, the account's own ban is reversed. From then on the
    door meets the account only for a ban of its own. Raises AppealUnknownError, AppealDecidedError,
    AppealOwnDecisionError.
    """
    with stages.db.write() as connection:
        lock_log(connection)
        appeal = stages.bans.appeals.load(connection, appeal_id)
        bans = list_bans_of(stages, connection, appeal)
        deciders = list_deciders(stages, connection, appeal)
        granted = stages.bans.appeals.decide(connection, appeal_id, AppealState.GRANTED, actor, reason, deciders)
        for ban in bans:
            lift_device_ban(stages, connection, ban.id, actor, reason)
        if appeal.ban_id is None:
            _lift_account(stages, connection, appeal, actor, reason)
        evasion = [
            finding.id
            for finding in list_account_findings(connection, appeal.account_id)
            if finding.kind is AccountFindingKind.BAN_EVASION
        ]
        withdraw_account_findings(connection, evasion, appeal_id, stages.clock())
        lift_ungrounded(stages, connection, appeal_id, actor, reason)
        return granted


def deny_appeal(stages: Stages, appeal_id: str, actor: str, reason: str) -> Appeal:
    """Deny an appeal, in a transaction of its own: nothing is lifted. Raises what `grant_appeal` raises."""
    with stages.db.write() as connection:
        lock_log(connection)
        appeal = stages.bans.appeals.load(connection, appeal_id)
        deciders = list_deciders(stages, connection, appeal)
        return stages.bans.appeals.decide(connection, appeal_id, AppealState.DENIED, actor, reason, deciders)


def list_bans_of(stages: Stages, connection: Connection, appeal: Appeal) -> list[DeviceBan]:
    """Return the standing bans of the device that an appeal is about, the hardest first."""
    if appeal.ban_id is None:
        return []
    ban = stages.bans.load(connection, appeal.ban_id)
    return stages.bans.list_standing(connection, {ban.device_key})


def list_deciders(stages: Stages, connection: Connection, appeal: Appeal) -> set[str]:
    """Return who decided the bans that an appeal is about, as far as known: they do not decide the appeal."""
    if appeal.ban_id is not None:
        return {ban.decided_by for ban in list_bans_of(stages, connection, appeal)}
    found = stages.bans.appeals.find_account_ban(connection, appeal.account_id)
    return {found[1]} if found else set()


def _lift_account(stages: Stages, connection: Connection, appeal: Appeal, actor: str, reason: str) -> None:
    """Reverse the account's own ban and lift the bans of its devices; nothing if it is not banned."""
    found = stages.bans.appeals.find_account_ban(connection, appeal.account_id)
    if found is None or not _is_banned(stages, connection, appeal.account_id):
        return
    action = stages.enforcement.load_action(connection, found[0])
    reverse_account_ban(stages, connection, action, actor, reason)


def _is_banned(stages: Stages, connection: Connection, account_id: str) -> bool:
    return load_account(stages, connection, account_id).state is AccountState.BANNED
