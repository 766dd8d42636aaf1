"""Look-backs come back as they were written, on both databases, and look only for what is still bad."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from test_catalogue_shelf import make_facts

from jacana.db.engine import Database
from jacana.detect.media import store as media_store
from jacana.detect.media.banks import store as bank_store
from jacana.detect.media.catalogue import store
from jacana.model.bank import Bank, BankEntry, BankRole
from jacana.model.lookback import LookBack, LookBackState
from jacana.model.media import FORGOTTEN

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BANK = Bank("bank_1", "b1", "s", None, ("hold",), 31, 50, 1.0, NOW)


def test_a_look_back_comes_back_as_it_was(database: Database) -> None:
    first = LookBack("look_1", 0, 5, LookBackState.WAITING, NOW, entries=3)
    later = replace(
        first, state=LookBackState.FAILED, hashes=9, total=10**10, scanned=7, done_parts=(1, 4), hits=2,
        problem="part 2 cannot be read", started_at=NOW, finished_at=NOW + timedelta(seconds=1),
    )  # fmt: skip
    with database.write() as connection:
        assert store.read_looked_until(connection) == 0
        store.insert_lookback(connection, first)
        assert store.find_lookback(connection, "look_1") == first
        store.update_lookback(connection, later)
        store.insert_lookback(connection, LookBack("look_2", 5, 8, LookBackState.WAITING, NOW + timedelta(days=1)))
    with database.read() as connection:
        assert store.find_lookback(connection, "look_1") == later
        assert store.find_lookback(connection, "look_0") is None
        assert [row.id for row in store.select_lookbacks(connection)] == ["look_2", "look_1"]
        assert store.read_looked_until(connection) == 8


def test_only_live_entries_of_known_banks_are_looked_for(database: Database) -> None:
    with database.write() as connection:
        bank_store.insert_bank(connection, BANK)
        benign = replace(BANK, id="bank_2", name="b2", role=BankRole.BENIGN, may_cause=())
        bank_store.insert_bank(connection, benign)
        kept = bank_store.insert_entry(connection, "bank_1", BankEntry("kept", id="entry_1"), NOW)
        gone = bank_store.insert_entry(connection, "bank_1", BankEntry("gone", id="entry_2"), NOW)
        bank_store.insert_entry(connection, "bank_2", BankEntry("innocent", id="entry_3"), NOW)
        middle = bank_store.read_last_sequence(connection)
        late = bank_store.insert_entry(connection, "bank_1", BankEntry("late", id="entry_4"), NOW)
        bank_store.retire_entry(connection, gone, "bank_1", NOW)
        last = bank_store.read_last_sequence(connection)
        assert store.select_added(connection, 0, middle) == [kept.number]
        assert store.select_added(connection, middle, last) == [late.number]
        bank_store.mark_removed(connection, "bank_1", NOW)
        assert store.select_added(connection, 0, last) == []


def test_analyses_are_listed_in_order_and_forgotten_by_age(database: Database) -> None:
    facts = [make_facts(name, at=NOW - timedelta(days=name)) for name in (1, 2, 3)]
    with database.write() as connection:
        for each in facts:
            media_store.save_facts(connection, each)
        assert store.count_analyses(connection) == 3
        assert store.select_analyses(connection, "", 2) == facts[:2]
        assert store.select_analyses(connection, facts[1].sha256, 2) == facts[2:]
        assert store.forget_analyses(connection, NOW - timedelta(days=1, hours=12)) == 2
        assert store.forget_analyses(connection, NOW - timedelta(days=1, hours=12)) == 0
        kept, *emptied = store.select_analyses(connection, "", 9)
    assert kept == facts[0]
    assert [(each.frames, each.sampling, each.kind) for each in emptied] == [(b"", FORGOTTEN, facts[0].kind)] * 2
