"""A decision: what is to be done and why. All of it effects, nothing executed yet."""

from dataclasses import dataclass
from enum import StrEnum


class EffectKind(StrEnum):
    """What a policy rule may ask for."""

    HOLD = "hold"
    RELEASE = "release"
    REMOVE = "remove"
    SUSPEND_ACCOUNT = "suspend_account"
    REINSTATE_ACCOUNT = "reinstate_account"
    BAN_ACCOUNT = "ban_account"
    BAN_DEVICE = "ban_device"
    OPEN_CASE = "open_case"
    DRAFT_REPORT = "draft_report"
    FORCE_REAUTH = "force_reauth"
    SCREEN_PRIVATE = "screen_private"
    ALLOW = "allow"
    DETER = "deter"
    CHALLENGE = "challenge"
    REFUSE = "refuse"


class Moment(StrEnum):
    """When a rule is asked: at screening, or when a person's verdict on a file applies to an upload; when something was
    found about an account, or a person's verdict on it applies; and when a text or a session is asked about.
    """

    UPLOAD = "upload"
    VERDICT = "verdict"
    ACCOUNT = "account"
    ACCOUNT_VERDICT = "account_verdict"
    TEXT = "text"
    SESSION = "session"


class Lane(StrEnum):
    """Lanes of the review queue, worst first."""

    APPARENT_CSAM = "apparent_csam"
    IMMINENT_HARM = "imminent_harm"
    REVIEW = "review"
    ACCOUNTS = "accounts"
    """Accounts that hold, trade or hand over what nobody may see, and those tied to them."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing to be done, and the rule that asked for it."""

    kind: EffectKind
    rule: str
    reason: str
    lane: Lane | None = None


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule whose condition held, and the values it held on (name of the path -> value as text)."""

    rule: str
    values: dict[str, str]
    finding_id: str | None


@dataclass(frozen=True, slots=True)
class WithheldEffect:
    """An effect a rule asked for and that was not granted, and why (a bank that may not cause it, a conflict)."""

    effect: Effect
    because: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The pure result of asking a policy."""

    policy_version: str
    moment: Moment
    fired: tuple[FiredRule, ...]
    effects: tuple[Effect, ...]
    withheld: tuple[WithheldEffect, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """An evaluation recorded for one upload."""

    id: str
    upload_id: str
    account_id: str
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class AccountDecision:
    """An evaluation recorded for one account."""

    id: str
    account_id: str
    evaluation: Evaluation
