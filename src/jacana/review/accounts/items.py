"""What a person decides about where there is no file: an account in a case, the verdict on it, the form it comes by.

Frozen; holds ids of findings, never what they say.
"""

from dataclasses import dataclass
from datetime import datetime

from jacana.model.verdict import AccountVerdict
from jacana.review.cases import ItemState


@dataclass(frozen=True, slots=True)
class AccountReview:
    """A person's verdict on one account, given on the findings that were on the page."""

    id: str
    case_id: str
    account_id: str
    verdict: AccountVerdict
    reason: str
    finding_ids: tuple[str, ...]
    user_id: str
    decided_at: datetime
    applies_at: datetime
    """End of the undo window."""
    applied_at: datetime | None = None
    undone_at: datetime | None = None
    overturned_at: datetime | None = None

    @property
    def taken_back(self) -> bool:
        """Whether it was undone or overturned."""
        return self.undone_at is not None or self.overturned_at is not None

    @property
    def pending(self) -> bool:
        """Whether it is neither applied nor taken back."""
        return self.applied_at is None and not self.taken_back

    @property
    def stands(self) -> bool:
        """Whether it is applied and not taken back."""
        return self.applied_at is not None and not self.taken_back


@dataclass(frozen=True, slots=True)
class AccountItem:
    """One account in one case."""

    id: str
    case_id: str
    account_id: str
    finding_ids: tuple[str, ...]
    """Findings before the person, in order of arrival."""
    added_at: datetime
    verdict: AccountVerdict | None = None
    """The applied verdict."""
    decision_id: str | None = None
    live: AccountReview | None = None
    """The verdict on this item that is pending or applied."""

    @property
    def state(self) -> ItemState:
        """Return where the item stands."""
        if self.verdict is not None:
            return ItemState.DECIDED
        return ItemState.PENDING if self.live and self.live.pending else ItemState.UNDECIDED


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What a reviewer submits about an account, and proof of having seen the case as it is."""

    case_id: str
    account_id: str
    verdict: AccountVerdict
    reason: str
    finding_ids: tuple[str, ...]
    """The findings that were on the page."""
    user_id: str
    lease_token: int
    version: int
