"""The door: answers at once whether somebody may sign in or sign up, and finds evaders in what has happened.

Answers from memory. If what it knows is missing or old, it says so, and the policy's fail-closed answer holds.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jacana.db.engine import Connection
from jacana.decide.ask import AccountInput, answer_check
from jacana.decide.policy import Policy
from jacana.detect.accounts.door.book import Book
from jacana.detect.accounts.door.keeper import BookKeeper
from jacana.detect.accounts.door.patterns import DETECTOR, VERSION, AttemptKind, Pattern, SessionCheck
from jacana.detect.accounts.door.store import AccountRow, load_accounts
from jacana.detect.findings.store import name_finding
from jacana.model.account import Account, AccountState
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.check import CheckAnswer
from jacana.model.clock import Clock
from jacana.model.decision import Moment
from jacana.model.event import Event, EventType

if TYPE_CHECKING:
    from jacana.pipeline.stages import Stages

__all__ = ["Door", "SessionCheck", "find_evasion", "renew_bans"]

FRESH_FOR = timedelta(seconds=15)
"""After so long without a refresh somebody who asks brings the book up to date."""
GOOD_FOR = timedelta(minutes=5)
"""After so long the book is too old to allow anything by."""
MOST_RENEWALS = 10_000

_KINDS: dict[EventType, AttemptKind] = {
    EventType.ACCOUNT_CREATED: "sign_up",
    EventType.ACCOUNT_UPDATED: "log_in",
    EventType.SESSION_STARTED: "log_in",
    EventType.UPLOAD_REGISTERED: "log_in",
}
_NAMED = frozenset({EventType.ACCOUNT_CREATED, EventType.ACCOUNT_UPDATED})


class Door:
    """Checks sessions against a policy. One per process; safe for many threads."""

    def __init__(self, policy: Policy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._keeper = BookKeeper()
        self._renewals: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def book(self) -> Book | None:
        """What is known; None until the first refresh."""
        return self._keeper.book

    def refresh(self, connection: Connection) -> bool:
        """Bring what is known up to date; return whether it changed. Raises DatabaseUnavailableError."""
        return self._keeper.refresh(connection, self._clock())

    def is_stale(self) -> bool:
        """Return whether nobody has refreshed for a while, so that whoever asks should."""
        at = self._keeper.refreshed_at
        return at is None or self._clock() - at > FRESH_FOR

    def check(self, check: SessionCheck) -> CheckAnswer:
        """Return the policy's answer. Reads memory only and never raises for what is in the check."""
        book = self._keeper.book
        at = self._keeper.refreshed_at
        findings: tuple[AccountFinding, ...] = (_tell_down(check),)
        banned = False
        if book is not None and at is not None and self._clock() - at <= GOOD_FOR:
            findings, banned = tuple(book.find(check)), book.is_banned(check.account_id)
            self._note_renewals(book.list_renewals(check))
        state = AccountState.BANNED if banned else AccountState.ACTIVE
        account = Account(id=check.account_id or "", state=state)
        return answer_check(self._policy, Moment.SESSION, AccountInput(account, findings, session_kind=check.kind))

    def find(self, checks: Sequence[SessionCheck]) -> list[AccountFinding]:
        """Return what the book finds in attempts that have happened; none before the first refresh."""
        book = self._keeper.book
        if book is None:
            return []
        found: list[AccountFinding] = []
        for check in checks:
            found += book.find(check)
            self._note_renewals(book.list_renewals(check))
        return found

    def take_renewals(self) -> dict[str, str]:
        """Return ban id -> device key of this epoch, of bans that are due to be renewed, and forget them."""
        with self._lock:
            taken, self._renewals = self._renewals, {}
        return taken

    def _note_renewals(self, renewals: list[tuple[str, str]]) -> None:
        if renewals:
            with self._lock:
                if len(self._renewals) < MOST_RENEWALS:
                    self._renewals.update(renewals)


def find_evasion(stages: "Stages", connection: Connection, events: Sequence[Event]) -> list[AccountFinding]:
    """Return findings of ban evasion in events: sign-ups, sessions and uploads of accounts that are not banned.

    Names are those the accounts have now. Only accounts with something against them cost more than one query. What an
    older account does on the device of a later ban counts only where that ban asks more than that no account be made.
    """
    if stages.door.is_stale():
        stages.door.refresh(connection)
    named = load_accounts(connection, sorted({event.account_id for event in events if event.type in _NAMED}))
    book = stages.door.book
    checks = [check for event in events if book and (check := _read_check(event, named, book)) is not None]
    suspects = [check for check in checks if stages.door.find([check])]
    unknown = {check.account_id or "" for check in suspects} - named.keys()
    known = {**named, **load_accounts(connection, sorted(unknown))}
    found: dict[str, AccountFinding] = {}
    for check in suspects:
        account = known.get(check.account_id or "")
        dated = replace(check, created_at=account.created_at) if account else check
        for finding in stages.door.find([dated]):
            if book and _counts(finding, dated, book):
                found.setdefault(finding.id, finding)
    return list(found.values())


def renew_bans(stages: "Stages", connection: Connection) -> int:
    """Renew the bans of devices that were met under their key of the epoch before; return how many. Needs a writer."""
    due = stages.door.take_renewals()
    for ban_id, device_key in sorted(due.items()):
        stages.bans.renew(connection, ban_id, device_key)
    return len(due)


def _read_check(event: Event, named: Mapping[str, AccountRow], book: Book) -> SessionCheck | None:
    """Return the attempt that an event tells of, if there is anything in it to look up that the book may know."""
    kind = _KINDS.get(event.type)
    if kind is None:
        return None
    payload = event.payload
    keys = tuple(key for name in ("device_key", "device_key_before") if isinstance(key := payload.get(name), str))
    names: tuple[str, ...] = ()
    if event.type in _NAMED and event.account_id in named:
        names = tuple(name for name in named[event.account_id].names if name)
    if not names and not book.knows(None, keys, payload.get("sha256")):
        return None
    return SessionCheck(
        kind=kind,
        at=event.occurred_at,
        account_id=event.account_id,
        device_keys=keys,
        attested=bool(payload.get("device_attested")),
        names=names,
        network_key=payload.get("ip_key"),
        sha256=payload.get("sha256"),
        event_id=event.id,
    )


def _counts(finding: AccountFinding, check: SessionCheck, book: Book) -> bool:
    """Return whether a finding says something about an account that has done this, and is not banned itself."""
    if finding.details["pattern"] == Pattern.BANNED_ACCOUNT:
        return False
    banned_at = book.banned_at(str(finding.details["linked_to"]))
    if banned_at is None or check.at < banned_at:
        return False
    harder = int(finding.details.get("device_tier", 0)) >= 2
    return harder or not check.is_older(banned_at)


def _tell_down(check: SessionCheck) -> AccountFinding:
    return AccountFinding(
        id=name_finding(AccountFindingKind.SCREENING_DOWN, DETECTOR, check.account_id or "", check.at.isoformat()),
        account_id=check.account_id or "",
        kind=AccountFindingKind.SCREENING_DOWN,
        detector=DETECTOR,
        detector_version=VERSION,
        score=1.0,
        reasons=("What is known of bans could not be read.",),
        occurred_at=check.at,
    )
