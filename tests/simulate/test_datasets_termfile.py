from datetime import UTC, datetime
from random import Random

from jacana.detect.text.lexicon.files import Defaults, TermFormat, read_terms
from jacana.simulate.datasets.termfile import write_terms
from jacana.simulate.population.words import invent_vocabulary


def test_what_is_written_can_be_imported(tmp_path):
    listed = invent_vocabulary(Random(1)).listed
    write_terms(tmp_path / "lexicon.csv", listed)
    text = (tmp_path / "lexicon.csv").read_text()
    read = read_terms(text, TermFormat.CSV, Defaults(), datetime(2026, 1, 1, tzinfo=UTC))
    assert not read.problems
    assert [term.text for term in read.terms] == [term.text for term in listed]
    assert {term.requires for term in read.terms if term.match_mode == "token"} == {
        (term.requires,) for term in listed if term.requires
    }
