"""What the score of one account rests on, read from its record as of its last event. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from jacana.detect.accounts.state.devices import FAST_HALF_LIFE, SLOW_HALF_LIFE
from jacana.detect.accounts.state.record import DAY_SECONDS, WINDOW_DAYS, AccountRecord, DeviceRecord
from jacana.detect.accounts.state.uploads import count_uploads
from jacana.detect.accounts.vault.clusters import list_clusters, weigh_clusters
from jacana.detect.accounts.vault.takeover import is_takeover

STEADY_ARRIVALS = 0.1
"""New devices a day that nobody wonders at; added to both averages, so that one new telephone is no burst."""


@dataclass(frozen=True, slots=True)
class VaultFeatures:
    """The inputs of the score, within the sliding window of 30 days where nothing else is said."""

    clusters: int = 0
    """Groups of devices that share no network and watched only-me items."""
    weighed_clusters: float = 0.0
    """The same, with what may be one person's counted less."""
    watchers: int = 0
    """Devices that watched only-me items."""
    watched_items: int = 0
    """Only-me items watched."""
    watched_seconds: int = 0
    """Seconds of them watched, by all devices."""
    only_me_uploads: int = 0
    """As of now, however old."""
    public_uploads: int = 0
    """As of now, however old."""
    uploading_share: float = 0.0
    """Of the groups that watched, how many beside one also upload: staff and families do, spectators do not."""
    one_time_share: float = 0.0
    """Of the devices that watched, how many came at most twice."""
    staff_share: float = 0.0
    """Of the groups that watched, how many have an attested device known for 60 days."""
    arrival_ratio: float = 1.0
    """New devices a day, against the account's own baseline; 1: as ever."""
    kept_changes: int = 0
    """Changes of password or recovery after which many devices came back: the new secret was passed on."""
    two_factor: bool = False
    organisation: bool = False
    takeover: bool = False
    """A stranger came and somebody was locked out: a victim, not a vault."""
    teaser_hits: int = 0
    """Public texts of the account that held an active term."""
    handovers: int = 0
    """Texts of the account that passed log-in details on."""
    linked: int = 0
    """Standing findings that tie it to a confirmed account."""
    observed_days: float = 0.0
    """How long the account has been known."""
    capped: bool = False
    """A cap made room at some time: the counts are lower bounds."""

    @property
    def urgent(self) -> bool:
        """Say whether something speaks of trade, so that the usual time of observation need not pass."""
        return self.teaser_hits > 0 or self.handovers > 0 or self.linked > 0


def read_features(record: AccountRecord, hubs: Collection[str], linked: int = 0) -> VaultFeatures:
    """Return the features as of the account's last event. `hubs`: which of its networks are hubs now."""
    oldest = record.last_seen - WINDOW_DAYS * DAY_SECONDS
    clusters = list_clusters(record, hubs)
    watchers = sum(cluster.watchers for cluster in clusters)
    public, only_me = count_uploads(record)
    items, seconds = _count_watching(record, oldest)
    return VaultFeatures(
        clusters=len(clusters),
        weighed_clusters=round(weigh_clusters(clusters), 4),
        watchers=watchers,
        watched_items=items,
        watched_seconds=seconds,
        only_me_uploads=only_me,
        public_uploads=public,
        uploading_share=_share(sum(cluster.uploads for cluster in clusters) - 1, len(clusters) - 1),
        one_time_share=_share(sum(cluster.one_time for cluster in clusters), watchers),
        staff_share=_share(sum(cluster.staff for cluster in clusters), len(clusters)),
        arrival_ratio=_arrival_ratio(record),
        kept_changes=_count_kept(record, oldest),
        two_factor=record.two_factor is True,
        organisation=record.organisation,
        takeover=is_takeover(record, clusters, oldest),
        teaser_hits=_count_since(record.teasers.values(), oldest),
        handovers=_count_since(record.handovers.values(), oldest),
        linked=linked,
        observed_days=round((record.last_seen - record.first_seen) / DAY_SECONDS, 2),
        capped=record.dropped > 0,
    )


def can_be_vault(record: AccountRecord) -> bool:
    """Say at little cost whether there is anything to score: two devices that watched only-me items."""
    watchers = 0
    for device in record.devices.values():
        watchers += bool(device.watched)
        if watchers == 2:
            return True
    return False


def has_watchers(record: AccountRecord) -> bool:
    """Say whether any device watched an only-me item: before that, neither hubs nor links matter."""
    return any(device.watched for device in record.devices.values())


def _count_watching(record: AccountRecord, oldest: int) -> tuple[int, int]:
    numbers = {
        number for device in record.devices.values() for number, seen in device.watched.items() if seen >= oldest
    }
    seconds = sum(
        spent
        for device in record.devices.values()
        for day, spent in device.seconds.items()
        if day >= oldest // DAY_SECONDS
    )
    return len(numbers), seconds


def _arrival_ratio(record: AccountRecord) -> float:
    days = max(0, record.last_seen - record.arrivals_at) / DAY_SECONDS
    fast: float = record.arrivals_fast * 2.0 ** (-days / FAST_HALF_LIFE)
    slow: float = record.arrivals_slow * 2.0 ** (-days / SLOW_HALF_LIFE)
    return round((fast + STEADY_ARRIVALS) / (slow + STEADY_ARRIVALS), 3)


def _count_kept(record: AccountRecord, oldest: int) -> int:
    """Return after how many changes at least two devices came back, and no fewer than a third."""
    return sum(_is_kept(list(record.devices.values()), at) for at in record.changes if at >= oldest)


def _is_kept(devices: Sequence[DeviceRecord], at: int) -> bool:
    before = [device for device in devices if device.first_seen < at and at - device.last_seen <= 14 * DAY_SECONDS]
    returned = sum(device.last_seen > at for device in before)
    return returned >= 2 and 3 * returned >= len(before)


def _count_since(times: Collection[int], oldest: int) -> int:
    return sum(1 for at in times if at >= oldest)


def _share(part: int, whole: int) -> float:
    return round(min(1.0, max(0, part) / whole), 4) if whole > 0 else 0.0
