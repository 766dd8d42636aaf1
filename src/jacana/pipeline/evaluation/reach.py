"""What was seen before anybody noticed: public views, and views by strangers from inside the owner's account. Pure.

A video that only its owner may see has no public view, however many have the password: such views are counted as
sessions of the owner from devices other than those that uploaded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from jacana.pipeline.evaluation.intervals import find_quantile
from jacana.pipeline.evaluation.outcome import Outcome
from jacana.simulate.datasets.truth import Truth
from jacana.simulate.population.world import SimEvent


@dataclass(slots=True)
class Reach:
    """Views of one account's uploads."""

    public: list[datetime] = field(default_factory=list)
    credentialed: list[tuple[datetime, str]] = field(default_factory=list)
    """(when, device) of only-me items watched in the owner's sessions from a device that uploaded nothing."""


@dataclass(frozen=True, slots=True)
class ReachFigures:
    """Views of what rings published, until something of it was found."""

    accounts: int
    found: int
    public_before: int
    """Public views before the first finding about the owner; of accounts never found: all of them."""
    credentialed_before: int
    credentialed_after: int
    """Views between the first finding and the end of the account, which still happened."""
    credentialed_median: float | None
    """Per vault, before the first finding."""
    devices_median: float | None
    """Distinct strangers' devices per vault, before the first finding."""
    prevented: int
    """Views by strangers that the event set holds and that were withheld, because the account was shut out."""


def gather_reach(batches: Iterable[list[SimEvent]], accounts: Iterable[str]) -> dict[str, Reach]:
    """Return the views of the uploads of these accounts, withheld ones too."""
    reach = {account_id: Reach() for account_id in accounts}
    owners: dict[str, tuple[str, bool]] = {}
    own_devices: defaultdict[str, set[str]] = defaultdict(set)
    for batch in batches:
        for event in batch:
            if event["type"] == "upload_registered" and event["account_id"] in reach:
                owners[event["upload_id"]] = (event["account_id"], event["visibility"] == "only_me")
                own_devices[event["account_id"]].add(str(event.get("device_id")))
            elif event["type"] == "video_viewed" and event["upload_id"] in owners:
                owner, only_me = owners[event["upload_id"]]
                at, device = datetime.fromisoformat(event["occurred_at"]), str(event.get("device_id"))
                if event["account_id"] != owner:
                    reach[owner].public.append(at)
                elif only_me and device not in own_devices[owner]:
                    reach[owner].credentialed.append((at, device))
    return reach


def measure_reach(reach: Mapping[str, Reach], outcome: Outcome, truth: Truth) -> ReachFigures:
    """Return the views before and after the first finding of any kind about each account."""
    found: dict[str, datetime] = {}
    for sighting in outcome.sightings:
        known = found.get(sighting.account_id)
        if known is None or sighting.at < known:
            found[sighting.account_id] = sighting.at
    public = before = after = prevented = 0
    per_vault: list[float] = []
    devices: list[float] = []
    for account_id, views in reach.items():
        at, gone = found.get(account_id), outcome.shut_out_at.get(account_id)
        happened = [(when, device) for when, device in views.credentialed if gone is None or when <= gone]
        early = [(when, device) for when, device in happened if at is None or when <= at]
        prevented += len(views.credentialed) - len(happened)
        before += len(early)
        after += len(happened) - len(early)
        public += sum(1 for when in views.public if at is None or when <= at)
        account = truth.accounts.get(account_id)
        if account is not None and account.vault_at is not None:
            per_vault.append(len(early))
            devices.append(len({device for _, device in early}))
    return ReachFigures(
        accounts=len(reach),
        found=sum(account_id in found for account_id in reach),
        public_before=public,
        credentialed_before=before,
        credentialed_after=after,
        credentialed_median=find_quantile(per_vault, 0.5),
        devices_median=find_quantile(devices, 0.5),
        prevented=prevented,
    )
