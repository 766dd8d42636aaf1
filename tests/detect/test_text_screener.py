"""Every reader of texts at once, over a real lexicon."""

import pytest

from jacana.db.sealing import FieldSealer
from jacana.detect.text.handover.detector import HandoverDetector
from jacana.detect.text.item import TextItem
from jacana.detect.text.live import LexiconNotLoadedError, LiveLexicon
from jacana.detect.text.screener import TextScreener
from jacana.model.account_finding import AccountFindingKind, TextField
from jacana.model.term import MatchMode, Term, TermState

TERM = Term("term_1", "zorvalim", MatchMode.CANONICAL, 4, TermState.ACTIVE)
HIT, HANDOVER = AccountFindingKind.TERM_HIT, AccountFindingKind.LOGIN_HANDOVER


class Source:
    def load_terms(self, _connection: object) -> list[Term]:
        return [TERM]

    def last_sequence(self, _connection: object) -> int:
        return 1


@pytest.fixture
def live(clock) -> LiveLexicon:
    return LiveLexicon(Source(), clock)


@pytest.fixture
def screener(live, clock) -> TextScreener:
    return TextScreener(live, HandoverDetector(FieldSealer(b"k" * 32)), clock)


def make_items(*texts: str) -> list[TextItem]:
    return [TextItem(f"{place}", text, TextField.COMMENT, account_id="anna") for place, text in enumerate(texts)]


def test_each_text_has_its_own_findings(live, screener) -> None:
    live.refresh(None)
    texts = make_items(
        "a day out", "zorvalim here", "user: moonfan22 pass: sunny123", "z0rv4lim user: moonfan22 pass: sunny123"
    )
    found = screener.screen_each(texts)
    assert [[finding.kind for finding in each] for each in found] == [[], [HIT], [HANDOVER], [HIT, HANDOVER]]
    assert [finding.id for finding in screener.screen(texts)] == [finding.id for each in found for finding in each]


def test_without_a_lexicon_nothing_passes_for_read(screener) -> None:
    with pytest.raises(LexiconNotLoadedError):
        screener.screen(make_items("a day out"))


def test_no_texts_no_findings(live, screener) -> None:
    live.refresh(None)
    assert screener.screen([]) == []


def test_the_order_of_a_batch_changes_nothing(live, screener) -> None:
    live.refresh(None)
    texts = make_items(*(f"number {number} " + ("zorvalim" if number % 3 else "") for number in range(30)))
    forward = {finding.id for finding in screener.screen(texts)}
    assert len(forward) == 20
    assert {finding.id for finding in screener.screen(texts[::-1])} == forward
