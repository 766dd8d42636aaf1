"""The lexicon is exchanged while texts are screened: nobody waits, and what cannot be loaded replaces nothing."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from jacana.detect.text.item import TextItem
from jacana.detect.text.live import RETRY_SECONDS, LexiconNotLoadedError, LiveLexicon
from jacana.model.account_finding import TextField
from jacana.model.term import MatchMode, Term, TermState

TERM = Term("term_1", "zorvalim", MatchMode.TOKEN, 4, TermState.ACTIVE)


class Source:
    """A stand-in for the lexicon's store."""

    def __init__(self, *terms: Term) -> None:
        self.terms = list(terms)
        self.sequence = 1
        self.loads = 0
        self.broken = False

    def load_terms(self, _connection: object) -> list[Term]:
        self.loads += 1
        if self.broken:
            raise ValueError("zorvalim cannot be opened")
        return list(self.terms)

    def last_sequence(self, _connection: object) -> int:
        return self.sequence

    def change(self, *terms: Term) -> None:
        self.terms, self.sequence = list(terms), self.sequence + 1


def find(live: LiveLexicon, text: str) -> list[str]:
    (matches,) = live.compiled.screen([TextItem("1", text, TextField.CAPTION)])
    return [match.term_id for match in matches]


def test_nothing_is_screened_before_the_first_load(clock) -> None:
    live = LiveLexicon(Source(TERM), clock)
    assert live.sequence is None
    with pytest.raises(LexiconNotLoadedError) as problem:
        find(live, "zorvalim")
    assert problem.value.retryable


def test_a_change_is_taken_up_without_a_restart(clock) -> None:
    source = Source(TERM)
    live = LiveLexicon(source, clock)
    assert live.refresh(None) and not live.refresh(None) and source.loads == 1
    assert find(live, "my quandrel and zorvalim") == ["term_1"]
    source.change(TERM, replace(TERM, id="term_2", text="quandrel"))
    assert live.refresh(None)
    assert find(live, "my quandrel and zorvalim") == ["term_2", "term_1"]
    assert live.sequence == 2


def test_an_empty_lexicon_is_a_lexicon(clock) -> None:
    live = LiveLexicon(Source(), clock)
    assert live.refresh(None)
    assert find(live, "zorvalim") == []


def test_a_term_that_runs_out_leaves(clock) -> None:
    source = Source(TERM, replace(TERM, id="term_2", text="quandrel", expires_at=clock() + timedelta(hours=1)))
    live = LiveLexicon(source, clock)
    live.refresh(None)
    assert find(live, "quandrel zorvalim") == ["term_2", "term_1"]
    clock.advance(3599)
    assert not live.refresh(None)
    clock.advance(1)
    assert live.refresh(None), "the store still gives it; its time is over all the same"
    assert find(live, "quandrel zorvalim") == ["term_1"]
    assert not live.refresh(None)


def test_what_cannot_be_loaded_keeps_the_last_good_one_and_is_said(clock, capsys) -> None:
    source = Source(TERM)
    live = LiveLexicon(source, clock)
    live.refresh(None)
    source.broken = True
    source.change()
    began = clock()
    assert not live.refresh(None)
    assert live.failing_since == began
    assert find(live, "zorvalim") == ["term_1"]
    loads = source.loads
    assert not live.refresh(None) and source.loads == loads, "not again at once"
    clock.advance(RETRY_SECONDS)
    assert not live.refresh(None) and source.loads == loads + 1
    assert live.failing_since == began
    said = "".join(capsys.readouterr())
    assert "the lexicon cannot be loaded" in said and "zorvalim" not in said
    source.broken = False
    source.change()
    assert live.refresh(None) and live.failing_since is None
    assert find(live, "zorvalim") == []


def test_readers_never_wait_for_a_reload(clock, monkeypatch) -> None:
    source = Source(TERM)
    live = LiveLexicon(source, clock)
    live.refresh(None)
    entered, release = threading.Event(), threading.Event()
    slow = source.load_terms

    def wait(connection: object) -> list[Term]:
        entered.set()
        assert release.wait(10)
        return slow(connection)

    monkeypatch.setattr(source, "load_terms", wait)
    source.change(replace(TERM, text="quandrel"))
    writer = threading.Thread(target=live.refresh, args=(None,))
    writer.start()
    try:
        assert entered.wait(10)
        assert find(live, "zorvalim quandrel") == ["term_1"], "the old one answers while the new one is made"
    finally:
        release.set()
        writer.join()
    assert find(live, "zorvalim") == []


def test_concurrent_readers_see_one_lexicon_or_the_other(clock) -> None:
    words = ["zorvalim", "quandrel"]
    source = Source(TERM)
    live = LiveLexicon(source, clock)
    live.refresh(None)
    seen: set[tuple[str, ...]] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(tuple(find(live, "zorvalim quandrel")))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(60):
        source.change(replace(TERM, id=f"term_{words[number % 2]}", text=words[number % 2]))
        assert live.refresh(None)
    stop.set()
    for reader in readers:
        reader.join()
    assert seen <= {("term_1",), ("term_zorvalim",), ("term_quandrel",)}
    assert len(seen) >= 2
