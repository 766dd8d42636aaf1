"""Discovery of candidate terms: how many planted ones stand at the top, ours beside older measures, and how fast.

Thirty invented terms are planted in 400 confirmed bios before a background of captions; one author repeats himself.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from math import log

from benchmarks import Row
from jacana.detect.text.discovery.candidates import find_candidates
from jacana.detect.text.discovery.counts import AuthorText
from jacana.detect.text.discovery.features import list_features

PLANTED = 30
CONFIRMED = 400
BACKGROUND = 60_000
ORDINARY_WORDS = 5_000
SPAM_TEXTS = 300


def run() -> Iterator[Row]:
    """Yield planted terms among the first 30 by measure, the spammer's share of the first 100, and the time."""
    confirmed, background, planted, spam = draw_texts(1)
    start = time.process_time()
    found = [each.text for each in find_candidates(confirmed, background)]
    seconds = time.process_time() - start
    for name, score in (("G2 on raw counts", score_g2), ("PMI, 3 texts or more", score_pmi)):
        peer = rank_raw(confirmed, background, score)
        for wanted, words, first in (("planted terms", planted, PLANTED), ("words of one author", spam, 100)):
            counts = count_first(found, words, first), count_first(peer, words, first)
            yield Row(f"discovery: {wanted} in the first {first}", *counts, None, f"of {first}", f"peer: {name}")
    note = f"{len(confirmed)} confirmed and {len(background)} background texts; CPU time, one core"
    speed = round((len(confirmed) + len(background)) / seconds)
    yield Row("discovery: texts read and ranked", speed, None, None, "texts/s", note)


def draw_texts(
    seed: int, background: int = BACKGROUND
) -> tuple[list[AuthorText], list[AuthorText], set[str], set[str]]:
    """Return confirmed texts, background texts, the planted terms and the words only the spammer uses."""
    rng = random.Random(seed)
    names = draw_words(rng, ORDINARY_WORDS + PLANTED + 60)
    planted, spam, ordinary = names[:PLANTED], names[PLANTED : PLANTED + 60], names[PLANTED + 60 :]
    ranks = list(accumulate(1 / (rank + 3) for rank in range(len(ordinary))))  # Zipf, as words are

    def write(length: int) -> list[str]:
        return rng.choices(ordinary, cum_weights=ranks, k=length)

    confirmed = []
    for number in range(CONFIRMED):
        words = write(rng.randint(6, 14))
        for _ in range(rng.choice((0, 1, 1, 2))):
            words.insert(rng.randrange(len(words)), rng.choice(planted))
        confirmed.append(AuthorText(f"confirmed-{number}", rng.randrange(7), " ".join(words)))
    for _ in range(SPAM_TEXTS):
        words = [*rng.sample(spam, 12), *write(4)]
        confirmed.append(AuthorText("spammer", rng.randrange(7), " ".join(words)))
    rest = [
        AuthorText(f"account-{rng.randrange(background)}", rng.randrange(7), " ".join(write(rng.randint(6, 18))))
        for _ in range(background)
    ]
    return confirmed, rest, set(planted), set(spam)


def draw_words(rng: random.Random, count: int) -> list[str]:
    """Return different invented words of four to ten letters."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choice("bdfgjklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 5)))] = None
    return list(found)


def rank_raw(confirmed: list[AuthorText], background: list[AuthorText], score) -> list[str]:
    """Return features by a measure on how many texts hold them, whoever wrote them."""
    ours, theirs = (Counter(f for item in texts for f in list_features(item.text)) for texts in (confirmed, background))
    sizes = len(confirmed), len(background)
    scores = {feature: score(count, theirs[feature], *sizes) for feature, count in ours.items() if count >= 3}
    return sorted(scores, key=lambda feature: (-scores[feature], feature))


def score_g2(ours: int, theirs: int, our_texts: int, their_texts: int) -> float:
    share = (ours + theirs) / (our_texts + their_texts)
    if ours / our_texts <= theirs / their_texts:
        return 0.0
    parts = ((ours, our_texts * share), (theirs, their_texts * share))
    return 2 * sum(seen * log(seen / expected) for seen, expected in parts if seen)


def score_pmi(ours: int, theirs: int, our_texts: int, their_texts: int) -> float:
    return log(ours * (our_texts + their_texts) / ((ours + theirs) * our_texts))


def count_first(ranked: list[str], wanted: set[str], first: int) -> int:
    """Return how many of the first features are wanted, or are made of wanted words."""
    return sum(bool(wanted & {feature, *feature.split()}) for feature in ranked[:first])
