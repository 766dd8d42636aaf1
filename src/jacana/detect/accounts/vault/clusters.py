"""Groups an account's devices: two that shared a network belong together, unless the network is a hub.

Rebuilt from the record each time an account is scored, with the hubs as they are then: what once joined two devices
and has become a hub since joins nothing any more. Pure.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from jacana.detect.accounts.state.record import DAY_SECONDS, WINDOW_DAYS, AccountRecord, DeviceRecord

STAFF_DAYS = 60
"""An attested device known for so long is one that belongs there."""
ONE_SESSION_WEIGHT = 0.5
"""A device that came once may be a reset, a friend's telephone, a computer in a hotel."""
UNPLACED_WEIGHT = 0.5
"""A device seen on hubs only could not have been joined to the others, so its standing apart says little."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Devices joined by networks, at least one of which watched an only-me item within the window."""

    watchers: int
    """Devices that watched."""
    weight: float
    """How much its standing apart says, 0..1: that of its heaviest watcher."""
    first_seen: int
    last_seen: int
    uploads: bool
    """Whether any of its devices uploaded."""
    staff: bool
    """Whether any of its devices is attested and known for long."""
    one_time: int
    """Watchers seen in at most two sessions."""


def list_clusters(record: AccountRecord, hubs: Collection[str]) -> list[Cluster]:
    """Return the groups that watched only-me items within the window, those that came first first."""
    oldest = record.last_seen - WINDOW_DAYS * DAY_SECONDS
    hub_numbers = {known.number for network, known in record.networks.items() if network in hubs}
    devices = [device for _, device in sorted(record.devices.items()) if device.last_seen >= oldest]
    groups = _join(devices, hub_numbers, oldest)
    found = [_describe(group, hub_numbers, oldest) for group in groups]
    return sorted(
        (cluster for cluster in found if cluster is not None), key=lambda one: (one.first_seen, one.last_seen)
    )


def weigh_clusters(clusters: Sequence[Cluster]) -> float:
    """Return how many independent people the groups speak for.

    Groups that were there at the same time count in full: the greatest weight on any one day. Of the others a quarter
    counts, since devices that follow one another and never return may be one person's, reset again and again.
    """
    total = sum(cluster.weight for cluster in clusters)
    starts = {cluster.first_seen // DAY_SECONDS for cluster in clusters}
    together = max(
        (
            sum(
                cluster.weight
                for cluster in clusters
                if cluster.first_seen // DAY_SECONDS <= day <= cluster.last_seen // DAY_SECONDS
            )
            for day in starts
        ),
        default=0.0,
    )
    return together + 0.25 * (total - together)


def is_one_time(device: DeviceRecord) -> bool:
    """Say whether a device came at most twice."""
    return device.sessions <= 2


def watched_since(device: DeviceRecord, oldest: int) -> int:
    """Return how many only-me items a device watched within the window."""
    return sum(1 for at in device.watched.values() if at >= oldest)


def _join(devices: list[DeviceRecord], hub_numbers: set[int], oldest: int) -> list[list[DeviceRecord]]:
    group = list(range(len(devices)))

    def find(place: int) -> int:
        while group[place] != place:
            group[place] = group[group[place]]
            place = group[place]
        return place

    first_on: dict[int, int] = {}
    for place, device in enumerate(devices):
        for network, seen in device.networks.items():
            if network not in hub_numbers and seen >= oldest:
                group[find(place)] = find(first_on.setdefault(network, place))
    members: dict[int, list[DeviceRecord]] = {}
    for place, device in enumerate(devices):
        members.setdefault(find(place), []).append(device)
    return list(members.values())


def _describe(group: list[DeviceRecord], hub_numbers: set[int], oldest: int) -> Cluster | None:
    watchers = [device for device in group if watched_since(device, oldest)]
    if not watchers:
        return None
    return Cluster(
        watchers=len(watchers),
        weight=max(_weigh_device(device, hub_numbers, oldest) for device in watchers),
        first_seen=min(device.first_seen for device in group),
        last_seen=max(device.last_seen for device in group),
        uploads=any(device.uploads for device in group),
        staff=any(
            device.attested and device.last_seen - device.first_seen >= STAFF_DAYS * DAY_SECONDS for device in group
        ),
        one_time=sum(is_one_time(device) for device in watchers),
    )


def _weigh_device(device: DeviceRecord, hub_numbers: set[int], oldest: int) -> float:
    placed = any(network not in hub_numbers and seen >= oldest for network, seen in device.networks.items())
    return (1.0 if placed else UNPLACED_WEIGHT) * (1.0 if device.sessions > 1 else ONE_SESSION_WEIGHT)
