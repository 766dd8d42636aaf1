"""Quarantine keeps reasons, one a reference and field, and never grows without end."""

from datetime import UTC, datetime

import pytest

from jacana.db.engine import Database
from jacana.detect.media.banks import store as bank_store
from jacana.detect.media.banks.quarantine import store
from jacana.model.bank import Bank, RowProblem

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BANK = Bank("bank_1", "b1", "s", None, ("hold",), 31, 50, 1.0, NOW)


@pytest.fixture(autouse=True)
def bank(database: Database) -> None:
    with database.write() as connection:
        bank_store.insert_bank(connection, BANK)


def refuse(reference: str = "", line: int = 0, field: str = "pdq", message: str = "m") -> RowProblem:
    return RowProblem(line, field, message, "r", reference)


def test_a_refusal_takes_the_place_of_the_earlier_one(database: Database) -> None:
    with database.write() as connection:
        store.quarantine_rows(connection, "bank_1", [refuse("7"), refuse("7", field="md5"), refuse("8")], NOW)
        store.quarantine_rows(connection, "bank_1", [refuse("7", message="x" * 500)], NOW)
        rows = store.select_refusals(connection, "bank_1", 10)
        assert store.count_refusals(connection, "bank_1") == len(rows) == 2
        assert {(row.reference, row.field, len(row.message)) for row in rows} == {("7", "pdq", 400), ("8", "pdq", 1)}
        assert rows[0].refused_at == NOW
        store.release_rows(connection, "bank_1", {"7", "never"})
        assert [row.reference for row in store.select_refusals(connection, "bank_1", 10)] == ["8"]


def test_only_the_rows_of_that_file_are_forgotten(database: Database) -> None:
    with database.write() as connection:
        store.quarantine_rows(connection, "bank_1", [refuse(line=3), refuse(line=0)], NOW, "a.csv")
        store.quarantine_rows(connection, "bank_1", [refuse(line=3)], NOW, "A.csv")
        store.release_file(connection, "bank_1", "a.csv")
        assert [row.reference for row in store.select_refusals(connection, "bank_1", 10)] == ["A.csv line 3"]


def test_rubbish_does_not_fill_the_disk(database: Database) -> None:
    with database.write() as connection:
        rubbish = [refuse(line=line) for line in range(1, store.KEPT_AT_ONCE + 10)]
        store.quarantine_rows(connection, "bank_1", rubbish, NOW, "f")
        assert store.count_refusals(connection, "bank_1") == store.KEPT_AT_ONCE


@pytest.mark.parametrize(
    ("problem", "file", "name"),
    [
        (refuse("77-1"), None, "77-1"),
        (refuse("77-1"), "a.csv", "77-1"),
        (refuse(line=4), "a.csv", "a.csv line 4"),
        (refuse(line=4), None, "line 4"),
        (refuse(), "film.mp4", "film.mp4"),
        (refuse(), None, "file"),
        (refuse(line=4), "x" * 300, "x" * 160 + " line 4"),
    ],
)
def test_what_a_refusal_is_known_by(problem: RowProblem, file: str | None, name: str) -> None:
    assert store.name_row(problem, file) == name
