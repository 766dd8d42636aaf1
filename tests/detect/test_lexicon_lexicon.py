"""The lexicon on both databases, from a term's arrival to its end."""

from datetime import timedelta

import pytest
from lexicon_terms import SEALER, make_lexicon, make_term

from jacana.audit import list_entries
from jacana.db.engine import Database
from jacana.detect.text.lexicon.lexicon import (
    ApprovalRefusedError,
    TermStateError,
    TermTakenError,
    TermUnknownError,
)
from jacana.detect.text.lexicon.rules import ReasonInvalidError, TermInvalidError
from jacana.model.term import MatchMode, TermState


def entries(connection, subject: str | None = None) -> list:
    return [entry for _, entry in list_entries(connection, subject=subject)]


def test_two_other_people_make_a_term_active(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        term_id = lexicon.add_term(connection, make_term(state=TermState.CANDIDATE), "user:u1")
        assert lexicon.load_terms(connection) == []
        with pytest.raises(ApprovalRefusedError, match="somebody else"):
            lexicon.approve_term(connection, term_id, "u1")
        assert lexicon.approve_term(connection, term_id, "u2").state is TermState.SHADOW
        with pytest.raises(ApprovalRefusedError, match="already"):
            lexicon.approve_term(connection, term_id, "u2")
        clock.advance(60)
        active = lexicon.approve_term(connection, term_id, "u3")
        assert (active.state, active.active_since) == (TermState.ACTIVE, clock.now)
        assert [user_id for user_id, _ in active.approvals] == ["u2", "u3"]
        with pytest.raises(ApprovalRefusedError, match="active"):
            lexicon.approve_term(connection, term_id, "u4")
        approved = [entry for entry in entries(connection, term_id) if entry.verb == "term.approved"]
        assert [(entry.actor, entry.details["approvals"], entry.details["state"]) for entry in approved] == [
            ("user:u2", 1, "shadow"),
            ("user:u3", 2, "active"),
        ]
        [term] = lexicon.load_terms(connection)
        assert (term.id, term.text, term.state) == (term_id, "zorvalim", TermState.ACTIVE)


def test_an_import_arrives_unapproved_and_is_recognised(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    sent = [
        make_term("zorvalim", state=TermState.ACTIVE),
        make_term("ZORVALIM"),
        make_term("zorvalim", MatchMode.TOKEN, state=TermState.CANDIDATE),
        make_term("quandrel mirtavol", MatchMode.PHRASE),
    ]
    with database.write() as connection:
        first = lexicon.import_terms(connection, sent, "cli:test", refused=2)
        again = lexicon.import_terms(connection, sent, "cli:test")
        assert (first.added, first.updated, first.unchanged) == (3, 0, 1)
        assert (again.added, again.updated, again.unchanged) == (0, 0, 4)
        counts = lexicon.count_states(connection)
        assert (counts[TermState.SHADOW], counts[TermState.CANDIDATE], counts[TermState.ACTIVE]) == (2, 1, 0)
        imported = [entry for entry in entries(connection, "lexicon") if entry.verb == "lexicon.imported"]
        assert imported[0].details == {"added": 3, "updated": 0, "unchanged": 1, "refused": 2}


def test_what_was_approved_and_is_changed_must_be_approved_again(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        term_id = lexicon.add_term(connection, make_term(), "cli:test")
        lexicon.approve_term(connection, term_id, "u2")
        lexicon.approve_term(connection, term_id, "u3")
        later = clock.now + timedelta(days=30)
        told = lexicon.import_terms(connection, [make_term(licence="new", expires_at=later)], "cli:x", update=True)
        assert told.updated == 1
        assert lexicon.show_term(connection, term_id).state is TermState.ACTIVE
        same = lexicon.import_terms(connection, [make_term(licence="new", expires_at=later)], "cli:x", update=True)
        assert (same.updated, same.unchanged) == (0, 1)
        lexicon.import_terms(connection, [make_term(severity=5, requires=("quandrel",))], "cli:x", update=True)
        shown = lexicon.show_term(connection, term_id)
        assert (shown.state, shown.approvals, shown.severity, shown.requires_count) == (TermState.SHADOW, (), 5, 1)
        updated = entries(connection, term_id)[-1]
        assert updated.details["changed"] == ["severity", "requires", "licence", "expires_at"]
        assert (updated.details["from"], updated.details["state"]) == ("active", "shadow")


def test_an_ended_term_comes_back_only_by_an_update_and_unapproved(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        term_id = lexicon.add_term(connection, make_term(), "cli:test")
        lexicon.retire_term(connection, term_id, "cli:test", "no use")
        with pytest.raises(TermStateError):
            lexicon.retire_term(connection, term_id, "cli:test", "no use")
        assert lexicon.import_terms(connection, [make_term()], "cli:test").unchanged == 1
        assert lexicon.load_terms(connection) == []
        assert lexicon.import_terms(connection, [make_term()], "cli:test", update=True).updated == 1
        assert [term.id for term in lexicon.load_terms(connection)] == [term_id]


def test_nothing_in_the_database_or_the_audit_log_holds_a_word(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    words = ("zorvalim", "quandrel", "mirtavol")
    with database.write() as connection:
        term = make_term(requires=("quandrel",), unless=("mirtavol",), languages=("en",), fields=("bio",))
        term_id = lexicon.add_term(connection, term, "cli:test")
        lexicon.import_terms(connection, [make_term("mirtavol")], "cli:test")
        lexicon.approve_term(connection, term_id, "u2")
        lexicon.reveal_term(connection, term_id, "user:u2", "to decide case_1")
        lexicon.retire_term(connection, term_id, "user:u2", "no use")
        stored = str([tuple(row) for row in connection.exec_driver_sql("select * from detect_terms")])
        logged = str([bytes(entry.canonical_bytes()) for entry in entries(connection)])
    for word in words:
        assert word not in stored and word not in logged


def test_a_reveal_is_on_record_with_its_reason(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        term_id = lexicon.add_term(connection, make_term(requires=("quandrel",)), "cli:test")
        for reason in ("", "ab", "x" * 401, "why ZORVALIM?"):
            with pytest.raises(ReasonInvalidError):
                lexicon.reveal_term(connection, term_id, "user:u2", reason)
        assert "term.revealed" not in [entry.verb for entry in entries(connection)]
        term = lexicon.reveal_term(connection, term_id, "user:u2", " to decide\ncase_1 ")
        assert (term.text, term.requires) == ("zorvalim", ("quandrel",))
        last = entries(connection)[-1]
        assert (last.verb, last.actor, last.subject) == ("term.revealed", "user:u2", term_id)
        assert last.details == {"because": "to decide case_1"}
        with pytest.raises(TermUnknownError):
            lexicon.reveal_term(connection, "term_none", "user:u2", "to decide")


def test_an_export_is_a_reveal_of_all(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        lexicon.import_terms(connection, [make_term(), make_term("quandrel", state=TermState.CANDIDATE)], "cli:test")
        with pytest.raises(ReasonInvalidError):
            lexicon.export_terms(connection, "cli:test", " ")
        some = lexicon.export_terms(connection, "cli:test", "for a partner", [TermState.SHADOW])
        assert [term.text for term in some] == ["zorvalim"]
        assert {term.text for term in lexicon.export_terms(connection, "cli:test", "for all")} == {
            "zorvalim", "quandrel",
        }  # fmt: skip
        exported = [entry.details for entry in entries(connection) if entry.verb == "lexicon.exported"]
        assert exported == [{"because": "for a partner", "terms": 1}, {"because": "for all", "terms": 2}]


def test_a_list_is_masked(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        term_id = lexicon.add_term(connection, make_term(), "cli:test")
        clock.advance(1)
        lexicon.import_terms(connection, [make_term("quandrel", source="another")], "cli:test")
        listed = lexicon.list_terms(connection)
        assert [term.masked for term in listed] == ["q•••••l (8)", "z•••••m (8)"]
        assert [term.masked for term in lexicon.list_terms(connection, source="another")] == ["q•••••l (8)"]
        assert [term.masked for term in lexicon.list_terms(connection, limit=1, offset=1)] == ["z•••••m (8)"]
        assert lexicon.mask_terms(connection, [term_id, "term_none"]) == {term_id: "z•••••m (8)"}
        assert lexicon.list_sources(connection) == ["a partner", "another"]
        assert "zorvalim" not in repr(listed)


def test_the_number_of_changes_moves_only_with_what_is_looked_for(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        assert lexicon.last_sequence(connection) == 0
        lexicon.import_terms(connection, [make_term("quandrel", state=TermState.CANDIDATE)], "cli:test")
        assert lexicon.last_sequence(connection) == 0
        term_id = lexicon.add_term(connection, make_term(), "cli:test")
        first = lexicon.last_sequence(connection)
        assert first > 0
        assert lexicon.list_changed(connection, 0) == [term_id]
        candidate = lexicon.list_terms(connection, [TermState.CANDIDATE])[0].id
        lexicon.shadow_term(connection, candidate, "cli:test")
        assert lexicon.list_changed(connection, first) == [candidate]
        with pytest.raises(TermStateError):
            lexicon.shadow_term(connection, candidate, "cli:test")
        second = lexicon.last_sequence(connection)
        lexicon.retire_term(connection, candidate, "cli:test", "no use")
        assert lexicon.last_sequence(connection) > second > first
        assert lexicon.list_changed(connection, second) == []


def test_what_is_over_is_not_loaded_even_before_it_is_expired(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        lexicon.add_term(connection, make_term(expires_at=clock.now + timedelta(seconds=5)), "cli:test")
        assert len(lexicon.load_terms(connection)) == 1
        clock.advance(5)
        assert lexicon.load_terms(connection) == []


def test_a_term_is_added_once_and_only_if_it_is_valid(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        lexicon.add_term(connection, make_term(), "cli:test")
        with pytest.raises(TermTakenError):
            lexicon.add_term(connection, make_term("Zorvalim"), "cli:test")
        with pytest.raises(TermInvalidError):
            lexicon.add_term(connection, make_term("zor", MatchMode.FUZZY), "cli:test")


def test_proposals_are_candidates_with_their_figures(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        lexicon.add_term(connection, make_term("mirtavol"), "cli:test")
        sent = [make_term(), make_term("mirtavol")]
        ids = lexicon.propose_terms(connection, sent, {"zorvalim": {"authors": 5}}, "cli:test")
        [term] = lexicon.list_terms(connection, [TermState.CANDIDATE])
        assert ids == (term.id,)
        assert term.details == {"authors": 5}
        assert lexicon.find_known(connection, ["zorvalim", "mirtavol", "quandrel"]) == {"zorvalim", "mirtavol"}


def test_words_open_only_for_their_own_term(database: Database, clock) -> None:
    from jacana.db.sealing import SealedFieldBrokenError
    from jacana.detect.text.lexicon.words import Words, open_words, seal_words

    sealed = seal_words(SEALER, "term_1", Words("zorvalim"))
    assert open_words(SEALER, "term_1", sealed).text == "zorvalim"
    with pytest.raises(SealedFieldBrokenError):
        open_words(SEALER, "term_2", sealed)
