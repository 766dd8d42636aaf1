"""Words for the simulated network: terms invented from the seed, and a small stock of innocent sentences.

Never add a real coded term: not to the stock, not to a test.
"""

from dataclasses import dataclass
from random import Random

_SOUNDS = {
    "start": "b br d dr f g gl k kr m n p pl qu r s sk t tr v z",
    "vowel": "a e i o u ai or el an",
}
_STOCK = {
    "noun": """garden bicycle window morning river kitchen piano library mountain puppy ladder orchard market harbour
    lantern guitar pancake meadow blanket compass teapot station island carpet rocket violin castle forest bakery camera
    scooter pumpkin balcony feather museum sandwich tunnel kitten jacket planet""",
    "adjective": "quiet sunny tiny green lovely rainy old bright slow funny warm busy early gentle crispy",
    "verb": "painted fixed found cooked visited repaired filmed carried planted borrowed cleaned finished",
    "name": "alba bruno celia dario edda felix greta hugo irma jonas kaja linus mara nils olga runa",
}
_STARTS, _VOWELS = (tuple(sounds.split()) for sounds in _SOUNDS.values())
_ENDS = ("", "n", "m", "l", "r", "x", "th", "sk", "nd")
NOUNS, ADJECTIVES, VERBS, FIRST_NAMES = (tuple(words.split()) for words in _STOCK.values())

CAPTIONS = (
    "my {adjective} {noun} this week",
    "we {verb} the {noun} today",
    "a {adjective} {noun} and a {adjective} {noun}",
    "how I {verb} a {noun} in one day",
    "{noun} number {number}, who wants more?",
    "nothing but the {noun}",
)
COMMENTS = (
    "so {adjective}!",
    "where did you find that {noun}?",
    "I {verb} one too",
    "love the {noun} at {number}:30",
    "forgot my password again, had to reset it",
    "log in with your phone, it works now",
    "is this account still yours? nice {noun}",
    "the {adjective} one please",
)
SEARCHES = ("{adjective} {noun}", "how to fix a {noun}", "{noun} near me", "{noun} {noun}", "change my password")
MESSAGES = (
    "see you at the {noun} at {number}",
    "did you see the {adjective} {noun}?",
    "I sent the {noun} to your mail account",
    "thanks for the {noun}",
)
BIOS = ("{adjective} {noun} videos", "I like my {noun}", "{noun}, {noun} and {noun}", "")
HANDOVERS = (
    "user {login} pass {password}",
    "login: {login} pw: {password}",
    "log in with {login} / {password}",
    "acc {login} password is {password} do not change it",
    "id {login} pwd {password} new every week",
    "{login} : {password} for the account, look at the private ones",
    "sign in as {login}, the password is {password}",
)
"""How login details are passed round. The tests of detectors use lists of their own."""
TEASERS = ("more {term} inside", "{term} {noun}, ask me", "new {term} this week", "who knows {term}? follow", "{term}")
ASKS = ("where is the {term}", "{term} please", "still {term}?", "any {term} here")


@dataclass(frozen=True, slots=True)
class SimTerm:
    """A coded word of the simulation: distinctive and invented, or an ordinary word that needs a co-term."""

    text: str
    listed: bool = True
    requires: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every coded word of one simulation, and innocent words that look like them."""

    terms: tuple[SimTerm, ...]
    lookalikes: tuple[str, ...]

    @property
    def listed(self) -> tuple[SimTerm, ...]:
        """Return the terms that the lexicon beside the events holds."""
        return tuple(term for term in self.terms if term.listed)


def invent_word(rng: Random, syllables: int = 3) -> str:
    """Return a pseudo-word of 7 to 14 letters."""
    while True:
        word = "".join(rng.choice(_STARTS) + rng.choice(_VOWELS) for _ in range(syllables)) + rng.choice(_ENDS)
        if 7 <= len(word) <= 14:
            return word


def invent_vocabulary(rng: Random, listed: int = 40, unlisted: int = 12, ambiguous: int = 4) -> Vocabulary:
    """Return the coded words of a simulation; some are not in the lexicon yet, some are ordinary words."""
    words: dict[str, None] = {}
    while len(words) < listed + unlisted + ambiguous:
        words[invent_word(rng)] = None
    invented = list(words)
    terms = [SimTerm(word, listed=place < listed) for place, word in enumerate(invented[: listed + unlisted])]
    for noun, co_term in zip(rng.sample(NOUNS, ambiguous), invented[listed + unlisted :], strict=True):
        terms.append(SimTerm(noun, requires=co_term))
    lookalikes = [_change_letter(rng, word) for word in invented[: listed // 2]]
    lookalikes += [f"{word}{rng.choice(('ova', 'ston', 'berg'))}" for word in invented[listed // 2 : listed]]
    return Vocabulary(tuple(terms), tuple(word for word in lookalikes if word not in words))


def fill(rng: Random, patterns: tuple[str, ...], **given: str) -> str:
    """Return one of the patterns filled with ordinary words and what is given."""
    return rng.choice(patterns).format_map(_Filler(rng, given))


class _Filler(dict[str, str]):
    """Draws a word for each name a pattern uses, anew at each place."""

    def __init__(self, rng: Random, given: dict[str, str]) -> None:
        super().__init__(given)
        self._rng = rng

    def __missing__(self, name: str) -> str:
        if name == "number":
            return str(self._rng.randint(2, 12))
        return self._rng.choice({"noun": NOUNS, "adjective": ADJECTIVES, "verb": VERBS}[name])


def invent_name(rng: Random) -> str:
    """Return a user name as people choose them."""
    name = rng.choice(FIRST_NAMES) + rng.choice(("_", ".", "", "")) + rng.choice(NOUNS)
    return f"{name}{rng.randint(1, 9999)}"


def vary_name(rng: Random, name: str) -> str:
    """Return the name as somebody would write it who was banned under it."""
    ways = (
        lambda: f"{name}{rng.randint(2, 9)}",
        lambda: f"_{name}_",
        lambda: name.replace("a", "4", 1).replace("o", "0", 1) + "_",
        lambda: f"{name}.back",
        lambda: f"{name}{name[-1]}",
    )
    return rng.choice(ways)()


def invent_password(rng: Random) -> str:
    """Return an invented password; it opens nothing."""
    return invent_word(rng, 2 if rng.random() < 0.5 else 3) + str(rng.randint(10, 9999)) + rng.choice(("", "!", "#"))


def _change_letter(rng: Random, word: str) -> str:
    place = rng.randrange(1, len(word) - 1)
    return word[:place] + rng.choice([letter for letter in "aeioklmnrst" if letter != word[place]]) + word[place + 1 :]
