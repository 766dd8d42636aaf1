"""Looking for a lexicon's terms in captions: how many a second, which disguises, how often innocent words.

The peer is what a few lines give: the same automaton over casefolded text, whole words by the characters beside a hit.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from types import ModuleType

import ahocorasick_rs

from benchmarks import Row
from benchmarks.disguise import held_out, tuning
from benchmarks.disguise.innocent import invent_terms, list_ordinary, write_caption, write_name
from jacana.detect.text.item import TextItem
from jacana.detect.text.matching.compiled import CompiledLexicon
from jacana.model.account_finding import Look, TextField
from jacana.model.term import MatchMode, Term, TermState

CAPTIONS, NAMES, PLANTED, ROUNDS = 16000, 8000, 1000, 5
WORD = re.compile(r"[^\W\d_]+")
CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


class Baseline:
    """Terms looked for in casefolded text by the same automaton."""

    def __init__(self, words: Sequence[str]) -> None:
        self._machine = ahocorasick_rs.AhoCorasick(words, implementation=ahocorasick_rs.Implementation.ContiguousNFA)

    def find(self, text: str) -> set[int]:
        """Return the terms that stand in a text as whole words."""
        text = text.casefold()
        return {
            term
            for term, start, end in self._machine.find_matches_as_indexes(text, overlapping=True)
            if not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum()
        }


def run() -> Iterator[Row]:
    """Yield speed at 10,000 and 100,000 terms, recall per class of disguise, and false hits."""
    for count in (10_000, 100_000):
        yield from measure_speed(count)
    for name, generator in (("held out", held_out), ("tuning", tuning)):
        yield from measure_recall(name, generator)
    yield from measure_false_hits()


def measure_speed(count: int) -> Iterator[Row]:
    """Yield captions a second of both, with canonical terms and with fuzzy ones, and seconds to compile."""
    random = Random(1)
    words = invent_terms(count, random)
    texts = [write_caption(random)[0] for _ in range(CAPTIONS)]
    items = [TextItem("", text, TextField.CAPTION) for text in texts]
    baseline = Baseline(words)
    theirs = CAPTIONS / time_calls(lambda: [baseline.find(text) for text in texts])
    length = sum(map(len, texts)) / len(texts)
    for mode in (MatchMode.CANONICAL, MatchMode.FUZZY):
        start = time.process_time()
        lexicon = make_lexicon(words, mode)
        compiled = time.process_time() - start
        ours = CAPTIONS / time_calls(lambda lexicon=lexicon: lexicon.screen(items))
        note = (
            f"mean {length:.0f} characters, 12 languages, CPU time, one core; peer sees plain words only (recall below)"
        )
        yield Row(f"{count:,} {mode} terms", round(ours), round(theirs), round(theirs / ours, 2), "captions/s", note)
        yield Row(f"{count:,} {mode} terms, compile", round(compiled, 2), None, None, "CPU s", "of one new lexicon")


def time_calls(call: Callable[[], object]) -> float:
    """Return the median CPU seconds of a call, after one to warm up."""
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return median(times)


def make_lexicon(words: Sequence[str], mode: MatchMode) -> CompiledLexicon:
    """Compile words, whose ids are their numbers."""
    return CompiledLexicon.compile(
        [Term(str(number), word, mode, 3, TermState.ACTIVE) for number, word in enumerate(words)]
    )


def measure_recall(name: str, generator: ModuleType) -> Iterator[Row]:
    """Yield the share of disguised terms found in a caption, of canonical and of fuzzy terms, and by the peer."""
    random = Random(2)
    words = invent_terms(2000, random)
    long = [number for number, word in enumerate(words) if len(word) >= 7]
    canonical, fuzzy, baseline = (
        make_lexicon(words, MatchMode.CANONICAL),
        make_lexicon(words, MatchMode.FUZZY),
        Baseline(words),
    )
    for kind, disguise in generator.CLASSES.items():
        chosen, texts = [], []
        for _ in range(PLANTED):
            number = random.choice(long) if kind in ("one space inside", "one letter wrong") else random.randrange(2000)
            parts = write_caption(random, 40)[0], disguise(words[number], random), write_caption(random, 40)[0]
            chosen.append(number)
            texts.append(" ".join(parts))
        found = [share_found(lexicon, texts, chosen) for lexicon in (canonical, fuzzy)]
        theirs = 100 * sum(number in baseline.find(text) for text, number in zip(texts, chosen, strict=True)) / PLANTED
        note = f"fuzzy terms {found[1]:.1f} %" + ("; terms of 7 letters or more" if "one" in kind.split() else "")
        yield Row(f"recall, {name}: {kind}", round(found[0], 1), round(theirs, 1), None, "%", note)


def share_found(lexicon: CompiledLexicon, texts: Sequence[str], chosen: Sequence[int]) -> float:
    """Return the percentage of texts in which the chosen term was found."""
    found = lexicon.screen([TextItem("", text, TextField.CAPTION) for text in texts])
    hits = [
        any(match.term_id == str(number) for match in matches) for matches, number in zip(found, chosen, strict=True)
    ]
    return 100 * sum(hits) / len(hits)


def measure_false_hits() -> Iterator[Row]:
    """Yield the share of innocent texts with a hit that is no word of the text, of ordinary and of invented words."""
    random = Random(4)
    captions = [
        Innocent(text, language, split_words(text)) for text, language in map(write_caption, [random] * CAPTIONS)
    ]
    names = [Innocent(name, None, parts) for name, parts in map(write_name, [random] * NAMES)]
    ordinary, invented = list_ordinary(), dict.fromkeys(invent_terms(2000, random), "")
    for kind, texts in (("captions", captions), ("user names", names)):
        for mode in (MatchMode.TOKEN, MatchMode.CANONICAL, MatchMode.FUZZY):
            for lexicon, words in (("ordinary", ordinary), ("invented", invented)):
                folded, disguised = count_beyond(words, mode, texts)
                note = f"{disguised / len(texts):.3%} not by folding alone; {len(words)} terms, {len(texts)} texts"
                share = round(100 * folded / len(texts), 3)
                yield Row(f"false hits, {lexicon}, {mode}, {kind}", share, None, None, "% of texts", note)
            if kind == "captions":
                folded, disguised = count_beyond(ordinary, mode, texts, scoped=True)
                note = f"each term for its language; {disguised / len(texts):.3%} not by folding alone"
                share = round(100 * folded / len(texts), 3)
                yield Row(f"false hits, ordinary, {mode}, {kind}, scoped", share, None, None, "% of texts", note)


@dataclass(frozen=True, slots=True)
class Innocent:
    """A text, its language if it has one, and the words that are really in it."""

    text: str
    language: str | None
    words: Sequence[str]


def split_words(text: str) -> list[str]:
    """Return the words of a caption, also those that only a capital or a digit parts."""
    return WORD.findall(CAMEL.sub(" ", text)) + WORD.findall(text)


def count_beyond(
    words: dict[str, str], mode: MatchMode, texts: Sequence[Innocent], scoped: bool = False
) -> tuple[int, int]:
    """Return how many texts have a hit that is none of their words, letter by letter; and how many not by folding."""
    spelled = list(words)
    lexicon = CompiledLexicon.compile(
        [
            Term(str(number), word, mode, 3, TermState.ACTIVE, (language,) if scoped else ())
            for number, (word, language) in enumerate(words.items())
        ]
    )
    field = TextField.CAPTION if texts[0].language else TextField.SCREEN_NAME
    found = lexicon.screen([TextItem("", text.text, field, text.language) for text in texts])
    folded = disguised = 0
    for text, matches in zip(texts, found, strict=True):
        own = {word.casefold() for word in text.words}
        beyond = {
            match.look
            for match in matches
            if (term := spelled[int(match.term_id)].casefold()) not in own
            and not (match.look is Look.FOLDED and text.text[match.start : match.end].casefold() == term)
        }
        folded += bool(beyond)
        disguised += bool(beyond - {Look.FOLDED, Look.SEGMENT})
    return folded, disguised
