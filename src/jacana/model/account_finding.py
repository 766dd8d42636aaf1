"""A finding about an account: what one detector says of what somebody wrote, of log-ins, devices or ties.

Reasons and details never hold a term, a password, an address or a device id.
"""

from dataclasses import dataclass
from dataclasses import field as make_field
from datetime import datetime
from enum import StrEnum


class AccountFindingKind(StrEnum):
    """What was found."""

    TERM_HIT = "term_hit"
    """A text holds a term of the lexicon."""
    LOGIN_HANDOVER = "login_handover"
    """A text passes log-in details on."""
    VAULT_ACCOUNT = "vault_account"
    """Many unrelated people use one account to watch what only its owner may see."""
    LINKED_ACCOUNT = "linked_account"
    """Tied to an account that a person has confirmed."""
    BAN_EVASION = "ban_evasion"
    """A banned person, device or pattern is back."""
    SCREENING_DOWN = "screening_down"
    """A text or a session could not be checked; the policy's fail-closed answer holds (design rule 6)."""


class Attempt(StrEnum):
    """Which of the three attempts a finding speaks of."""

    PUBLISH = "publish"
    OBTAIN = "obtain"
    DISTRIBUTE = "distribute"


class TextField(StrEnum):
    """Where a text stands."""

    CAPTION = "caption"
    SCREEN_NAME = "screen_name"
    DISPLAY_NAME = "display_name"
    BIO = "bio"
    COMMENT = "comment"
    MESSAGE = "message"
    SEARCH = "search"


class Look(StrEnum):
    """Which view of the text matched."""

    FOLDED = "folded"
    CANONICAL = "canonical"
    SOUND = "sound"
    FUZZY = "fuzzy"
    SUBSTRING = "substring"
    SEGMENT = "segment"
    """A word inside a user name that has no spaces."""


@dataclass(frozen=True, slots=True)
class TermMatch:
    """One term in one text. `start` and `end` are code-point offsets of the original text, end exclusive."""

    term_id: str
    start: int
    end: int
    look: Look
    severity: int
    state: str
    """TermState of the term when it matched."""


@dataclass(frozen=True, slots=True)
class AccountFinding:
    """One detector's statement about one account. `id` is the same for the same statement: a replay adds nothing."""

    id: str
    account_id: str
    kind: AccountFindingKind
    detector: str
    detector_version: str
    score: float
    """0..1."""
    reasons: tuple[str, ...]
    """Sentences a person can read."""
    occurred_at: datetime
    """When what it rests on happened, by the network's clock."""
    attempt: Attempt | None = None
    event_id: str | None = None
    """The event that holds the text."""
    upload_id: str | None = None
    """Jacana's id of the upload it speaks of."""
    field: TextField | None = None
    """Where the text stands."""
    matches: tuple[TermMatch, ...] = ()
    details: dict[str, str | int | float | bool] = make_field(default_factory=dict)
    """What a policy may ask and a page may show: `independent_clusters`, `device_tier`, `pattern`, `linked_to` …"""

    @property
    def severity(self) -> int | None:
        """Return the worst severity of the matched terms."""
        return max((match.severity for match in self.matches), default=None)
