"""Answers at once whether texts may be posted or searched for: from memory, and never waiting for a database writer.

What cannot be checked is answered as the policy says for that (design rule 6). A text with a hit is kept as an event a
moment later, because an attempt counts though it was not let through. Holds content: never log it.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

import structlog

from jacana.db.engine import DatabaseUnavailableError
from jacana.db.sealing import FieldSealer
from jacana.decide.ask import AccountInput, answer_check
from jacana.detect.findings.store import name_finding
from jacana.detect.text.hits import is_shadow
from jacana.detect.text.item import TextItem
from jacana.detect.text.live import LexiconNotLoadedError
from jacana.ingest.events import EventLog, EventStatus
from jacana.ingest.intake import AccountUnknownError
from jacana.ingest.surfaces import Surface, require_surface
from jacana.model.account import Account
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, TextField
from jacana.model.check import Answer, CheckAnswer
from jacana.model.clock import format_time
from jacana.model.decision import Moment
from jacana.model.ids import new_id
from jacana.pipeline.stages import Stages
from jacana.settings import Settings

KEPT_AT_MOST = 20_000
"""Texts that wait to be kept; what comes while so many wait is counted and lost."""
KEPT_LETTERS_AT_MOST = 20_000_000
"""Characters of the texts that wait: long ones must not fill the memory while the database is down."""
_AT_ONCE = 500

log = structlog.get_logger("jacana.pipeline")


def check_texts(stages: Stages, items: Sequence[TextItem], actor: str) -> list[CheckAnswer]:
    """Return the policy's answer to each text, in order. `actor` is who asks; items are marked `checked_only`.

    `item.id` is the network's id of what it asks about, empty if it named none. A text that has a finding is noted to
    be kept, if its account is known. Raises SurfaceOffError if a text's surface is off.
    """
    for item in items:
        require_surface(stages.settings, surface_of(item.field), "field")
    found = _screen(stages, items)
    accounts = _load_accounts(stages, {item.account_id for item in items if item.account_id})
    answers = []
    for place, (item, findings) in enumerate(zip(items, found, strict=True)):
        account = accounts.get(item.account_id, Account(item.account_id))
        if account is None:
            findings = [*findings, _say_down(stages, item, place, "its account could not be read")]
            account = Account(item.account_id)
        known = [finding for finding in findings if finding.kind is not AccountFindingKind.SCREENING_DOWN]
        if known and item.account_id:
            stages.checked.note(item, actor)
        telling = tuple(finding for finding in findings if not is_shadow(finding))
        answer = answer_check(stages.policy, Moment.TEXT, AccountInput(account, telling))
        answers.append(_add_words(stages.settings, answer))
    return answers


def surface_of(field: TextField) -> Surface:
    """Return the surface that must be on for a text of this field to be read."""
    return Surface.MESSAGES if field is TextField.MESSAGE else Surface.PUBLIC_TEXT


def _screen(stages: Stages, items: Sequence[TextItem]) -> list[list[AccountFinding]]:
    """Return the findings of each item, or for each that it could not be checked."""
    placed = [replace(item, id=f"{place}") for place, item in enumerate(items)]
    try:
        return stages.texts.screen_each(placed)
    except LexiconNotLoadedError:
        log.error("a text cannot be checked: the lexicon is not loaded", count=len(items))
        return [[_say_down(stages, item, place, "the lexicon is not loaded")] for place, item in enumerate(items)]


def _say_down(stages: Stages, item: TextItem, place: int, why: str) -> AccountFinding:
    kind = AccountFindingKind.SCREENING_DOWN
    return AccountFinding(
        id=name_finding(kind, item.account_id, place, why),
        account_id=item.account_id,
        kind=kind,
        detector="text_check",
        detector_version="1",
        score=1.0,
        reasons=(f"The text could not be checked: {why}.",),
        occurred_at=stages.clock(),
        attempt=Attempt.OBTAIN if item.field is TextField.SEARCH else Attempt.DISTRIBUTE,
        field=item.field,
    )


def _load_accounts(stages: Stages, ids: Iterable[str]) -> dict[str, Account | None]:
    """Return what is known of accounts; one nobody has told of is new, and None where nobody can say."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    accounts: dict[str, Account | None] = {}
    try:
        with stages.db.read() as connection:
            for account_id in wanted:
                try:
                    accounts[account_id] = stages.intake.load_account(connection, account_id)
                except AccountUnknownError:
                    accounts[account_id] = Account(account_id)
    except DatabaseUnavailableError:
        log.error("a text cannot be checked: the database does not answer", count=len(wanted))
        return dict.fromkeys(wanted)
    return accounts


def _add_words(settings: Settings, answer: CheckAnswer) -> CheckAnswer:
    """Return the answer with what the operator wrote for those who are to be deterred."""
    if answer.answer is not Answer.DETER:
        return answer
    return replace(answer, message=settings.deterrence_message or None, help_url=settings.deterrence_url or None)


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    actor: str
    event: dict[str, object]


class CheckedTexts:
    """Checked texts that had a finding, on their way into the event log. Safe to use from several threads.

    `note` only puts into memory; `flush` writes. What was noted since the last flush is lost in a crash.
    """

    def __init__(self, events: EventLog, sealer: FieldSealer) -> None:
        self._events = events
        self._sealer = sealer
        self._waiting: deque[_Kept] = deque()
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._letters = self._lost = self._told = 0

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    @property
    def lost(self) -> int:
        """How many were not kept since the start, because too many waited."""
        return self._lost

    def note(self, item: TextItem, actor: str) -> None:
        """Remember a checked text. The same text asked about again under the same id is kept once."""
        if item.occurred_at is None:
            raise ValueError("a checked text without the time it was checked at")
        event: dict[str, object] = {
            "type": "text_checked",
            "id": self._name(item),
            "account_id": item.account_id,
            "occurred_at": format_time(item.occurred_at),
            "field": item.field.value,
            "text": item.text,
        }
        if item.language:
            event["language"] = item.language
        with self._lock:
            if len(self._waiting) >= KEPT_AT_MOST or self._letters + len(item.text) > KEPT_LETTERS_AT_MOST:
                self._lost += 1
                return
            self._letters += len(item.text)
            self._waiting.append(_Kept(actor, event))

    def flush(self) -> int:
        """Append what was noted to the event log; return how many events were new. Blocks; one at a time.

        Raises DatabaseUnavailableError, and then all that was not appended waits on.
        """
        appended = 0
        with self._flushing:
            while batch := self._first_of_one_actor():
                results = self._events.append([one.event for one in batch], batch[0].actor)
                # Refused is one that came before at another moment: it is in the log already.
                appended += sum(result.status is EventStatus.ACCEPTED for result in results)
                with self._lock:
                    for one in batch:
                        self._waiting.popleft()
                        self._letters -= len(str(one.event["text"]))
        lost, self._told = self._lost - self._told, self._lost
        if lost:
            log.error("checked texts were lost: more waited than can be kept", count=lost)
        return appended

    def _first_of_one_actor(self) -> list[_Kept]:
        with self._lock:
            first = list(islice(self._waiting, _AT_ONCE))
        return list(takewhile(lambda one: one.actor == first[0].actor, first))

    def _name(self, item: TextItem) -> str:
        """Return the event's id: the network's and a keyed hash of the text, so that a changed text is another."""
        if not item.id:
            return new_id("check")
        parts = "\0".join((item.id, item.account_id, item.field.value, item.text))
        return f"{item.id[:160]}~{self._sealer.blind(parts, 'text.checked')[:32]}"
