"""Proposes candidate terms: what confirmed accounts wrote, against what everybody else wrote in the same days.

Reads texts, and keeps none: only the words that several independent confirmed accounts share leave here, sealed.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jacana.detect.text.discovery.candidates import Candidate, find_candidates
from jacana.detect.text.discovery.counts import AuthorText
from jacana.detect.text.discovery.features import list_parts
from jacana.detect.text.discovery.store import group_by_device, list_confirmed_accounts
from jacana.detect.text.item import TextItem
from jacana.detect.text.items import HOLDING_TEXT, list_items
from jacana.detect.text.lexicon.rules import TermInvalidError, check_term, fold_term
from jacana.ingest.surfaces import Surface, legal_basis
from jacana.model.event import Event
from jacana.model.term import Term
from jacana.pipeline.stages import Stages

CONFIRMED_AT_MOST = 10_000
"""Confirmed accounts that are read, the newest."""

TEXTS_PER_ACCOUNT = 1000
BACKGROUND_TEXTS = 50_000
EVENTS_AT_ONCE = 2000
_PLACES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was read, and what stands out. `known`: candidates left out because the lexicon has them."""

    candidates: tuple[Candidate, ...]
    accounts: int
    authors: int
    """Accounts after those that share a device were merged."""
    texts: int
    background_texts: int
    known: int


def discover_terms(stages: Stages, days: int, top: int, report: Callable[[int, int], None] | None = None) -> Discovery:
    """Find the strongest `top` candidates in the texts of the last `days` days. Writes nothing.

    `report(texts read, most texts)` is called as the background is read.
    """
    since = stages.clock() - timedelta(days=days)
    with stages.db.read() as connection:
        accounts = list_confirmed_accounts(connection, CONFIRMED_AT_MOST)
        groups = group_by_device(connection, accounts)
    confirmed = [item for account_id in accounts for item in _read_account(stages, account_id, since)]
    languages = {_primary(item) for item in confirmed}
    background = list(_read_background(stages, since, frozenset(accounts), languages, report)) if confirmed else []
    found = find_candidates(map(_as_text, confirmed), map(_as_text, background), groups)
    new = _leave_out_known(stages, found)
    return Discovery(
        candidates=tuple(new[:top]),
        accounts=len(accounts),
        authors=len({groups[item.account_id] for item in confirmed}),
        texts=len(confirmed),
        background_texts=len(background),
        known=len(found) - len(new),
    )


def propose_candidates(stages: Stages, candidates: Sequence[Candidate], severity: int, actor: str) -> tuple[str, ...]:
    """Store candidates with their figures, for two people to approve; return the ids of those that were new.

    A hashtag is not stored: see `Candidate.may_become_term`.
    """
    made = [each.make_term(severity) for each in candidates if each.may_become_term]
    terms = [term for term in made if _may_enter(term, stages.clock())]
    figures = {fold_term(each.text): each.figures for each in candidates}
    with stages.db.write() as connection:
        return stages.lexicon.propose_terms(connection, terms, figures, actor)


def _may_enter(term: Term, now: datetime) -> bool:
    try:
        check_term(term, now)
    except TermInvalidError:
        return False
    return True


def _leave_out_known(stages: Stages, found: Sequence[Candidate]) -> list[Candidate]:
    forms = {each.text: {fold_term(each.text), *list_parts(each.text)} for each in found}
    with stages.db.read() as connection:
        known = stages.lexicon.find_known(connection, set().union(*forms.values()))
    return [each for each in found if not forms[each.text] & known]


def _read_account(stages: Stages, account_id: str, since: datetime) -> list[TextItem]:
    with stages.db.read() as connection:
        events = stages.events.list_events(connection, account_id, TEXTS_PER_ACCOUNT)
        places = [event.sequence for event in events if event.type in HOLDING_TEXT and event.occurred_at >= since]
        items: list[TextItem] = []
        for start in range(0, len(places), _PLACES_AT_ONCE):
            portion = places[start : start + _PLACES_AT_ONCE]
            items += _list_texts(stages, stages.events.load_events(connection, portion))
    return items


def _read_background(
    stages: Stages,
    since: datetime,
    confirmed: Collection[str],
    languages: Collection[str | None],
    report: Callable[[int, int], None] | None,
) -> Iterator[TextItem]:
    """Yield texts of everybody else in the languages that the confirmed accounts write, the newest first."""
    with stages.db.read() as connection:
        place = stages.events.last_sequence(connection)
    count = 0
    while place > 0 and count < BACKGROUND_TEXTS:
        start = max(place - EVENTS_AT_ONCE, 0)
        with stages.db.read() as connection:
            rows = stages.events.list_after(connection, start, place - start)
        place = start
        for item in _list_texts(stages, rows):
            if count < BACKGROUND_TEXTS and item.account_id not in confirmed and _primary(item) in languages:
                count += 1
                yield item
        if report is not None:
            report(count, BACKGROUND_TEXTS)
        if rows and rows[-1][0].received_at < since:
            return


def _list_texts(stages: Stages, rows: Iterable[tuple[Event, dict[str, str]]]) -> list[TextItem]:
    public = bool(legal_basis(stages.settings, Surface.PUBLIC_TEXT))
    messages = bool(legal_basis(stages.settings, Surface.MESSAGES))
    return [item for event, opened in rows for item in list_items(event, opened, public_text=public, messages=messages)]


def _primary(item: TextItem) -> str | None:
    return item.language.partition("-")[0].lower() if item.language else None


def _as_text(item: TextItem) -> AuthorText:
    day = int(item.occurred_at.timestamp() // 86_400) if item.occurred_at else 0
    return AuthorText(item.account_id, day, item.text)
