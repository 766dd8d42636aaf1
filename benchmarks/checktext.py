"""POST /v1/check/text in process with 100,000 terms: how long one answer takes, in wall and CPU time.

Ours is `pipeline.checktext.check_texts` as the route calls it: screening, the read of the account, the policy. Peers
only look for terms, without disguise, findings or policy: Python's `in` for every term, and one `re` alternation of a
thousand of them, scaled to the whole lexicon (all of it cannot be compiled in reasonable time).
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks import Row
from benchmarks.disguise.innocent import invent_terms, write_caption
from jacana.db.engine import Database
from jacana.db.schema import migrate_schema
from jacana.db.sealing import FieldSealer
from jacana.decide.policy import load_policy
from jacana.detect.text.handover.detector import HandoverDetector
from jacana.detect.text.item import TextItem
from jacana.detect.text.live import LiveLexicon
from jacana.detect.text.screener import TextScreener
from jacana.ingest.events import EventLog
from jacana.ingest.intake import Intake
from jacana.model.account_finding import TextField
from jacana.model.clock import utc_now
from jacana.model.term import MatchMode, Term, TermState
from jacana.pipeline.checktext import CheckedTexts, check_texts
from jacana.settings import Settings

TERMS, TEXTS, ACCOUNTS = 100_000, 3_000, 200
HIT_SHARE = 0.02
ALTERNATIVES = 1_000


def run() -> Iterator[Row]:
    """Yield the milliseconds of an answer: median and 99th percentile, wall and CPU, beside the peers."""
    random = Random(7)
    words = invent_terms(TERMS, random)
    texts = [write_text(random, words) for _ in range(TEXTS)]
    with TemporaryDirectory() as folder:
        stages = build_stages(folder, words)
        items = [
            TextItem(
                "", text, TextField.CAPTION, language, f"a{n % ACCOUNTS}", occurred_at=utc_now(), checked_only=True
            )
            for n, (text, language) in enumerate(texts)
        ]
        measure(lambda item: check_texts(stages, [item], "key:bench"), items[:200])
        ours = measure(lambda item: check_texts(stages, [item], "key:bench"), items)
        nameless = [
            TextItem("", item.text, item.field, item.language, occurred_at=item.occurred_at, checked_only=True)
            for item in items
        ]
        without = measure(lambda item: check_texts(stages, [item], "key:bench"), nameless)
        hundred = measure(
            lambda batch: check_texts(stages, batch, "key:bench"), [items[n : n + 100] for n in range(0, TEXTS, 100)]
        )
        stages.db.close()
    naive = measure(lambda item: [word for word in words if word in item.text.casefold()], items[:60])
    alternation = re.compile("|".join(map(re.escape, words[:ALTERNATIVES])))
    scale = TERMS / ALTERNATIVES
    scaled = measure(lambda item: alternation.findall(item.text.casefold()), items[:300]) * scale
    note = f"{TERMS} terms, {TEXTS} captions, {HIT_SHARE:.0%} with a term, SQLite"
    for place, name in enumerate(("median wall", "p99 wall", "median CPU", "p99 CPU")):
        unit = "ms" if place < 2 else "CPU ms"
        yield make_row(f"check a text, {name}", ours[place], naive[place], unit, f"{note}; peer: `in` for each term")
        yield make_row(
            f"check a text, {name}", ours[place], scaled[place], unit, f"peer: re, {ALTERNATIVES} terms, scaled"
        )
        yield make_row(f"check a text of no account, {name}", without[place], None, unit, "nothing is read")
        yield make_row(f"check 100 texts at once, {name}", hundred[place], None, unit, "one request, 100 accounts")


def make_row(name: str, ours: float, peer: float | None, unit: str, note: str) -> Row:
    """Return one row, rounded."""
    return Row(name, round(ours, 3), peer and round(peer, 2), peer and round(peer / ours, 1), unit, note)


def write_text(random: Random, words: Sequence[str]) -> tuple[str, str]:
    """Return an innocent caption, now and then with a term in it, and its language."""
    text, language = write_caption(random)
    return (f"{text} {random.choice(words)}" if random.random() < HIT_SHARE else text), language


def build_stages(folder: str, words: Sequence[str]) -> Any:
    """Wire what an answer needs over a fresh SQLite database with some accounts."""
    db = Database(f"sqlite:///{folder}/jacana.db")
    db.create_file()
    migrate_schema(db)
    sealer, settings = FieldSealer(b"k" * 32), Settings(accounts_legal_basis="bench", public_text_legal_basis="bench")
    modes = (MatchMode.CANONICAL, MatchMode.TOKEN, MatchMode.FUZZY)
    terms = [
        Term(f"term_{n}", word, modes[n % 3] if len(word) >= 7 else MatchMode.TOKEN, 1 + n % 5, TermState.ACTIVE)
        for n, word in enumerate(words)
    ]
    live = LiveLexicon(SimpleNamespace(load_terms=lambda _connection: terms, last_sequence=lambda _connection: 1))
    live.refresh(None)  # type: ignore[arg-type]  # the stand-in reads nothing
    live.compiled  # noqa: B018 - raises if the lexicon could not be loaded
    events = EventLog(db, sealer, utc_now, settings)
    events.append(
        [
            {"type": "account_created", "id": f"e{n}", "account_id": f"a{n}", "occurred_at": "2026-11-01T12:00:00Z"}
            for n in range(0, ACCOUNTS, 2)
        ],
        "key:bench",
    )
    return SimpleNamespace(
        settings=settings,
        clock=utc_now,
        db=db,
        intake=Intake(db, Settings().data_dir / "spool", sealer, utc_now, settings),
        texts=TextScreener(live, HandoverDetector(sealer), utc_now),
        policy=load_policy(None),
        checked=CheckedTexts(events, sealer),
    )


def measure(call: Callable[[Any], object], arguments: Sequence[Any]) -> np.ndarray:
    """Return median and 99th percentile of milliseconds a call: wall, wall, CPU, CPU."""
    wall, cpu = [], []
    for argument in arguments:
        began, began_cpu = time.perf_counter(), time.process_time()
        call(argument)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - began_cpu)
    return np.array([*np.percentile(wall, (50, 99)), *np.percentile(cpu, (50, 99))]) * 1000
