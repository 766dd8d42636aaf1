"""Discovery over a real event log: texts as the network sends them, verdicts as reviewers leave them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jacana.audit import list_entries
from jacana.db.tables.detect_accounts import detect_ties
from jacana.db.tables.review import review_cases
from jacana.db.tables.review_accounts import review_account_decisions
from jacana.detect.text.lexicon.files import Defaults, read_row
from jacana.model.term import MatchMode, TermState
from jacana.pipeline import discovery
from jacana.pipeline.discovery import discover_terms, propose_candidates
from jacana.pipeline.stages import Stages

CONFIRMED = ("anna", "bert", "carl", "dora")


def say(stages: Stages, account: str, text: str, *, language: str | None = "en", days_ago: int = 0) -> None:
    """A comment, in the network's own form."""
    say.count += 1
    at = (stages.clock() - timedelta(days=days_ago)).isoformat()
    event = {
        "type": "comment_posted", "id": f"e{say.count}", "account_id": account, "occurred_at": at, "upload_id": "v1",
        "text": text, "language": language,
    }  # fmt: skip
    [result] = stages.events.append([event], "test")
    assert result.status.value == "accepted", result


say.count = 0


def confirm(stages: Stages, account: str) -> None:
    now = stages.clock()
    with stages.db.write() as connection:
        values = {"lane": "review", "state": "open", "version": 1, "lease_token": 0, "opened_at": now, "due_at": now}
        connection.execute(review_cases.insert().values(id=f"case_{account}", account_id=account, **values))
        connection.execute(
            review_account_decisions.insert().values(
                id=f"judged_{account}", case_id=f"case_{account}", account_id=account, verdict="trading",
                reason="seen", finding_ids=[], user_id="u1", decided_at=now, applies_at=now, applied_at=now,
                live_key=account,
            )
        )  # fmt: skip


def share_device(stages: Stages, *accounts: str) -> None:
    now = stages.clock()
    with stages.db.write() as connection:
        for account in accounts:
            connection.execute(
                detect_ties.insert().values(
                    kind="device", entity="d1", account_id=account, first_seen_at=now, last_seen_at=now, sessions=1,
                    attested=True,
                )
            )  # fmt: skip


@pytest.fixture
def world(stages: Stages) -> Stages:
    """Four confirmed accounts say one word that nobody else says; sixty others say ordinary things."""
    for number in range(60):
        say(stages, f"other{number}", f"a red boat and kite {number % 7}")
    for account in CONFIRMED:
        confirm(stages, account)
        say(stages, account, "a red boat and Zórvalim")
    return stages


def test_what_only_confirmed_accounts_say_is_found_and_proposed_sealed(world: Stages) -> None:
    reported: list[tuple[int, int]] = []
    found = discover_terms(world, 30, 10, lambda done, total: reported.append((done, total)))
    assert (found.accounts, found.authors, found.texts, found.background_texts, found.known) == (4, 4, 4, 60, 0)
    [candidate] = found.candidates
    assert (candidate.text, candidate.authors, candidate.background_authors) == ("zorvalim", 4, 0)
    assert reported[-1][0] == 60
    [term_id] = propose_candidates(world, found.candidates, 2, "cli:test")
    with world.db.read() as connection:
        term = world.lexicon.show_term(connection, term_id)
        log = str([bytes(entry.canonical_bytes()) for _, entry in list_entries(connection)])
    assert (term.state, term.severity, term.masked) == (TermState.CANDIDATE, 2, "z•••••m (8)")
    assert term.details["authors"] == 4
    assert "zorvalim" not in log and "zorvalim" not in repr(found)


def test_a_hashtag_of_an_ordinary_word_is_listed_and_not_stored(stages: Stages) -> None:
    for number in range(60):
        say(stages, f"other{number}", "a red kite" if number % 2 else "a boat")
    for account in CONFIRMED:
        confirm(stages, account)
        say(stages, account, "#kite")
    found = discover_terms(stages, 30, 10)
    assert [each.text for each in found.candidates] == ["#kite"]
    assert propose_candidates(stages, found.candidates, 2, "cli:test") == ()


def test_what_is_a_term_already_is_left_out(world: Stages) -> None:
    cells = {"term": "ZORVALIM"}
    with world.db.write() as connection:
        term = read_row(cells, Defaults("us", "own", MatchMode.FUZZY, 3))
        world.lexicon.add_term(connection, term, "cli:test")
    found = discover_terms(world, 30, 10)
    assert (found.candidates, found.known) == ((), 1)
    assert propose_candidates(world, found.candidates, 2, "cli:test") == ()


def test_accounts_on_one_device_are_one_voice(world: Stages) -> None:
    share_device(world, "anna", "bert", "carl")
    found = discover_terms(world, 30, 10)
    assert (found.accounts, found.authors, found.candidates) == (4, 2, ())


def test_others_are_heard_in_the_same_languages_and_days(world: Stages) -> None:
    for number in range(30):
        say(world, f"abroad{number}", "zorvalim", language="pt-BR")
        say(world, f"before{number}", "zorvalim", days_ago=300)
    found = discover_terms(world, 30, 10)
    assert found.background_texts == 90  # received now: when an event came decides, and it is still English
    say(world, "anna", "boat", language="pt")
    assert discover_terms(world, 30, 10).background_texts == 120
    world.clock.advance(40 * 86_400)
    late = discover_terms(world, 30, 10)
    assert (late.texts, late.background_texts, late.candidates) == (0, 0, ())


def test_the_background_is_read_newest_first_and_no_further_than_needed(
    world: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "EVENTS_AT_ONCE", 7)
    assert discover_terms(world, 30, 10).background_texts == 60
    monkeypatch.setattr(discovery, "BACKGROUND_TEXTS", 25)
    found = discover_terms(world, 30, 10)
    assert found.background_texts == 25
    assert [each.text for each in found.candidates] == ["zorvalim"]


def test_texts_without_a_legal_basis_are_not_read(world: Stages) -> None:
    off = replace(world, settings=replace(world.settings, public_text_legal_basis=""))
    found = discover_terms(off, 30, 10)
    assert (found.texts, found.background_texts, found.candidates) == (0, 0, ())
