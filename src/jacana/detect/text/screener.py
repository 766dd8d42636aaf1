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
        """Return what is found: for each text at most one LOGIN_HANDOVER and one TERM_HIT a term state.

        A TERM_HIT of shadow terms has score 0 and the detail `shadow`: it is counted and causes nothing. Raises
        LexiconNotLoadedError; a caller who may not wait answers as its policy says for what cannot be checked.
        """
        return [finding for findings in self.screen_each(items) for finding in findings]

    def screen_each(self, items: Sequence[TextItem]) -> list[list[AccountFinding]]:
        """Return what is found in each text, in order. Raises LexiconNotLoadedError."""
        compiled, now = self._live.compiled, self._clock()
        found = find_hits(compiled, items, now)
        for findings, handover in zip(found, self._handover.detect_each(items, now), strict=True):
            if handover is not None:
                findings.append(handover)
        return found
