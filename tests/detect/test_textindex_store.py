"""Texts are found again by keyed tokens, in order and page by page; look-backs keep their place."""

from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.db.sealing import FieldSealer
from jacana.db.tables.detect_text import detect_text_tokens
from jacana.detect.findings.store import record_account_findings
from jacana.detect.text.hits import describe_hits
from jacana.detect.text.item import TextItem
from jacana.detect.text.textindex import store
from jacana.model.account_finding import Look, TermMatch, TextField
from jacana.model.event import EventType

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEALER = FieldSealer(b"k" * 32)
LOOKBACK = store.TermLookBack("look_1", ("term_1", "term_2"), 7, 90, 0, "waiting", 0, 0, NOW)


def test_texts_are_found_by_any_of_their_tokens(database) -> None:
    with database.write() as connection:
        rows = [(1, {"zorvalim", "sea"}), (2, {"sea"}), (3, {"quandrel"}), (9, {"zorvalim"})]
        assert store.index_texts(connection, SEALER, rows) == 5
        assert store.find_texts(connection, SEALER, ["zorvalim"], 100, 0, 10) == [1, 9]
        assert store.find_texts(connection, SEALER, ["zorvalim", "quandrel"], 100, 0, 10) == [1, 3, 9]
        assert store.find_texts(connection, SEALER, ["zorvalim"], 8, 0, 10) == [1]
        assert store.find_texts(connection, SEALER, ["nothing"], 100, 0, 10) == []
        assert store.find_texts(connection, SEALER, [], 100, 0, 10) == []


def test_the_same_text_may_be_filed_again(database) -> None:
    with database.write() as connection:
        for _ in range(2):
            store.index_texts(connection, SEALER, [(1, {"zorvalim", ""})])
        store.index_texts(connection, SEALER, [])
        assert connection.scalar(sa.select(sa.func.count()).select_from(detect_text_tokens)) == 1


def test_pages_follow_each_other_over_many_tokens(database) -> None:
    tokens = [f"token{number}" for number in range(1200)]
    with database.write() as connection:
        store.index_texts(connection, SEALER, [(number + 1, {token}) for number, token in enumerate(tokens)])
        found, after = [], 0
        while page := store.find_texts(connection, SEALER, tokens, 1100, after, 250):
            assert len(page) <= 250
            found += page
            after = page[-1]
    assert found == list(range(1, 1101))


def test_what_is_deleted_is_forgotten(database) -> None:
    with database.write() as connection:
        store.index_texts(connection, SEALER, [(number, {"zorvalim", f"own{number}"}) for number in range(1, 1001)])
        assert store.forget_texts(connection, range(1, 900)) == 2 * 899
        assert store.find_texts(connection, SEALER, ["zorvalim"], 5000, 0, 500) == list(range(900, 1001))


def test_no_token_lies_in_clear_and_another_key_finds_nothing(database) -> None:
    other = FieldSealer(b"x" * 32)
    with database.write() as connection:
        store.index_texts(connection, SEALER, [(1, {"zorvalim"})])
        assert store.find_texts(connection, other, ["zorvalim"], 10, 0, 10) == []
        (row,) = connection.execute(sa.select(detect_text_tokens)).all()
    assert 0 <= row.token < 2**63


@settings(deadline=None)
@given(st.text(max_size=200))
def test_every_token_has_a_number_the_database_holds(token: str) -> None:
    token = token.encode("utf-8", "ignore").decode()
    assert 0 <= store.key_token(SEALER, token) < 2**63
    assert store.key_token(SEALER, token) == store.key_token(SEALER, token[: store.LONGEST_TOKEN])


def test_a_look_back_keeps_its_place(database) -> None:
    with database.write() as connection:
        assert store.read_looked_until(connection) == 0
        store.insert_lookback(connection, LOOKBACK)
        store.insert_lookback(connection, replace(LOOKBACK, id="look_2", lexicon_sequence=9))
        assert store.find_lookback(connection, "look_1") == LOOKBACK
        assert store.find_lookback(connection, "look_3") is None
        later = replace(LOOKBACK, cursor=50, state="done", texts=7, hits=2, finished_at=NOW)
        store.update_lookback(connection, later)
        assert store.find_lookback(connection, "look_1") == later
        assert [one.id for one in store.list_lookbacks(connection)] == ["look_2", "look_1"]
        assert store.read_looked_until(connection) == 9


def test_known_matches_are_read_by_account(database) -> None:
    item = TextItem("1", "zorvalim", TextField.BIO, None, "anna", "event_1")
    findings = describe_hits(item, [TermMatch("term_1", 0, 8, Look.FOLDED, 3, "shadow")], NOW)
    with database.write() as connection:
        record_account_findings(connection, findings, NOW)
        assert list(store.load_known_matches(connection, ["anna", "berta"])) == [
            ("anna", "event_1", "bio", "term_1", "shadow")
        ]
        assert list(store.load_known_matches(connection, ["berta"])) == []
        assert list(store.load_known_matches(connection, [])) == []


def test_an_empty_log_has_nothing_worked_and_nothing_to_read(database) -> None:
    with database.read() as connection:
        assert store.read_worked_until(connection) == 0
        assert store.list_sequences(connection, [EventType.SEARCH_PERFORMED], 10, 0, 10) == []
