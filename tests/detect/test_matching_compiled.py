from random import Random

from benchmarks.disguise.innocent import invent_terms, write_caption
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import find_in, make_term

from jacana.detect.text.item import TextItem
from jacana.detect.text.matching.compiled import CompiledLexicon
from jacana.model.account_finding import TextField
from jacana.model.term import MatchMode

WORDS = invent_terms(300, Random(3), 7)
LEXICON = CompiledLexicon.compile(
    [make_term(word, list(MatchMode)[number % 5], id=str(number)) for number, word in enumerate(WORDS)]
)


def screen(text, field=TextField.CAPTION):
    return LEXICON.screen([TextItem("1", text, field)])[0]


@given(st.integers(0, len(WORDS) - 1), st.integers(0, 10**6), st.sampled_from(TextField))
@settings(deadline=None)
def test_a_planted_term_is_always_found_and_cut_out_exactly(number, seed, field):
    random = Random(seed)
    before, after = write_caption(random, 30)[0], write_caption(random, 30)[0]
    text = f"{before} {WORDS[number].upper()} {after}"
    places = {(match.start, match.end) for match in screen(text, field) if match.term_id == str(number)}
    assert (len(before) + 1, len(before) + 1 + len(WORDS[number])) in places


@given(st.text(st.characters(), max_size=80), st.sampled_from([TextField.CAPTION, TextField.SCREEN_NAME]))
@settings(deadline=None)
def test_any_text_is_screened_and_matches_lie_inside(text, field):
    for match in screen(text, field):
        assert 0 <= match.start < match.end <= len(text)


def test_a_batch_finds_what_each_text_alone_does():
    random = Random(9)
    texts = [write_caption(random)[0] for _ in range(60)] + ["", "z", "\n", "\ud800"]
    texts += [f"{write_caption(random, 20)[0]} {'.'.join(random.choice(WORDS))}" for _ in range(40)]
    items = [TextItem(str(number), text, TextField.CAPTION) for number, text in enumerate(texts)]
    found = LEXICON.screen(items)
    assert sum(map(bool, found)) > 10
    assert found == [LEXICON.screen([item])[0] for item in items]


def test_the_earliest_per_look_and_the_plainest_first():
    term = make_term("zorvalim")
    assert find_in("zorvalim zorvalim z0rvalim z-o-r-v-a-l-i-m", term) == [
        ("term_1", "zorvalim", "folded"),
        ("term_1", "z0rvalim", "canonical"),
    ]


def test_severity_and_state_come_with_the_match():
    (match,) = CompiledLexicon.compile([make_term("zorvalim")]).screen([TextItem("1", "zorvalim", TextField.BIO)])[0]
    assert (match.severity, match.state) == (3, "active")


def test_an_empty_lexicon_finds_nothing_and_terms_stay_secret():
    empty = CompiledLexicon.compile([])
    assert len(empty) == 0
    assert empty.screen([TextItem("1", "z0rvalim", TextField.BIO)]) == [()]
    assert empty.screen([]) == []
    assert repr(LEXICON) == "CompiledLexicon(300 terms)"


def test_a_term_of_nothing_matches_nothing():
    for mode in MatchMode:
        assert find_in("plain words 1 2 - z0r", make_term(" ", mode), make_term("", mode)) == []
