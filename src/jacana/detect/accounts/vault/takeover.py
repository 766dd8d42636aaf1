"""Was an account taken over? Then its owner is a victim, and new devices are the intruder's, not spectators'. Pure."""

from collections.abc import Sequence

from jacana.detect.accounts.state.record import DAY_SECONDS, AccountRecord
from jacana.detect.accounts.vault.clusters import Cluster

_SOON = 7 * DAY_SECONDS
"""An intruder changes the password within so long, or is noticed."""
_GRACE = 3_600
"""Sessions that were open when the password changed may last so long."""
RESIDENT_GROUPS, NEWCOMER_GROUPS = 2, 4
"""An owner is at home and at another place; stolen log-ins are resold to several. More is a crowd."""


def is_takeover(record: AccountRecord, clusters: Sequence[Cluster], oldest: int) -> bool:
    """Say whether a few new groups came, and a change of credentials about that time shut out the old or the new.

    A complaint by a user counts as well as the shutting out, but only beside such newcomers and such a change: a
    complaint alone would let a vault excuse itself. Whoever draws new groups after the change as well is no victim.
    """
    return any(_fits(record, clusters, oldest, at) for at in record.changes if at >= oldest)


def _fits(record: AccountRecord, clusters: Sequence[Cluster], oldest: int, at: int) -> bool:
    if not _is_small(clusters, at):
        return False
    devices = record.devices.values()
    newcomers = [device.last_seen for device in devices if _is_newcomer(device.first_seen, at)]
    residents = [
        device.last_seen for device in devices if at - device.first_seen > _SOON and device.last_seen >= oldest
    ]
    if not newcomers or not residents:
        return False
    residents_out = max(residents) <= at + _GRACE
    newcomers_out = max(newcomers) <= at + _GRACE
    complained = any(abs(at - notice) <= _SOON for notice in record.notices)
    return residents_out != newcomers_out or complained


def _is_small(clusters: Sequence[Cluster], at: int) -> bool:
    newcomers = sum(_is_newcomer(cluster.first_seen, at) for cluster in clusters)
    residents = sum(at - cluster.first_seen > _SOON for cluster in clusters)
    later = len(clusters) - newcomers - residents
    return newcomers <= NEWCOMER_GROUPS and residents <= RESIDENT_GROUPS and later == 0


def _is_newcomer(first_seen: int, at: int) -> bool:
    return -DAY_SECONDS <= at - first_seen <= _SOON
