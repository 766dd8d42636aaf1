from jacana.detect.text.folding.fold import fold_batch
from jacana.detect.text.folding.stream import build_stream
from jacana.detect.text.matching.spans import Spans, is_natural


def test_places_lead_back_to_their_text():
    texts = ["Ünï co\u200bde", "", "ﬃx Zör"]
    batch = fold_batch(texts)
    stream = build_stream(batch)
    spans = Spans(batch, stream)
    start = stream.text.index("code")
    assert spans.cut_stream(start, start + 4) == (0, 4, 9)
    start = stream.text.index("zor")
    assert spans.cut_stream(start, start + 3) == (2, 3, 6)
    assert spans.cut_folded(0, 3) == (0, 0, 3)


def test_a_word_among_its_own_script_is_natural():
    assert is_natural("каша и молоко на столе", 0, 4)
    assert not is_natural("my каша", 3, 7)
    assert not is_natural("kаша молоко на столе", 0, 4)
    assert not is_natural("plain words", 0, 5)
