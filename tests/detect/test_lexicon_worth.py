"""What hits are worth: counting, outcomes, demotion and expiry, on both databases."""

from datetime import timedelta

from lexicon_terms import make_lexicon, make_term

from jacana.audit import list_entries
from jacana.db.engine import Database
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Look, TermMatch
from jacana.model.term import TermState


def find(id: str, clock, *term_ids: str) -> AccountFinding:
    matches = tuple(TermMatch(term_id, 0, 3, Look.FOLDED, 3, "active") for term_id in term_ids)
    return AccountFinding(id, "acct", AccountFindingKind.TERM_HIT, "d", "1", 1.0, (), clock.now, matches=matches)


def make_active(lexicon, connection, text: str = "zorvalim") -> str:
    term_id = lexicon.add_term(connection, make_term(text), "cli:test")
    lexicon.approve_term(connection, term_id, "u2")
    lexicon.approve_term(connection, term_id, "u3")
    return term_id


def test_a_finding_counts_once_for_each_term_it_names(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        one, two = make_active(lexicon, connection), make_active(lexicon, connection, "quandrel")
        before = lexicon.last_sequence(connection)
        findings = [find("f1", clock, one, one, two), find("f2", clock, one, "term_gone")]
        assert lexicon.record_hits(connection, findings) == 3
        assert lexicon.record_hits(connection, [*findings, find("f3", clock, two)]) == 1
        assert lexicon.record_hits(connection, []) == 0
        assert (lexicon.show_term(connection, one).hits, lexicon.show_term(connection, two).hits) == (2, 2)
        assert lexicon.last_sequence(connection) == before


def test_outcomes_are_counted_once_and_can_be_taken_back(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        term_id = make_active(lexicon, connection)
        lexicon.record_hits(connection, [find(f"f{i}", clock, term_id) for i in range(4)])
        clock.advance(10)
        for _ in range(2):
            lexicon.record_outcome(connection, ["f0", "f1", "f9"], True)
        lexicon.record_outcome(connection, ["f2"], False)
        shown = lexicon.show_term(connection, term_id)
        assert (shown.hits, shown.reviewed, shown.confirmed, shown.last_confirmed_at) == (4, 3, 2, clock.now)
        lexicon.record_outcome(connection, ["f0"], False)
        lexicon.record_outcome(connection, ["f1"], None)
        shown = lexicon.show_term(connection, term_id)
        assert (shown.reviewed, shown.confirmed, shown.last_confirmed_at) == (2, 0, None)


def test_below_its_floor_a_term_is_demoted_and_must_be_approved_by_two_again(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        term_id = make_active(lexicon, connection)
        ids = [f"f{i}" for i in range(20)]
        lexicon.record_hits(connection, [find(name, clock, term_id) for name in ids])
        before = lexicon.last_sequence(connection)
        assert lexicon.record_outcome(connection, ids[:19], False) == []
        assert lexicon.record_outcome(connection, ids[19:], False) == [term_id]
        assert lexicon.list_changed(connection, before) == [term_id]
        shown = lexicon.show_term(connection, term_id)
        assert (shown.state, shown.approvals) == (TermState.PROBATION, ())
        [demoted] = [entry for _, entry in list_entries(connection) if entry.verb == "term.demoted"]
        assert demoted.actor == "system"
        assert demoted.details == {"from": "active", "state": "probation", "reviewed": 20, "confirmed": 0}
        clock.advance(5)
        assert lexicon.approve_term(connection, term_id, "u2").state is TermState.PROBATION
        back = lexicon.approve_term(connection, term_id, "u3")
        assert (back.state, back.reviewed, back.hits) == (TermState.ACTIVE, 0, 20)
        lexicon.record_hits(connection, [find("late", clock, term_id)])
        clock.advance(5)
        lexicon.record_outcome(connection, ["late"], True)
        shown = lexicon.show_term(connection, term_id)
        assert (shown.state, shown.reviewed, shown.confirmed) == (TermState.ACTIVE, 1, 1)


def test_the_floor_is_a_setting(database: Database, clock) -> None:
    with database.write() as connection:
        strict = make_lexicon(clock, precision_floor=0.5)
        term_id = make_active(strict, connection)
        ids = [f"f{i}" for i in range(20)]
        strict.record_hits(connection, [find(name, clock, term_id) for name in ids])
        assert strict.record_outcome(connection, ids[:12], True) == []
        assert strict.record_outcome(connection, ids[12:], False) == [term_id]


def test_the_clock_ends_terms_a_portion_at_a_time(database: Database, clock) -> None:
    lexicon = make_lexicon(clock)
    with database.write() as connection:
        useful, idle = make_active(lexicon, connection), make_active(lexicon, connection, "quandrel")
        ending = make_term("mirtavol", expires_at=clock.now + timedelta(days=3))
        short = lexicon.add_term(connection, ending, "cli:test")
        shadow = lexicon.add_term(connection, make_term("tolvarin"), "cli:test")
        lexicon.record_hits(connection, [find("f1", clock, useful)])
        clock.advance(86_400)
        lexicon.record_outcome(connection, ["f1"], True)
        assert lexicon.review_terms(connection, clock.now) == 0
        late = clock.now + timedelta(days=89)
        assert lexicon.review_terms(connection, late, at_once=1) == 1
        assert lexicon.review_terms(connection, late, at_once=5) == 1
        assert lexicon.review_terms(connection, late) == 0
        states = {term.id: term.state for term in lexicon.list_terms(connection)}
        assert states == {
            useful: TermState.ACTIVE, idle: TermState.EXPIRED, short: TermState.EXPIRED, shadow: TermState.SHADOW,
        }  # fmt: skip
        causes = {
            entry.subject: entry.details["cause"]
            for _, entry in list_entries(connection)
            if entry.verb == "term.expired"
        }
        assert causes == {idle: "idle", short: "end"}
        assert make_lexicon(clock, idle_days=0).review_terms(connection, late + timedelta(days=999)) == 0
