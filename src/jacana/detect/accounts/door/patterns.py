"""From what is known of an attempt to findings of ban evasion: pure rules, with their weights in one table.

One finding for each banned account that the attempt points to. Being the account counts as certain, its device by the
tier of the ban, the rest only together: a similar name alone stays below what a policy acts on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import prod
from typing import Literal

from jacana.detect.findings.store import name_finding
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.ban import DeviceTier

DETECTOR = "door"
VERSION = "1"

AttemptKind = Literal["log_in", "sign_up"]
Details = dict[str, str | int | float | bool]


class Pattern(StrEnum):
    """How somebody banned shows. The strongest first: that one is the finding's `pattern`."""

    BANNED_ACCOUNT = "banned_account"
    """The account itself is banned."""
    SAME_DEVICE = "same_device"
    SAME_CONTENT = "same_content"
    """The identical file, which few accounts have."""
    SIMILAR_NAME = "similar_name"
    NEW_AFTER_BAN = "new_after_ban"
    """A new account soon after the ban; counts only beside another sign."""


_ORDER = {pattern: place for place, pattern in enumerate(Pattern)}
DEVICE_WEIGHTS: dict[AttemptKind, dict[DeviceTier, float]] = {
    "sign_up": {DeviceTier.TAG: 0.5, DeviceTier.NO_NEW_ACCOUNT: 0.8, DeviceTier.REVERIFY: 0.85, DeviceTier.BLOCK: 0.95},
    "log_in": {DeviceTier.TAG: 0.3, DeviceTier.NO_NEW_ACCOUNT: 0.5, DeviceTier.REVERIFY: 0.7, DeviceTier.BLOCK: 0.95},
}
OLDER_MOST = 0.6
"""The most that the device of a ban weighs for an account older than that ban: a family's, or the next owner's."""
CONTENT_WEIGHT = 0.5
NAME_WEIGHT = 0.6
NETWORK_WEIGHT = 0.2
"""A network that is no hub; it counts only beside another sign, and no finding rests on it."""
SOON_WEIGHTS = ((timedelta(days=7), 0.5), (timedelta(days=30), 0.25))
"""Weight of a new account by the time since the ban."""
NAME_ALONE = 0.5
"""The most that a similar name scores when nothing stands beside it but the network: below the policy's 0.8."""
MOST_FINDINGS = 3


@dataclass(frozen=True, slots=True)
class SessionCheck:
    """Somebody signs in or makes an account. Keys are keyed hashes; the first device key is that of this epoch."""

    kind: AttemptKind
    at: datetime
    account_id: str | None = None
    device_keys: tuple[str, ...] = ()
    attested: bool = False
    names: tuple[str, ...] = ()
    network_key: str | None = None
    sha256: str | None = None
    event_id: str | None = None
    """The event that tells of it, once it has happened."""
    created_at: datetime | None = None
    """When the account was made, where that is known."""

    def is_older(self, than: datetime) -> bool:
        """Return whether the account is known to have been there before a moment."""
        return self.created_at is not None and self.created_at < than


@dataclass(frozen=True, slots=True)
class Banned:
    """What is known of one banned account."""

    account_id: str
    banned_at: datetime
    cause: str
    """The decision that the ban rests on."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Why an attempt points to one banned account."""

    parent: Banned
    pattern: Pattern
    weight: float
    reason: str
    tier: DeviceTier | None = None
    ban_id: str | None = None


def weigh_device(check: SessionCheck, tier: DeviceTier, banned_at: datetime) -> float:
    """Return how much the device of a ban counts in this attempt."""
    weight = DEVICE_WEIGHTS[check.kind][tier]
    return min(weight, OLDER_MOST) if check.is_older(banned_at) else weight


def weigh_time(at: datetime, banned_at: datetime) -> float:
    """Return how much a new account at this moment counts, by the time since the ban."""
    since = at - banned_at
    if since < timedelta(0):
        return 0.0
    return next((weight for within, weight in SOON_WEIGHTS if since <= within), 0.0)


def find_patterns(check: SessionCheck, signs: Iterable[Sign]) -> list[AccountFinding]:
    """Return a finding for each banned account that the signs point to, the surest first; at most MOST_FINDINGS."""
    by_account: dict[str, list[Sign]] = {}
    for sign in signs:
        by_account.setdefault(sign.parent.account_id, []).append(sign)
    made = [_weigh(check, found) for found in by_account.values()]
    made.sort(key=lambda finding: (-finding.score, finding.id))
    return made[:MOST_FINDINGS]


def _weigh(check: SessionCheck, signs: list[Sign]) -> AccountFinding:
    strongest = {sign.pattern: sign for sign in sorted(signs, key=lambda sign: sign.weight)}
    patterns = sorted(strongest, key=_ORDER.__getitem__)
    weights = [sign.weight for sign in strongest.values()]
    reasons = [strongest[pattern].reason for pattern in patterns]
    parent = strongest[patterns[0]].parent
    made_at = check.created_at or (check.at if check.kind == "sign_up" else None)
    if made_at is not None and (soon := weigh_time(made_at, parent.banned_at)):
        weights.append(soon)
        patterns.append(Pattern.NEW_AFTER_BAN)
        reasons.append("The account was made soon after that ban.")
    score = round(1 - prod(1 - weight for weight in weights), 3)
    if patterns == [Pattern.SIMILAR_NAME]:
        score = min(score, NAME_ALONE)
    return _make_finding(check, parent, patterns, score, strongest.get(Pattern.SAME_DEVICE), reasons)


def _make_finding(
    check: SessionCheck,
    parent: Banned,
    patterns: list[Pattern],
    score: float,
    device: Sign | None,
    reasons: list[str],
) -> AccountFinding:
    details: Details = {
        "pattern": patterns[0].value,
        "patterns": ",".join(patterns),
        "linked_to": parent.account_id,
        "caused_by": parent.cause,
        "session_kind": check.kind,
    }
    if device is not None and device.tier is not None:
        details |= {"device_tier": int(device.tier), "ban_id": device.ban_id or "none"}
    about = check.account_id or check.event_id or ""
    # An account's later sessions on the device say nothing new: the same statement has the same id.
    stated = (about, parent.account_id, parent.cause, details["patterns"], details.get("ban_id"))
    return AccountFinding(
        id=name_finding(AccountFindingKind.BAN_EVASION, *stated),
        account_id=check.account_id or "",
        kind=AccountFindingKind.BAN_EVASION,
        detector=DETECTOR,
        detector_version=VERSION,
        score=score,
        reasons=tuple(reasons),
        occurred_at=check.at,
        event_id=check.event_id,
        details=details,
    )
