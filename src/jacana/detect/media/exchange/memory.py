"""An exchange in memory, the twin of the adapters: for tests of whoever reads exchanges. Forgets with the process."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from jacana.detect.media.exchange.port import (
    ExchangePage,
    ExchangeRefusedError,
    ExchangeUnsupportedError,
    VoteMessage,
    VoteReason,
)
from jacana.model.bank import BankEntry, BankOrigin, RowProblem
from jacana.model.clock import Clock
from jacana.model.errors import JacanaError

REASONS = (VoteReason("reason-1", "Not what the list is for"), VoteReason("reason-2", "Wrong hash"))
_SIGNALS = {"MD5": "md5", "SHA1": "sha1", "PDQ": "frames"}


class MemoryExchange:
    """A list of entries; `put`, `take_back` and `spoil` play its other members."""

    def __init__(
        self,
        clock: Clock,
        environment: str = "sandbox",
        *,
        page_size: int = 2,
        origin: BankOrigin = BankOrigin.NCMEC,
    ) -> None:
        self._clock, self._environment, self._page_size = clock, environment, page_size
        self.origin = origin
        self._latest: dict[str, tuple[int, BankEntry | RowProblem | None]] = {}
        self._position = 0
        self.votes: dict[tuple[str, str], VoteMessage] = {}
        self.failures: list[JacanaError] = []
        """Raised one after the other, at the next pages or calls, before anything is done."""
        self.starts_over = False
        """Whether the next reading is one of everything anew."""
        self.closed = False

    def put(self, entry: BankEntry) -> None:
        """Add an entry, or a new state of it. Raises ValueError for one without source_id."""
        if not entry.source_id:
            raise ValueError("an exchange's entry needs a source_id")
        self._set(entry.source_id, entry)

    def take_back(self, source_id: str) -> None:
        """Leave a tombstone in place of an entry."""
        self._set(source_id, None)

    def spoil(self, source_id: str) -> None:
        """Put something in place of an entry that cannot be taken."""
        self._set(source_id, RowProblem(0, "md5", "this is no hash", "correct it", source_id))

    def forget(self, source_id: str) -> None:
        """Drop an entry without a tombstone, as an exchange does with old ones."""
        del self._latest[source_id]

    @property
    def environment(self) -> str:
        """See the port."""
        return self._environment

    def read(self, state: Mapping[str, Any] | None) -> Iterator[ExchangePage]:
        """See the port."""
        anew, self.starts_over = self.starts_over, False
        start = 0 if anew or not state else int(state["position"])
        end = self._position
        changes = [(at, source_id) for source_id, (at, _) in self._latest.items() if start < at <= end]
        changes.sort()
        first = anew
        for first_index in range(0, len(changes), self._page_size):
            self._fail()
            some = changes[first_index : first_index + self._page_size]
            yield replace(self._make_page([source_id for _, source_id in some], some[-1][0]), starts_over=first)
            first = False
        self._fail()
        now: datetime = self._clock()
        yield ExchangePage({"position": end}, read_until=now, starts_over=first, complete=True)

    def list_signals(self, entry: BankEntry) -> tuple[str, ...]:
        """See the port."""
        return tuple(signal for signal, name in _SIGNALS.items() if getattr(entry, name))

    def list_reasons(self, signal: str) -> tuple[VoteReason, ...]:
        """See the port."""
        self._fail()
        if signal not in _SIGNALS:
            raise ExchangeUnsupportedError("there is no such kind of hash", field="signal", remedy="use MD5")
        return REASONS

    def vote(self, vote: VoteMessage) -> str:
        """See the port."""
        self._fail()
        known = self._latest.get(vote.source_id)
        if known is None or not isinstance(known[1], BankEntry):
            raise ExchangeRefusedError("there is no such entry")
        self.votes[vote.source_id, vote.signal] = vote
        return "taken"

    def share(self, entry: BankEntry) -> str:
        """See the port."""
        self._fail()
        if not (entry.media_kind and (entry.md5 or entry.sha1)):
            raise ExchangeUnsupportedError("the entry has no hash", field="entry", remedy="share one with MD5")
        source_id = f"1-{entry.id}"
        self.put(replace(entry, label=source_id, source_id=source_id, id=""))
        return source_id

    def close(self) -> None:
        """See the port."""
        self.closed = True

    def _set(self, source_id: str, state: BankEntry | RowProblem | None) -> None:
        self._position += 1
        self._latest[source_id] = (self._position, state)

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    def _make_page(self, source_ids: list[str], position: int) -> ExchangePage:
        states = {source_id: self._latest[source_id][1] for source_id in source_ids if source_id in self._latest}
        return ExchangePage(
            {"position": position},
            changed=tuple(state for state in states.values() if isinstance(state, BankEntry)),
            gone=tuple(source_id for source_id, state in states.items() if state is None),
            problems=tuple(state for state in states.values() if isinstance(state, RowProblem)),
        )
