"""Matches become findings: scored, explained without the term, one for each state of trust."""

from datetime import UTC, datetime

import pytest

from jacana.detect.text.hits import MATCHES_AT_MOST, describe_hits, find_hits, is_shadow, trust_of, weigh
from jacana.detect.text.item import TextItem
from jacana.detect.text.matching.compiled import CompiledLexicon
from jacana.model.account_finding import AccountFindingKind, Attempt, Look, TermMatch, TextField
from jacana.model.term import MatchMode, Term, TermState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def make_item(text: str = "see my zorvalim now", field: TextField = TextField.CAPTION, **changed: object) -> TextItem:
    known = {"account_id": "anna", "event_id": "event_1", "occurred_at": NOW, **changed}
    return TextItem("event_1:caption", text, field, **known)


def make_match(
    severity: int = 4, state: str = "active", term_id: str = "term_1", start: int = 7, look: Look = Look.FOLDED
) -> TermMatch:
    return TermMatch(term_id, start, start + 8, look, severity, state)


def make_term(text: str, term_id: str = "term_1", state: TermState = TermState.ACTIVE, severity: int = 4) -> Term:
    return Term(term_id, text, MatchMode.TOKEN, severity, state)


def test_a_text_with_a_term_is_a_finding_and_one_without_is_none() -> None:
    compiled = CompiledLexicon.compile([make_term("zorvalim")])
    (finding,), nothing = find_hits(compiled, [make_item(), make_item("a day at the sea")], NOW)
    assert nothing == []
    assert (finding.kind, finding.account_id, finding.event_id) == (AccountFindingKind.TERM_HIT, "anna", "event_1")
    assert (finding.score, finding.severity, finding.attempt) == (0.8, 4, Attempt.DISTRIBUTE)
    assert finding.reasons == ("A caption holds a term of severity 4 at characters 8 to 15.",)
    assert finding.details == {"term_state": "active", "matches": 1, "checked_only": False}
    assert "zorvalim" not in repr(finding)


def test_a_search_is_an_attempt_to_obtain() -> None:
    (finding,) = describe_hits(make_item(field=TextField.SEARCH), [make_match()], NOW)
    assert finding.attempt is Attempt.OBTAIN
    others = [describe_hits(make_item(field=field), [make_match()], NOW)[0].attempt for field in TextField]
    assert others.count(Attempt.DISTRIBUTE) == len(TextField) - 1


def test_the_score_grows_with_severity_and_falls_with_distrust() -> None:
    scores = [weigh(make_match(severity)) for severity in (1, 2, 3, 4, 5)]
    assert scores == sorted(scores) and scores[0] > 0 and scores[-1] < 1
    assert weigh(make_match(4, "probation")) == pytest.approx(0.4)
    assert weigh(make_match(5, "shadow")) == 0
    assert trust_of("active") > trust_of("probation") > trust_of("shadow")


def test_a_term_on_probation_or_in_shadow_lends_its_severity_to_no_other() -> None:
    matches = [make_match(5, "shadow", "term_3"), make_match(2), make_match(5, "probation", "term_2")]
    active, probation, shadow = describe_hits(make_item(), matches, NOW)
    assert (active.severity, probation.severity, shadow.severity) == (2, 5, 5)
    assert [finding.details["term_state"] for finding in (active, probation, shadow)] == [
        "active",
        "probation",
        "shadow",
    ]
    assert [is_shadow(finding) for finding in (active, probation, shadow)] == [False, False, True]
    assert (active.score, shadow.score) == (0.4, 0)
    assert len({active.id, probation.id, shadow.id}) == 3


def test_the_id_is_the_statements() -> None:
    def name(item: TextItem, *matches: TermMatch) -> str:
        return describe_hits(item, matches, NOW)[0].id

    first = name(make_item(), make_match())
    assert first == name(make_item(), make_match(start=3)), "where it stands does not make it another"
    assert first != name(make_item(), make_match(term_id="term_2"))
    assert first != name(make_item(event_id="event_2"), make_match())
    bio, again = (make_item(field=TextField.BIO, event_id=event) for event in ("event_1", "event_2"))
    assert name(bio, make_match()) == name(again, make_match()), "a bio that every upload repeats is found once"
    assert name(bio, make_match()) != name(make_item(field=TextField.BIO, account_id="berta"), make_match())


def test_a_disguise_is_named_and_probation_too() -> None:
    (finding,) = describe_hits(make_item(), [make_match(look=Look.CANONICAL, state="probation")], NOW)
    assert finding.reasons == (
        "A caption holds a term on probation, of severity 4 at characters 8 to 15, in disguise (canonical look).",
    )


def test_a_text_full_of_terms_keeps_the_gravest() -> None:
    many = [make_match(1 + number % 5, term_id=f"term_{number}", start=number) for number in range(200)]
    (finding,) = describe_hits(make_item(), many, NOW)
    assert len(finding.matches) == MATCHES_AT_MOST
    assert min(match.severity for match in finding.matches) == 4
    assert finding.details["matches"] == 200
    assert finding.reasons[-1] == "It holds 195 more."
    assert [match.start for match in finding.matches] == sorted(match.start for match in finding.matches)
