"""The sound look: Latin terms written in Cyrillic or Greek letters."""

from collections.abc import Iterator, Sequence

from jacana.detect.text.folding.sound import WORD, hear, make_sounds
from jacana.detect.text.matching.entry import Entry
from jacana.detect.text.matching.hit import Hit
from jacana.model.account_finding import Look


class HeardLook:
    """Finds terms that are looked for in disguise by their sound."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._sounds: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            for sound in make_sounds(entry.folded) if entry.sounds else ():
                self._sounds.setdefault(sound, []).append(number)

    def find(self, texts: Sequence[str]) -> Iterator[Hit]:
        """Yield terms in the Cyrillic and Greek words of texts."""
        if not self._sounds:
            return
        for number, text in enumerate(texts):
            if text.isascii():
                continue
            for word in WORD.finditer(text):
                for sound in hear(word[0]):
                    for term in self._sounds.get(sound, ()):
                        yield Hit(number, term, word.start(), word.end(), Look.SOUND)
