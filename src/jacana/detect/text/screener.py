"""Reads texts: terms of the lexicon and log-in details, in batches. Never waits for the lexicon to be exchanged."""

from collections.abc import Sequence

from jacana.detect.text.handover.detector import HandoverDetector
from jacana.detect.text.hits import find_hits
from jacana.detect.text.item import TextItem
from jacana.detect.text.live import LiveLexicon
from jacana.model.account_finding import AccountFinding
from jacana.model.clock import Clock


class TextScreener:
    """Every detector that reads texts."""

    def __init__(self, live: LiveLexicon, handover: HandoverDetector, clock: Clock) -> None:
        self._live = live
        self._handover = handover
        self._clock = clock

    def screen(self, items: Sequence[TextItem]) -> list[AccountFinding]:
        """Return what is found: at most one TERM_HIT and one LOGIN_HANDOVER for each text.

        A TERM_HIT of shadow terms alone has score 0 and the detail `shadow`: it is counted and causes nothing. Raises
        LexiconNotLoadedError; a caller who may not wait answers as its policy says for what cannot be checked.
        """
        compiled, now = self._live.compiled, self._clock()
        return [*find_hits(compiled, items, now), *self._handover.detect(items, now)]
