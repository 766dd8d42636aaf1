"""The port to whoever shares hashes, what crosses it, and what can go wrong. An adapter never touches the database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from jacana.model.bank import BankEntry, BankOrigin, RowProblem
from jacana.model.errors import InputInvalidError, JacanaError, ServiceUnavailableError, SetupInvalidError


class ExchangeUnreachableError(ServiceUnavailableError):
    """The exchange did not answer, or asked to be left alone for a while."""

    code = "exchange.unreachable"

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ExchangeAnswerInvalidError(ServiceUnavailableError):
    """The exchange answered something that cannot be read."""

    code = "exchange.answer_invalid"


class ExchangeAccessDeniedError(SetupInvalidError):
    """The exchange does not know this account, or does not let it do this."""

    code = "exchange.access_denied"


class ExchangeRefusedError(JacanaError):
    """The exchange understood the request and refused it; the same request will be refused again."""

    code = "exchange.refused"


class ExchangeUnsupportedError(InputInvalidError):
    """The exchange has no such call, or cannot take such an entry."""

    code = "exchange.unsupported"


@dataclass(frozen=True, slots=True)
class ExchangePage:
    """One piece of what an exchange says, and the state from which reading goes on once it is applied.

    Page and state are committed together, so that a crash between two pages loses and repeats nothing.
    """

    state: Mapping[str, Any]
    """JSON values in the exchange's own terms."""
    changed: tuple[BankEntry, ...] = ()
    gone: tuple[str, ...] = ()
    """Source ids of entries that were taken back, or that hold nothing we use any more."""
    problems: tuple[RowProblem, ...] = ()
    """Entries, by their source id, or parts of them that cannot be taken."""
    unused: Mapping[str, int] = field(default_factory=dict)
    """Kind of hash -> how many of them were left aside because nothing here compares them."""
    read_until: datetime | None = None
    """Everything that changed before this has been read."""
    trouble: str | None = None
    """A part of the exchange that could not be read; `state` remembers it, and it is read again."""
    starts_over: bool = False
    """The exchange is read anew from here: what is not named until `complete` is gone."""
    complete: bool = False
    """There is nothing more to read now."""


@dataclass(frozen=True, slots=True)
class VoteReason:
    """A reason the exchange accepts for saying that an entry does not belong there."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class VoteMessage:
    """What one network says of one hash of one entry. A vote is a state: sending it twice changes nothing."""

    source_id: str
    signal: str
    """The exchange's name of the kind of hash, such as PDQ."""
    agrees: bool
    reasons: tuple[str, ...] = ()


class HashExchange(Protocol):
    """One list of one exchange, read as one account."""

    @property
    def origin(self) -> BankOrigin:
        """Which kind of bank it fills."""

    @property
    def environment(self) -> str:
        """Which list it is, and test or not; bound to a bank for good at its first sync."""

    def read(self, state: Mapping[str, Any] | None) -> Iterator[ExchangePage]:
        """Yield what changed since `state` (None: everything), and as the last page one that is complete.

        Raises ExchangeUnreachableError, ExchangeAnswerInvalidError, ExchangeAccessDeniedError; what was yielded
        before stays good.
        """

    def list_signals(self, entry: BankEntry) -> tuple[str, ...]:
        """Return the kinds of hash of an entry that can be voted on, the surest first; none: it takes no votes."""

    def list_reasons(self, signal: str) -> tuple[VoteReason, ...]:
        """Return the reasons for a negative vote. Raises ExchangeUnsupportedError and what `read` raises."""

    def vote(self, vote: VoteMessage) -> str:
        """Send a vote and return the answer in a few words. Raises ExchangeRefusedError and as `list_reasons`."""

    def share(self, entry: BankEntry) -> str:
        """Contribute an entry of one's own under its id and return the source id it now has. Raises as `vote`."""

    def close(self) -> None:
        """Release the connection."""
