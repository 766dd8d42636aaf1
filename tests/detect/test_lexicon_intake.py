"""Taking terms in: what is new, what is known, and what an update does to approvals."""

from lexicon_terms import SEALER, make_term

from jacana.audit import lock_log
from jacana.db.engine import Database
from jacana.detect.text.lexicon import store
from jacana.detect.text.lexicon.intake import take_terms
from jacana.detect.text.lexicon.words import open_words
from jacana.model.term import MatchMode, TermState


def test_each_row_is_sealed_on_its_own_and_known_by_fold_and_mode(database: Database, clock) -> None:
    sent = [make_term(), make_term("ZÓRVALIM"), make_term(mode=MatchMode.FUZZY), make_term("quandrel")]
    with database.write() as connection:
        lock_log(connection)
        result = take_terms(connection, SEALER, sent, "cli:test", clock.now)
        rows = store.list_rows(connection)
        assert (result.added, result.unchanged, len(result.ids)) == (3, 1, 3)
        assert {open_words(SEALER, row.id, row.term_sealed).text for row in rows} == {"zorvalim", "quandrel"}
        assert len({row.term_sealed for row in rows}) == len({row.term_key for row in rows}) == 3


def test_figures_come_with_the_term_they_are_of(database: Database, clock) -> None:
    figures = {"zorvalim": {"authors": 4}, "mirtavol": {"authors": 9}}
    with database.write() as connection:
        sent = [make_term("Zorvalim"), make_term("quandrel")]
        take_terms(connection, SEALER, sent, "cli:test", clock.now, details=figures)
        details = {open_words(SEALER, row.id, row.term_sealed).text: row.details for row in store.list_rows(connection)}
        assert details == {"Zorvalim": {"authors": 4}, "quandrel": {}}


def test_an_update_of_a_candidate_forgets_who_approved_something_else(database: Database, clock) -> None:
    with database.write() as connection:
        lock_log(connection)
        [term_id] = take_terms(connection, SEALER, [make_term()], "user:u1", clock.now).ids
        store.insert_approval(connection, term_id, "u2", clock.now)
        take_terms(connection, SEALER, [make_term(source="other")], "user:u5", clock.now, update=True)
        assert term_id in store.load_approvals(connection, [term_id])
        assert store.find_term_row(connection, term_id).created_by == "user:u1"
        take_terms(connection, SEALER, [make_term("Zorvalim")], "user:u5", clock.now, update=True)
        row = store.find_term_row(connection, term_id)
        assert store.load_approvals(connection, [term_id]) == {}
        assert (row.created_by, row.state) == ("user:u5", TermState.SHADOW.value)
        assert open_words(SEALER, term_id, row.term_sealed).text == "Zorvalim"
