"""Looks back: a term that is new, or newly trusted, is looked for in the texts that are stored already.

One row a look-back, worked in turns of a few seconds. Each page of events leaves its findings and its progress in one
transaction, so a crash loses one page's work and nothing is found twice. Holds content: never log it.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import promise_work
from jacana.detect.findings.store import record_account_findings
from jacana.detect.text.folding.tokens import list_lookup_tokens
from jacana.detect.text.hits import describe_hits, is_shadow, trust_of
from jacana.detect.text.item import TextItem
from jacana.detect.text.items import HOLDING_TEXT, list_items, root_of
from jacana.detect.text.matching.compiled import CompiledLexicon
from jacana.detect.text.textindex import store
from jacana.detect.text.textindex.store import TermLookBack
from jacana.ingest.surfaces import Surface, legal_basis
from jacana.model.account_finding import AccountFinding, TermMatch
from jacana.model.fault import fault
from jacana.model.ids import new_id
from jacana.model.term import Term
from jacana.pipeline.eventwork.worker import promise_judging
from jacana.pipeline.stages import Stages

TURN_SECONDS = 5.0
"""A turn takes up no further page after this long."""
PAGE_EVENTS = 500
TOKENS_AT_MOST = 5_000
"""With more lookup tokens than this, reading every text is the shorter way."""
WAIT_SECONDS = 2.0
"""How long a look-back waits for the event path to work what was told before it began."""

TOPIC = "look_back_term"
Hit = tuple[TextItem, tuple[TermMatch, ...]]


def begin_term_look_back(stages: Stages) -> TermLookBack | None:
    """Promise a look-back for the terms that changed since the last one; None if there is nothing to look for.

    It begins once the event path screens with those terms, so that no text falls between the two.
    """
    sequence = stages.live.sequence
    if sequence is None:
        return None
    with stages.db.read() as connection:
        if not _has_news(stages, connection, sequence):
            return None
    with stages.db.write() as connection:
        lock_log(connection)
        if not _has_news(stages, connection, sequence):
            return None
        term_ids = stages.lexicon.list_changed(connection, store.read_looked_until(connection))
        lookback = TermLookBack(
            id=new_id("look"),
            term_ids=tuple(term_ids),
            lexicon_sequence=sequence,
            until_sequence=stages.events.last_sequence(connection),
            cursor=0,
            state="waiting",
            texts=0,
            hits=0,
            created_at=stages.clock(),
        )
        store.insert_lookback(connection, lookback)
        _promise_turn(stages, connection, lookback.id, 0, 0.0)
        counts = {"terms": len(term_ids), "until": lookback.until_sequence}
        append_entry(connection, AuditEntry(stages.clock(), "system", "term_lookback.begun", lookback.id, counts))
    return lookback


def take_turn(stages: Stages, lookback_id: str) -> float | None:
    """Work on a look-back for TURN_SECONDS at most; return after how many seconds to go on, None if it is done.

    A turn that runs again after a crash goes on where the last recorded page ended.
    """
    with stages.db.read() as connection:
        lookback = store.find_lookback(connection, lookback_id)
        if lookback is None or lookback.state == "done":
            return None
        terms = _load_terms(stages, connection, lookback)
    compiled, tokens = CompiledLexicon.compile(terms), list_all_tokens(terms)
    ends_at = time.monotonic() + TURN_SECONDS
    while True:
        began = time.monotonic()
        with stages.db.read() as connection:
            until = min(lookback.until_sequence, store.read_worked_until(connection))
            page = _list_page(stages, connection, lookback, tokens, until) if terms else []
            hits, texts = _screen_page(stages, connection, compiled, page)
        full = len(page) == PAGE_EVENTS
        reached = page[-1] if full else (until if terms else lookback.until_sequence)
        lookback, went_on = _record_page(stages, lookback, hits, max(reached, lookback.cursor), texts)
        fault("detect.after_part")
        if lookback.state == "done" or not went_on:
            return None if lookback.state == "done" else 0.0
        if not full:
            return WAIT_SECONDS  # the rest was told before the look-back began and is not worked yet
        if time.monotonic() >= ends_at:
            return 0.0
        _make_way(stages, time.monotonic() - began)


def promise_turn(stages: Stages, lookback_id: str, turn: int, after_seconds: float) -> None:
    """Promise the next turn of a look-back."""
    with stages.db.write() as connection:
        _promise_turn(stages, connection, lookback_id, turn, after_seconds)


def list_all_tokens(terms: Iterable[Term]) -> set[str] | None:
    """Return the tokens one of which every text has that holds one of the terms; None: every text must be read."""
    tokens: set[str] = set()
    for term in terms:
        own = list_lookup_tokens(term)
        if own is None:
            return None
        tokens |= own
        if len(tokens) > TOKENS_AT_MOST:
            return None
    return tokens


def _has_news(stages: Stages, connection: Connection, sequence: int) -> bool:
    """Return whether terms have changed, and the event path has them all."""
    if stages.lexicon.last_sequence(connection) != sequence:
        return False
    looked_until = store.read_looked_until(connection)
    return sequence > looked_until and bool(stages.lexicon.list_changed(connection, looked_until))


def _load_terms(stages: Stages, connection: Connection, lookback: TermLookBack) -> list[Term]:
    wanted = set(lookback.term_ids)
    return [term for term in stages.lexicon.load_terms(connection) if term.id in wanted]


def _list_page(
    stages: Stages, connection: Connection, lookback: TermLookBack, tokens: set[str] | None, until: int
) -> list[int]:
    """Return the next events to open: through the index if the terms can be looked up in it, else all of them."""
    if lookback.cursor >= until:
        return []
    if tokens is not None:
        return store.find_texts(connection, stages.sealer, tokens, until, lookback.cursor, PAGE_EVENTS)
    return store.list_sequences(connection, HOLDING_TEXT, until, lookback.cursor, PAGE_EVENTS)


def _screen_page(
    stages: Stages, connection: Connection, compiled: CompiledLexicon, page: Sequence[int]
) -> tuple[list[Hit], int]:
    """Return the texts of the page's events that hold one of the terms, and how many texts were read."""
    settings = stages.settings
    public_text, messages = (bool(legal_basis(settings, one)) for one in (Surface.PUBLIC_TEXT, Surface.MESSAGES))
    items = [
        item
        for event, opened in (stages.events.load_events(connection, page) if page else [])
        for item in list_items(event, opened, public_text=public_text, messages=messages)
    ]
    found = zip(items, compiled.screen(items), strict=True)
    return [(item, matches) for item, matches in found if matches], len(items)


def _record_page(
    stages: Stages, known: TermLookBack, hits: Sequence[Hit], reached: int, texts: int
) -> tuple[TermLookBack, bool]:
    """Write what a page gave and how far that is; return the look-back, and False if another worker was faster."""
    with stages.db.write() as connection:
        lock_log(connection)
        lookback = store.find_lookback(connection, known.id)
        if lookback is None or lookback.cursor != known.cursor or lookback.state == "done":
            return lookback or replace(known, state="done"), False
        now = stages.clock()
        findings = [
            finding
            for item, matches in _leave_out_known(connection, hits)
            for finding in describe_hits(item, matches, now)
        ]
        new = set(record_account_findings(connection, findings, now))
        found = [finding for finding in findings if finding.id in new]
        stages.lexicon.record_hits(connection, found)
        _promise_judging(stages, connection, lookback, found, reached)
        done = reached >= lookback.until_sequence
        lookback = replace(
            lookback,
            cursor=reached,
            texts=lookback.texts + texts,
            hits=lookback.hits + len(found),
            state="done" if done else "running",
            finished_at=now if done else None,
        )
        store.update_lookback(connection, lookback)
        if done:
            counts = {"terms": len(lookback.term_ids), "texts": lookback.texts, "hits": lookback.hits}
            append_entry(connection, AuditEntry(now, "system", "term_lookback.finished", lookback.id, counts))
    return lookback, True


def _leave_out_known(connection: Connection, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without what is recorded of the same text, unless the term is trusted more than it was then."""
    wanted = {_name_text(item): (item, matches) for item, matches in hits}
    trust: dict[tuple[str, str], int] = {}
    for account_id, event_id, field, term_id, state in store.load_known_matches(
        connection, {item.account_id for item, _ in hits}
    ):
        for root in (f"account {account_id}", event_id or ""):
            key = f"{root} {field}"
            if key in wanted:
                trust[key, term_id] = max(trust.get((key, term_id), -1), trust_of(state))
    left = []
    for name, (item, matches) in wanted.items():
        new = tuple(match for match in matches if trust_of(match.state) > trust.get((name, match.term_id), -1))
        if new:
            left.append((item, new))
    return left


def _name_text(item: TextItem) -> str:
    return f"{root_of(item)} {item.field.value}"


def _promise_judging(
    stages: Stages, connection: Connection, lookback: TermLookBack, found: Sequence[AccountFinding], reached: int
) -> None:
    """Promise that the policy is asked about each account that something was found of; shadow terms cause nothing."""
    for account_id in sorted({finding.account_id for finding in found if not is_shadow(finding)}):
        promise_judging(stages, connection, account_id, f"look-{lookback.id[-12:]}-{reached}")


def _promise_turn(stages: Stages, connection: Connection, lookback_id: str, turn: int, after_seconds: float) -> None:
    promise_work(
        connection,
        id=f"{lookback_id}.{turn}",
        topic=TOPIC,
        payload={"lookback_id": lookback_id, "turn": turn},
        not_before=stages.clock() + timedelta(seconds=after_seconds),
    )


def _make_way(stages: Stages, worked_seconds: float) -> None:
    """Rest after a page, so that looking back takes no more than its share of a core."""
    share = min(stages.settings.lookback_percent, 100) / 100
    time.sleep(min(worked_seconds * (1 - share) / share, 1.0))
