"""Banks on both databases: made, filled, replaced, removed, each with its audit entry."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jacana.audit import last_entry, list_entries
from jacana.db.engine import Database
from jacana.detect.media.banks.banks import BankInvalidError, Banks, BankTakenError, BankUnknownError
from jacana.detect.media.banks.lists import read_csv
from jacana.model.bank import BankEntry, BankOrigin, BankRole, RowProblem, Trust

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
        ({"licence": "x" * 401}, "licence", "shorten"),
        ({"threshold_reason": "x" * 401}, "threshold_reason", "shorten"),
        ({"role": BankRole.BENIGN, "may_cause": ["hold"]}, "may_cause", "leave it empty"),
        ({"trust": Trust.LEAD, "may_cause": ["hold", "suspend_account"]}, "may_cause", "hold,open_case"),
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


def from_source(source_id: str, digit: str = "a", **changes: object) -> BankEntry:
    return replace(ENTRY, label=f"entry {source_id}", sha256=digit * 64, source_id=source_id, **changes)


def test_a_benign_bank_causes_nothing_and_every_field_is_kept(database: Database, banks: Banks) -> None:
    with database.write() as connection:
        made = banks.create(
            connection, "memes", "s", role=BankRole.BENIGN, trust=Trust.VERIFIED, origin=BankOrigin.NCMEC,
            licence="members only", threshold_reason="as measured", actor="system",
        )  # fmt: skip
        assert banks.find(connection, "memes") == made
    assert made.may_cause == ()


def test_a_source_is_followed(database: Database, banks: Banks, clock) -> None:
    with database.write() as connection:
        bank = banks.create(connection, "b1", "s", actor="system")
        first = [from_source("1"), from_source("2"), from_source("3")]
        assert banks.apply_changes(connection, "b1", first, [], [], "system").added == 3
    clock.advance(60)
    with database.write() as connection:
        changed = [from_source("1"), from_source("2", "b"), from_source("4"), from_source("5"), from_source("5", "c")]
        result = banks.apply_changes(connection, "b1", changed, ["3", "4", "unheard of"], [], "system")
    assert (result.added, result.replaced, result.unchanged, result.removed) == (1, 1, 1, 1)
    with database.read() as connection:
        held = {entry.source_id: entry.sha256 for entry in banks.show(connection, "b1").entries}
        now = banks.find(connection, "b1")
        followed = last_entry(connection, "bank.followed")
    assert held == {"1": "a" * 64, "2": "b" * 64, "5": "c" * 64}
    assert (now.entry_count, now.frame_count, now.tombstone_count, now.changed_at) == (3, 3, 2, clock())
    assert followed is not None
    assert (followed.subject, followed.details["removed"], followed.details["refused_rows"]) == (bank.id, 1, 0)


def test_an_entry_without_the_sources_id_is_a_defect(database: Database, banks: Banks) -> None:
    with database.write() as connection, pytest.raises(ValueError, match="source_id"):
        banks.apply_changes(connection, "b1", [ENTRY], [], [], "system")


def test_what_was_refused_waits_until_it_comes_in_order_or_is_taken_back(database: Database, banks: Banks) -> None:
    refused = [RowProblem(0, "pdq", "not a hash", "send it again", reference=name) for name in ("1", "2", "3")]
    with database.write() as connection:
        banks.create(connection, "b1", "s", actor="system")
        banks.apply_changes(connection, "b1", [from_source("1")], [], [], "system")
        banks.apply_changes(connection, "b1", [], [], refused, "system")
        banks.apply_changes(connection, "b1", [], [], refused[2:], "system")
        assert sorted(row.reference for row in banks.list_refusals(connection, "b1")) == ["1", "2", "3"]
        assert len(banks.show(connection, "b1").entries) == 1  # the last good state of "1" still matches
        banks.apply_changes(connection, "b1", [from_source("1", "b")], ["2"], [], "system")
        assert [row.reference for row in banks.list_refusals(connection, "b1")] == ["3"]


def test_a_file_read_anew_leaves_quarantine_first(database: Database, banks: Banks) -> None:
    read = read_csv("label,md5\nclip,12\nother,34\n")
    with database.write() as connection:
        banks.create(connection, "b1", "s", actor="system")
        banks.add_entries(connection, "b1", read.entries, "system", read.problems, file="a.csv")
        banks.add_entries(connection, "b1", read.entries, "system", read.problems[:1], file="b.csv")
        banks.forget_refusals(connection, "b1", "a.csv")
        assert [row.reference for row in banks.list_refusals(connection, "b1")] == ["b.csv line 2"]


def test_entries_end_when_their_time_is_over(database: Database, banks: Banks, clock) -> None:
    soon = clock().replace(hour=13)
    with database.write() as connection:
        banks.create(connection, "b1", "s", actor="system")
        banks.create(connection, "b2", "s", actor="system")
        entries = [replace(ENTRY, expires_at=soon), replace(ENTRY, label="stays")]
        banks.add_entries(connection, "b1", entries, "system")
        banks.add_entries(connection, "b2", entries, "system")
        assert banks.retire_expired(connection, clock()) == 0
    clock.now = soon
    with database.write() as connection:
        assert banks.retire_expired(connection, clock(), limit=1) == 1
        assert banks.retire_expired(connection, clock(), limit=5) == 1
        assert [entry.label for entry in banks.show(connection, "b1").entries] == ["stays"]
        retired = last_entry(connection, "bank.retired")
    assert retired is not None
    assert retired.details["cause"] == "expired"


def test_entries_are_retired_by_hand_and_by_source_id(database: Database, banks: Banks) -> None:
    with database.write() as connection:
        banks.create(connection, "b1", "s", actor="system")
        banks.apply_changes(connection, "b1", [from_source("1"), from_source("2"), from_source("3")], [], [], "system")
        first = banks.find_source(connection, "b1", "1")
        assert first is not None
        assert banks.retire(connection, "b1", [first.id, "entry_none"], "cli:anna", "mistake") == 1
        assert banks.retire(connection, "b1", [first.id], "cli:anna", "mistake") == 0
        assert banks.retire_sources(connection, "b1", ["2"], "cli:anna", "rdec_1") == 1
        assert banks.find_source(connection, "b1", "2") is None
        assert [entry.source_id for entry in banks.show(connection, "b1").entries] == ["3"]


def test_an_export_is_read_back_and_on_record(database: Database, banks: Banks) -> None:
    with database.write() as connection:
        banks.create(connection, "b1", "s", actor="system")
        banks.add_entries(connection, "b1", [ENTRY], "system")
        text, count = banks.export(connection, "b1", "user:user_1")
        exported = last_entry(connection, "bank.exported")
    assert (count, read_csv(text).entries) == (1, (ENTRY,))
    assert exported is not None
    assert (exported.actor, exported.details["frames"]) == ("user:user_1", 1)


STEPS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from("1234"), st.sampled_from("abc")), max_size=4),
        st.sets(st.sampled_from("1234")),
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_following_ends_where_the_source_is(sqlite_url: str, banks: Banks, steps) -> None:
    """Whatever pages come, the bank holds the source's last word, and its counts are those of its rows."""
    opened = Database(sqlite_url)
    expected: dict[str, str] = {}
    try:
        with opened.engine.connect() as connection:  # rolled back: each example starts from an empty database
            banks.create(connection, "b1", "s", actor="system")
            for changed, gone in steps:
                banks.apply_changes(
                    connection, "b1", [from_source(*each) for each in changed], sorted(gone), [], "system"
                )
                expected = {key: digit for key, digit in {**expected, **dict(changed)}.items() if key not in gone}
                content = banks.show(connection, "b1")
                assert {entry.source_id: entry.sha256[0] for entry in content.entries} == expected
                assert content.bank.entry_count == len(expected)
            assert len({entry.number for entry in content.entries} if steps else ()) == len(expected)
            connection.rollback()
    finally:
        opened.close()
