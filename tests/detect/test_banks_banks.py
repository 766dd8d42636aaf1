"""Banks on both databases: made, filled, replaced, removed, each with its audit entry."""

from dataclasses import replace

import pytest

from jacana.audit import last_entry, list_entries
from jacana.db.engine import Database
from jacana.detect.media.banks.banks import BankInvalidError, Banks, BankTakenError, BankUnknownError
from jacana.model.bank import BankEntry, RowProblem

ENTRY = BankEntry("clip", sha256="a" * 64, frame_count=1, frames=bytes(41))


@pytest.fixture
def banks(clock) -> Banks:
    return Banks(clock)


def test_a_bank_lives(database: Database, banks: Banks) -> None:
    with database.write() as connection:
        made = banks.create(connection, "hotline-1", "A hotline", "A1", ["hold", "hold"], actor="cli:anna")
    assert (made.may_cause, made.max_distance, made.min_quality) == (("hold",), 31, 50)
    refused = [RowProblem(3, "pdq", "m", "r")]
    with database.write() as connection:
        result = banks.add_entries(connection, "hotline-1", [ENTRY, replace(ENTRY, label="b")], "cli:anna", refused)
    assert (result.added, result.replaced, result.unchanged, result.problems) == (2, 0, 0, tuple(refused))
    with database.write() as connection:
        changed = replace(ENTRY, sha256="b" * 64)
        result = banks.add_entries(connection, "hotline-1", [changed, replace(ENTRY, label="b")], "cli:anna")
    assert (result.added, result.replaced, result.unchanged) == (0, 1, 1)
    with database.read() as connection:
        (listed,) = banks.list(connection)
        content = banks.show(connection, "hotline-1")
    assert (listed.entry_count, listed.frame_count, listed.classification) == (2, 2, "A1")
    assert content.bank == listed
    assert {(entry.label, entry.sha256) for entry in content.entries} == {("b", "a" * 64), ("clip", "b" * 64)}
    assert len({entry.id for entry in content.entries}) == 2
    with database.write() as connection:
        banks.remove(connection, "hotline-1", "cli:anna")
    with database.read() as connection:
        assert banks.list(connection) == ()
        with pytest.raises(BankUnknownError):
            banks.show(connection, "hotline-1")
        verbs = [entry.verb for _, entry in list_entries(connection, subject=made.id)]
        imported = last_entry(connection, "bank.imported")
    assert verbs == ["bank.created", "bank.imported", "bank.imported", "bank.removed"]
    assert imported is not None
    assert imported.actor == "cli:anna"
    assert imported.details == {"name": "hotline-1", "added": 0, "replaced": 1, "unchanged": 1, "refused_rows": 0}
    with database.write() as connection, pytest.raises(BankTakenError):
        banks.create(connection, "hotline-1", "A hotline", actor="cli:anna")


def test_a_rolled_back_import_leaves_nothing(database: Database, banks: Banks) -> None:
    with database.write() as connection:
        banks.create(connection, "b1", "s", actor="system")
    with pytest.raises(RuntimeError), database.write() as connection:
        banks.add_entries(connection, "b1", [ENTRY], "system")
        raise RuntimeError
    with database.read() as connection:
        assert banks.show(connection, "b1").entries == ()
        assert last_entry(connection, "bank.imported") is None


@pytest.mark.parametrize(
    ("changes", "field", "remedy"),
    [
        ({"name": "Hotline"}, "name", "hotline-2026"),
        ({"name": "-x"}, "name", ""),
        ({"name": "x\n"}, "name", ""),
        ({"name": ""}, "name", ""),
        ({"name": "a" * 81}, "name", ""),
        ({"source": "  "}, "source", "vouches"),
        ({"classification": "a1"}, "classification", "A1"),
        ({"classification": "secret"}, "classification", "A1, A2"),
        ({"may_cause": ["suspend"]}, "may_cause", ""),
        ({"may_cause": ["draft_repot"]}, "may_cause", "did you mean draft_report?"),
        ({"may_cause": []}, "may_cause", "hold"),
        ({"max_distance": -1}, "max_distance", "0 to 31"),
        ({"max_distance": 32}, "max_distance", "0 to 31"),
        ({"min_quality": 101}, "min_quality", "0 to 100"),
        ({"min_matched_seconds": float("nan")}, "min_matched_seconds", "0 to"),
        ({"note": "x" * 401}, "note", "shorten"),
    ],
)
def test_rules_are_checked(sqlite_url: str, banks: Banks, changes: dict, field: str, remedy: str) -> None:
    database = Database(sqlite_url)
    with database.write() as connection, pytest.raises(BankInvalidError) as caught:
        banks.create(connection, **({"name": "b1", "source": "s", "actor": "system"} | changes))
    database.close()
    assert caught.value.field == field
    assert remedy in str(caught.value.remedy)


def test_a_misspelt_bank_gets_a_hint(database: Database, banks: Banks) -> None:
    with database.write() as connection:
        banks.create(connection, "hotline-1", "s", actor="system")
        with pytest.raises(BankUnknownError, match="did you mean hotline-1"):
            banks.add_entries(connection, "hotlin-1", [ENTRY], "system")
