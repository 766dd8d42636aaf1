from datetime import timedelta

from lexicon_terms import make_lexicon, make_term

from jacana.db.engine import Database
from jacana.detect.text.lexicon import store
from jacana.model.term import TermState


def test_many_ids_are_asked_for_in_portions(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    words = [f"zor{number}valim" for number in range(1203)]
    with database.write() as connection:
        ids = lexicon.import_terms(connection, [make_term(word) for word in words], "cli:test").ids
        assert len(store.load_by_ids(connection, [*ids, "term_none"])) == 1203
        assert store.load_known_ids(connection, [*ids, "term_none"]) == set(ids)
        store.update_terms(connection, ids, severity=5)
        assert {row.severity for row in store.list_rows(connection)} == {5}
        hits = {(term_id, "f1"): clock.now for term_id in ids}
        assert sum(store.insert_hits(connection, hits).values()) == 1203
        assert store.insert_hits(connection, hits) == {}
        assert len(store.set_outcomes(connection, ["f1"], store.CONFIRMED, clock.now)) == 1203
        assert set(store.count_outcomes(connection, ids).values()) == {(1, 1, clock.now)}


def test_approvals_are_listed_in_their_order(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        term_id = lexicon.add_term(connection, make_term(), "cli:test")
        store.insert_approval(connection, term_id, "u9", clock.now)
        store.insert_approval(connection, term_id, "u1", clock.now + timedelta(seconds=1))
        assert [user for user, _ in store.load_approvals(connection, [term_id])[term_id]] == ["u9", "u1"]
        store.delete_approvals(connection, [term_id])
        assert store.load_approvals(connection, [term_id]) == {}


def test_states_are_counted_of_one_source_or_of_all(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        lexicon.import_terms(connection, [make_term(), make_term("quandrel", source="another")], "cli:test")
        assert store.count_by_state(connection)[TermState.SHADOW] == 2
        assert store.count_by_state(connection, "another")[TermState.SHADOW] == 1
        assert set(store.count_by_state(connection)) == set(TermState)
