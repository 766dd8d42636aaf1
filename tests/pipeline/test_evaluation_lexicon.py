import pytest
from evaluation_world import open_world

from jacana.model.term import TermState
from jacana.pipeline.evaluation.lexicon import APPROVERS, load_lexicon
from jacana.simulate.datasets.folder import EventSetInvalidError
from jacana.simulate.datasets.termfile import write_terms
from jacana.simulate.population.words import SimTerm


def test_terms_become_active_by_two_approvals(tmp_path):
    write_terms(tmp_path / "lexicon.csv", [SimTerm("zorvalim"), SimTerm("kitten", requires="quandrel")])
    with open_world(tmp_path / "jacana") as (stages, _):
        assert load_lexicon(stages, tmp_path) == 2
        with stages.db.read() as connection:
            listed = stages.lexicon.list_terms(connection)
    assert {term.state for term in listed} == {TermState.ACTIVE}
    assert all(tuple(user for user, _ in term.approvals) == APPROVERS for term in listed)


def test_a_set_without_a_lexicon_has_no_terms(tmp_path):
    assert load_lexicon(None, tmp_path) == 0


def test_a_broken_lexicon_is_named_without_its_words(tmp_path):
    (tmp_path / "lexicon.csv").write_text("term,match_mode,severity,source,licence\nzorvalim,fuzzy,9,x,y\n")
    with open_world(tmp_path / "jacana") as (stages, _), pytest.raises(EventSetInvalidError, match="line 2") as caught:
        load_lexicon(stages, tmp_path)
    assert "zorvalim" not in str(caught.value)
