"""What the door knows, in memory: bans of devices, banned accounts, their devices, names, files and networks.

Pure. One thread changes it while others ask; each entry is replaced as a whole, so whoever asks never waits.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from jacana.detect.accounts.door.names import NameIndex, fold_names
from jacana.detect.accounts.door.patterns import (
    CONTENT_WEIGHT,
    NAME_WEIGHT,
    NETWORK_WEIGHT,
    Banned,
    Pattern,
    SessionCheck,
    Sign,
    find_patterns,
    weigh_device,
)
from jacana.model.account_finding import AccountFinding
from jacana.model.ban import DeviceBan, DeviceTier

_Key = TypeVar("_Key")

MOST_HOLDERS = 3
"""A file, a network or a device of more banned accounts than this says nothing about which of them is back."""


@dataclass(frozen=True, slots=True)
class BannedDevice:
    """One standing ban of a device."""

    ban_id: str
    device_key: str
    tier: DeviceTier
    account_id: str
    cause: str
    placed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class BannedTies:
    """A banned account with what is looked up: folded names, device keys without a ban, files, networks."""

    banned: Banned
    names: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    contents: tuple[int, ...] = ()
    networks: tuple[str, ...] = ()


class Book:
    """Look-ups in microseconds; a name takes longer."""

    def __init__(self) -> None:
        self.names = NameIndex()
        self._bans: dict[str, BannedDevice] = {}
        self._by_device: dict[str, tuple[BannedDevice, ...]] = {}
        self._ended: set[tuple[str, str]] = set()
        self._accounts: dict[str, BannedTies] = {}
        self._devices: dict[str, tuple[str, ...]] = {}
        self._contents: dict[int, tuple[str, ...]] = {}
        self._networks: dict[str, tuple[str, ...]] = {}
        self._placed_at: dict[str, datetime] = {}
        self._exempt: frozenset[str] = frozenset()

    # What is known

    def put_ban(self, ban: DeviceBan, *, standing: bool) -> None:
        """Set a ban of a device; one that does not stand any more is forgotten, and its account's tie to the device."""
        earlier = self._bans.pop(ban.id, None)
        if earlier is not None:
            self._drop_ban(earlier)
        if not standing:
            self._ended |= {(ban.device_key, ban.account_id), (ban.placed_key, ban.account_id)}
            return
        known = BannedDevice(ban.id, ban.device_key, ban.tier, ban.account_id, ban.cause, ban.placed_at, ban.expires_at)
        self._bans[ban.id] = known
        self._placed_at.setdefault(ban.account_id, ban.placed_at)
        self._by_device[ban.device_key] = (*self._by_device.get(ban.device_key, ()), known)
        self._ended.discard((ban.device_key, ban.account_id))

    def put_account(self, ties: BannedTies, *, index_names: bool = True) -> None:
        """Set a banned account and what it is tied to."""
        account_id = ties.banned.account_id
        self.drop_account(account_id, index_names=index_names)
        self._accounts[account_id] = ties
        for device in ties.devices:
            self._devices[device] = (*self._devices.get(device, ()), account_id)
        for content in ties.contents:
            self._contents[content] = (*self._contents.get(content, ()), account_id)
        for network in ties.networks:
            self._networks[network] = (*self._networks.get(network, ()), account_id)
        if index_names:
            self.names.put(account_id, ties.names)

    def drop_account(self, account_id: str, *, index_names: bool = True) -> None:
        """Forget an account that is not banned any more."""
        ties = self._accounts.pop(account_id, None)
        if ties is None:
            return
        for device in ties.devices:
            _remove(self._devices, device, account_id)
        for content in ties.contents:
            _remove(self._contents, content, account_id)
        for network in ties.networks:
            _remove(self._networks, network, account_id)
        if index_names:
            self.names.put(account_id, ())

    def put_exempt(self, accounts: Iterable[str]) -> None:
        """Set the accounts whose appeal was granted: only a ban of their own meets them."""
        self._exempt = frozenset(accounts)

    def count(self) -> tuple[int, int, int]:
        """Return how many bans of devices, banned accounts and distinct names there are."""
        return len(self._bans), len(self._accounts), len(self.names)

    # What is asked

    def is_banned(self, account_id: str | None) -> bool:
        """Return whether the account itself is banned."""
        return account_id is not None and account_id in self._accounts

    def banned_at(self, account_id: str) -> datetime | None:
        """Return since when an account is banned, or its device; None if neither is."""
        ties = self._accounts.get(account_id)
        if ties is not None:
            return ties.banned.banned_at
        return self._placed_at.get(account_id)

    def knows(self, account_id: str | None, device_keys: Iterable[str], sha256: str | None) -> bool:
        """Return whether anything is known of an account, a device or a file: if not, only a name can tell more."""
        return (
            account_id in self._accounts
            or any(key in self._by_device or key in self._devices for key in device_keys)
            or (sha256 is not None and key_content(sha256) in self._contents)
        )

    def find(self, check: SessionCheck) -> list[AccountFinding]:
        """Return findings of ban evasion, the surest first; none for an account whose appeal was granted."""
        signs = list(self._list_signs(check))
        return find_patterns(check, signs) if signs else []

    def list_renewals(self, check: SessionCheck) -> list[tuple[str, str]]:
        """Return (ban id, key of this epoch) of bans that know the device only by an earlier epoch's key."""
        if len(check.device_keys) < 2:
            return []
        current, *earlier = check.device_keys
        causes = {ban.cause for ban in self._by_device.get(current, ())}
        found = [ban for key in earlier for ban in self._by_device.get(key, ())]
        return [(ban.ban_id, current) for ban in found if ban.cause not in causes and ban.expires_at > check.at]

    def _list_signs(self, check: SessionCheck) -> Iterator[Sign]:
        own = self._accounts.get(check.account_id) if check.account_id else None
        if own is not None:
            yield Sign(own.banned, Pattern.BANNED_ACCOUNT, 1.0, "The account is banned.")
        elif check.account_id not in self._exempt:
            yield from self._list_device_signs(check)
            yield from self._list_content_signs(check)
            yield from self._list_name_signs(check)

    def _list_device_signs(self, check: SessionCheck) -> Iterator[Sign]:
        told = {check.account_id}
        for ban in [ban for key in check.device_keys for ban in self._by_device.get(key, ())]:
            if ban.expires_at <= check.at or ban.account_id == check.account_id:
                continue
            told.add(ban.account_id)
            known = self._accounts.get(ban.account_id)
            parent = Banned(ban.account_id, known.banned.banned_at if known else ban.placed_at, ban.cause)
            weight = weigh_device(check, ban.tier, parent.banned_at)
            reason = f"Device of a banned account, tier {int(ban.tier)}."
            yield Sign(parent, Pattern.SAME_DEVICE, weight, reason, ban.tier, ban.ban_id)
        for key in check.device_keys:
            for parent in self._list_parents(self._devices.get(key, ())):
                if parent.account_id not in told and (key, parent.account_id) not in self._ended:
                    weight = weigh_device(check, DeviceTier.TAG, parent.banned_at)
                    yield Sign(parent, Pattern.SAME_DEVICE, weight, "Device of a banned account, not banned itself.")

    def _list_content_signs(self, check: SessionCheck) -> Iterator[Sign]:
        holders = self._contents.get(key_content(check.sha256), ()) if check.sha256 else ()
        for parent in self._list_parents(holders):
            yield Sign(parent, Pattern.SAME_CONTENT, CONTENT_WEIGHT, "The identical file, which few accounts have.")

    def _list_name_signs(self, check: SessionCheck) -> Iterator[Sign]:
        alike = sorted({account for name in fold_names(check.names) for account in self.names.find(name)})
        near = self._networks.get(check.network_key, ()) if check.network_key else ()
        for parent in self._list_parents(alike):
            weight, reason = NAME_WEIGHT, "A name like that of a banned account."
            if parent.account_id in near and len(near) <= MOST_HOLDERS:
                weight, reason = 1 - (1 - weight) * (1 - NETWORK_WEIGHT), f"{reason[:-1]}, on a network it used."
            yield Sign(parent, Pattern.SIMILAR_NAME, weight, reason)

    def _list_parents(self, accounts: Sequence[str]) -> list[Banned]:
        """Return what is known of these banned accounts; nothing of so many that none is meant."""
        known = [self._accounts.get(account) for account in accounts[: MOST_HOLDERS + 1]]
        return [ties.banned for ties in known if ties] if len(accounts) <= MOST_HOLDERS else []

    def _drop_ban(self, ban: BannedDevice) -> None:
        left = tuple(other for other in self._by_device.get(ban.device_key, ()) if other.ban_id != ban.ban_id)
        if left:
            self._by_device[ban.device_key] = left
        else:
            self._by_device.pop(ban.device_key, None)


def key_content(sha256: str) -> int:
    """Return the short form under which a file is kept: 60 bits of its digest."""
    return int(sha256[:15], 16)


def _remove(index: dict[_Key, tuple[str, ...]], key: _Key, account_id: str) -> None:
    left = tuple(other for other in index.get(key, ()) if other != account_id)
    if left:
        index[key] = left
    else:
        index.pop(key, None)
