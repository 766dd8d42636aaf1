from lexicon_terms import SEALER, make_lexicon, make_term

from jacana.db.engine import Database
from jacana.detect.text.lexicon import store
from jacana.detect.text.lexicon.listing import read_standing, read_term
from jacana.detect.text.lexicon.precision import lower_bound, precision_interval
from jacana.detect.text.lexicon.words import open_words
from jacana.model.term import TermState


def test_a_listing_has_figures_and_no_word(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    given = make_term(requires=("quandrel",), unless=("mirtavol", "x"), languages=("en",), fields=("bio",))
    with database.write() as connection:
        term_id = lexicon.add_term(connection, given, "user:u1")
        store.update_terms(connection, [term_id], reviewed=30, confirmed=7)
        shown = lexicon.show_term(connection, term_id)
        row = store.find_term_row(connection, term_id)
        opened = read_term(row, open_words(SEALER, term_id, row.term_sealed))
    assert (shown.masked, shown.requires_count, shown.unless_count) == ("z•••••m (8)", 1, 2)
    assert (shown.languages, shown.fields, shown.source) == (("en",), ("bio",), "a partner")
    assert (shown.lower_bound, shown.precision_interval) == (lower_bound(7, 30), precision_interval(7, 30))
    assert shown.standing == read_standing(row)
    assert shown.standing.state is TermState.SHADOW and shown.standing.created_by == "user:u1"
    assert (opened.text, opened.requires, opened.unless) == ("zorvalim", ("quandrel",), ("mirtavol", "x"))
    assert not [word for word in ("zorvalim", "quandrel", "mirtavol") if word in repr(shown)]
