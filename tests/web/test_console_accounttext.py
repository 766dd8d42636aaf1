"""A text on demand: on record, passwords dotted out, terms marked where the match stands."""

import dataclasses

import pytest
from console_accounts import SUSPECT, TEXT, make_finding, seed_ring, text_finding
from console_floor import Floor
from hypothesis import given
from hypothesis import strategies as st

from jacana.audit import list_entries
from jacana.detect.findings.store import record_account_findings
from jacana.model.account_finding import AccountFindingKind, TextField
from jacana.web.console.accounttext import TextGoneError, mark_spans, open_text


def record(floor: Floor, finding):
    with floor.stages.db.write() as connection:
        record_account_findings(connection, [finding], floor.clock())
    return finding


def test_the_text_comes_marked_and_masked_and_who_looked_is_on_record(ring_floor: Floor):
    seed_ring(ring_floor)
    finding = record(ring_floor, text_finding(ring_floor))
    with ring_floor.stages.db.write() as connection:
        opened = open_text(ring_floor.stages, connection, finding.id, "case_1", "user:u1")
    assert [piece.text for piece in opened.pieces if piece.marked] == ["quandrel"]
    whole = "".join(piece.text for piece in opened.pieces)
    assert "Tulip" not in whole and len(whole) == len(TEXT) and whole.startswith("Lovely garden")
    with ring_floor.stages.db.read() as connection:
        (entry,) = [entry for _, entry in list_entries(connection, subject=SUSPECT) if entry.verb == "text.viewed"]
    assert entry.actor == "user:u1"
    assert entry.details == {
        "finding_id": finding.id,
        "event_id": finding.event_id,
        "field": "comment",
        "case_id": "case_1",
    }


def test_a_finding_without_a_text_and_a_text_that_is_gone(ring_floor: Floor):
    seed_ring(ring_floor)
    bare = record(ring_floor, make_finding(ring_floor, SUSPECT, AccountFindingKind.VAULT_ACCOUNT))
    other = dataclasses.replace(text_finding(ring_floor), id="find_term_hit_x", field=TextField.BIO)
    gone = dataclasses.replace(other, id="find_term_hit_y", event_id="event_gone")
    record(ring_floor, other)
    record(ring_floor, gone)
    before = ring_floor.verbs()
    for finding_id in (bare.id, other.id, gone.id, "find_nothing"):
        with pytest.raises(TextGoneError), ring_floor.stages.db.write() as connection:
            open_text(ring_floor.stages, connection, finding_id, None, "user:u1")
    assert ring_floor.verbs() == before


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(-3, 35), st.integers(-3, 35)), max_size=6))
def test_marking_keeps_every_character(text: str, spans: list[tuple[int, int]]):
    pieces = mark_spans(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    marked = {place for start, end in spans for place in range(max(0, start), min(end, len(text)))}
    at, found = 0, set()
    for piece in pieces:
        if piece.marked:
            found |= set(range(at, at + len(piece.text)))
        at += len(piece.text)
    assert found == marked
