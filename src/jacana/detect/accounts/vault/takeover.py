"""Was an account taken over? Then its owner is a victim, and new devices are the intruder's, not spectators'. Pure."""

from collections.abc import Sequence

from jacana.detect.accounts.state.record import DAY_SECONDS, AccountRecord
from jacana.detect.accounts.vault.clusters import Cluster

_SOON = 7 * DAY_SECONDS
"""An intruder changes the password within so long, or is noticed."""
_GRACE = 3_600
"""Sessions that were open when the password changed may last so long."""


def is_takeover(record: AccountRecord, clusters: Sequence[Cluster], oldest: int) -> bool:
    """Say whether one or two new groups came, and soon after a change of credentials shut out the old or the new.

    A complaint by a user counts as well as the shutting out, but only beside such a newcomer and change: a complaint
    alone would let a vault excuse itself.
    """
    devices = list(record.devices.values())
    for at in record.changes:
        if at < oldest:
            continue
        newcomers = [device for device in devices if -DAY_SECONDS <= at - device.first_seen <= _SOON]
        residents = [device for device in devices if at - device.first_seen > _SOON and device.last_seen >= oldest]
        groups = sum(-DAY_SECONDS <= at - cluster.first_seen <= _SOON for cluster in clusters)
        if not newcomers or not residents or groups > 2:
            continue
        residents_out = all(device.last_seen <= at + _GRACE for device in residents)
        newcomers_out = all(device.last_seen <= at + _GRACE for device in newcomers)
        complained = any(at - _SOON <= notice <= at + _SOON for notice in record.notices)
        if residents_out != newcomers_out or complained:
            return True
    return False
