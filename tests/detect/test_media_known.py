"""The index follows the banks: at once, in every process, after damage, and never over another database's index."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matching_rows import random_hashes

from jacana.db.engine import Database
from jacana.detect.media import known as module
from jacana.detect.media.banks import store
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.hashing.frames import WindowRow, collect_frames, collect_windows
from jacana.detect.media.index.address import split_addresses
from jacana.detect.media.index.errors import IndexDamagedError
from jacana.detect.media.index.live import HashIndex
from jacana.detect.media.known import IndexInWriteError, IndexUnusableError, KnownMedia
from jacana.model.bank import BankEntry


@pytest.fixture
def banks(clock) -> Banks:
    return Banks(clock)


@pytest.fixture
def known(tmp_path: Path) -> Iterator[KnownMedia]:
    made = KnownMedia(tmp_path / "index")
    yield made
    made.close()


def make_entry(label: str, hashes: list[bytes], windows: list[bytes] | None = None, quality: int = 90) -> BankEntry:
    rows: list[WindowRow] = [(0.0, quality, 5, 0, (0, 0, 9, 9), pdq) for pdq in windows or []]
    return BankEntry(
        label,
        sha1=label.encode().hex().ljust(40, "0")[:40],
        frame_count=len(hashes),
        frames=collect_frames([(float(n), quality, pdq) for n, pdq in enumerate(hashes)]).pack(),
        window_count=len(rows),
        windows=collect_windows(rows).pack(),
    )


def add(database: Database, banks: Banks, *entries: BankEntry, bank: str = "b1") -> None:
    with database.write() as connection:
        if bank not in {each.name for each in banks.list(connection)}:
            banks.create(connection, bank, "A source", actor="system")
        banks.add_entries(connection, bank, entries, "system")


def find(database: Database, known: KnownMedia, hashes: list[bytes]) -> list[tuple[int, str, int, int]]:
    """(query, label, row, distance) of what is found and live."""
    queries = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32)
    with database.read() as connection:
        hits = known.search(connection, queries)
        numbers, rows = split_addresses(hits.address)
        entries = known.load(connection, set(numbers.tolist()))
    found = zip(hits.query.tolist(), numbers.tolist(), rows.tolist(), hits.distance.tolist(), strict=True)
    return sorted((query, entries[n].entry.label, row, far) for query, n, row, far in found if n in entries)


def test_what_is_committed_is_found_at_once_and_what_is_taken_back_is_not(
    database: Database, banks: Banks, known: KnownMedia
) -> None:
    one, two, three = random_hashes(1, 3)
    assert find(database, known, [one]) == []
    add(database, banks, make_entry("a", [two, one], [three]))
    assert find(database, known, [one, three]) == [(0, "a", 1, 0), (1, "a", 2, 0)]
    add(database, banks, make_entry("b", [one]))
    assert find(database, known, [one]) == [(0, "a", 1, 0), (0, "b", 0, 0)]
    add(database, banks, make_entry("a", [three]))  # the same label with other frames: a new entry and a tombstone
    assert find(database, known, [one, three]) == [(0, "b", 0, 0), (1, "a", 0, 0)]
    with database.write() as connection:
        entry = banks.show(connection, "b1").entries[1]
        banks.retire(connection, "b1", [entry.id], "system", "test")
    assert find(database, known, [one, three]) == [(1, "a", 0, 0)]
    with database.write() as connection:
        banks.remove(connection, "b1", "system")
    assert find(database, known, [one, three]) == []


def test_the_rows_of_an_entry_are_its_frames_and_then_its_windows(
    database: Database, banks: Banks, known: KnownMedia
) -> None:
    frame, window = random_hashes(2, 2)
    add(database, banks, make_entry("a", [frame], [window]))
    find(database, known, [frame])
    with database.read() as connection:
        (entry,) = known.load(connection, [1]).values()
        assert known.load(connection, [99]) == {}
    assert [row.tobytes() for row in entry.rows.pdq] == [frame, window]
    assert (entry.bank.name, entry.entry.label, entry.entry.frames, entry.entry.windows) == ("b1", "a", b"", b"")


def test_rows_without_information_are_not_indexed(database: Database, banks: Banks, known: KnownMedia) -> None:
    good, poor = random_hashes(3, 2)
    add(database, banks, make_entry("a", [good, bytes(32)]), make_entry("b", [poor], quality=49))
    assert find(database, known, [good, poor]) == [(0, "a", 0, 0)]


def test_exact_digests_of_entries_are_indexed_too(
    database: Database, banks: Banks, known: KnownMedia, tmp_path: Path
) -> None:
    entry = make_entry("a", [])
    add(database, banks, entry)
    assert find(database, known, random_hashes(3, 1)) == []
    index = HashIndex.open(tmp_path / "index")
    queries = np.frombuffer(bytes.fromhex(entry.sha1 or "") + bytes(20), np.uint8).reshape(2, 20)
    hits = index.digests.find("sha1", queries)
    index.close()
    assert [part.tolist() for part in hits] == [[0], [1]]


def test_a_long_backlog_comes_in_by_portions(
    database: Database, banks: Banks, known: KnownMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHANGES_AT_ONCE", 3)
    hashes = random_hashes(4, 10)
    for number in range(3):  # each time all labels are replaced
        shown = hashes[number:] + hashes[:number]
        add(database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(shown)))
    found = find(database, known, hashes)
    assert [(query, int(label)) for query, label, _, _ in found] == [(n, (n - 2) % 10) for n in range(10)]


def test_two_processes_share_one_index(database: Database, banks: Banks, known: KnownMedia, tmp_path: Path) -> None:
    other = KnownMedia(tmp_path / "index")
    hashes = random_hashes(5, 6)
    for number, pdq in enumerate(hashes):
        add(database, banks, make_entry(f"{number}", [pdq]))
        reader = (known, other)[number % 2]
        assert len(find(database, reader, hashes)) == number + 1
    assert len(find(database, known, hashes)) == len(find(database, other, hashes)) == 6
    other.close()


def test_many_threads_find_everything(database: Database, banks: Banks, known: KnownMedia) -> None:
    hashes, counts = random_hashes(6, 8), []
    add(database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(hashes)))
    threads = [threading.Thread(target=lambda: counts.append(len(find(database, known, hashes)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [8] * 4


@pytest.mark.parametrize("damage", ["manifest", "everything", "opened"])
def test_a_damaged_index_is_built_anew_loudly(
    database: Database, banks: Banks, tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hashes = random_hashes(7, 4)
    add(database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(hashes)))
    known = KnownMedia(tmp_path / "index")
    assert len(find(database, known, hashes)) == 4
    if damage != "opened":
        known.close()
    for path in (tmp_path / "index").iterdir():
        if path.name == "manifest" or (damage == "everything" and path.is_file()):
            content = path.read_bytes()
            new = path.with_name("new")  # an index that is open sees another file, as a reader of a real fault would
            new.write_bytes(bytes(len(content)))
            new.replace(path)
    assert len(find(database, known, hashes)) == 4
    assert "unusable" in "".join(capsys.readouterr())
    known.close()
    known = KnownMedia(tmp_path / "index")
    assert len(find(database, known, hashes)) == 4
    assert "unusable" not in "".join(capsys.readouterr())
    known.close()


@pytest.mark.parametrize(("later", "bank"), [(0, "other"), (3, "other"), (3, "b1")])
def test_the_index_of_another_database_is_not_believed(
    database: Database, banks: Banks, tmp_path: Path, later: int, bank: str
) -> None:
    """Its numbers mean other entries: trusting its position would leave out what this database has."""
    foreign = tmp_path / "foreign"
    known = KnownMedia(foreign)
    mine, hashes = random_hashes(8, 5), random_hashes(9, 5)
    add(database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(hashes)))
    assert len(find(database, known, hashes)) == 5
    known.close()
    with database.write() as connection:  # what a restored backup looks like: other changes under the same numbers
        for table in ("detect_bank_changes", "detect_bank_entries"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        if not database.is_sqlite:
            connection.exec_driver_sql("ALTER SEQUENCE detect_bank_changes_sequence_seq RESTART")
    add(database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(mine[: 2 + later])), bank=bank)
    known = KnownMedia(foreign)
    assert len(find(database, known, mine)) == 2 + later
    known.close()


def test_an_index_that_cannot_be_used_is_no_pass(
    database: Database, banks: Banks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database, banks, make_entry("a", random_hashes(10, 1)))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexUnusableError):
        find(database, KnownMedia(tmp_path / "file"), random_hashes(10, 1))

    def fail(*_arguments: object) -> None:
        raise IndexDamagedError("always")

    monkeypatch.setattr(module, "_apply_changes", fail)
    with pytest.raises(IndexUnusableError):
        find(database, KnownMedia(tmp_path / "index"), random_hashes(10, 1))


def test_a_crash_between_removing_and_adding_only_repeats(
    database: Database, banks: Banks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = random_hashes(11, 2)
    add(database, banks, make_entry("a", [one]))
    known = KnownMedia(tmp_path / "index")
    assert len(find(database, known, [one, two])) == 1
    add(database, banks, make_entry("a", [two]))
    with monkeypatch.context() as patched:
        patched.setattr(HashIndex, "add", lambda *_given, **_named: (_ for _ in ()).throw(OSError("power")))
        with pytest.raises(IndexUnusableError):
            find(database, known, [one, two])
    assert find(database, known, [one, two]) == [(1, "a", 0, 0)]
    known.close()


def test_nothing_uncommitted_enters_the_index(database: Database, banks: Banks, known: KnownMedia) -> None:
    add(database, banks, make_entry("a", random_hashes(12, 1)))
    with database.write() as connection, pytest.raises(IndexInWriteError):
        known.search(connection, np.zeros((1, 32), np.uint8))


def test_entries_in_memory_are_bounded(
    database: Database, banks: Banks, known: KnownMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHED_BYTES", 500)
    hashes = random_hashes(13, 12)
    add(database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(hashes)))
    for _ in range(2):
        assert len(find(database, known, hashes)) == 12
    assert len(known._cached) == 4  # 64 and 47 bytes each
    assert known._cached_bytes == 4 * 111


def test_an_index_that_was_deleted_comes_back(database: Database, banks: Banks, tmp_path: Path) -> None:
    hashes = random_hashes(14, 2)
    add(database, banks, replace(make_entry("a", hashes), sha1=None))
    known = KnownMedia(tmp_path / "index")
    assert len(find(database, known, hashes)) == 2
    known.close()
    shutil.rmtree(tmp_path / "index")
    assert len(find(database, known, hashes)) == 2
    known.close()


def test_an_index_that_somebody_begins_anew_before_it_is_searched_is_no_pass(
    database: Database, banks: Banks, known: KnownMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads or processes that both meet a damaged index may each begin it anew."""
    hashes = random_hashes(15, 3)
    add(database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(hashes)))
    search, others = HashIndex.search, [1]

    def begin_anew_and_search(index: HashIndex, *given: object, **named: object) -> object:
        if others:
            others.pop()
            HashIndex.recreate(index._directory)
        return search(index, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(HashIndex, "search", begin_anew_and_search)
    assert len(find(database, known, hashes)) == 3


def test_two_databases_over_one_index_are_found_out(
    database: Database, banks: Banks, known: KnownMedia, sqlite_url: str, tmp_path: Path
) -> None:
    """The second takes the index over; the first, which still runs, must not take the other's entries for its own."""
    other_url = f"sqlite:///{tmp_path / 'other.db'}"
    shutil.copy(sqlite_url.removeprefix("sqlite:///"), tmp_path / "other.db")
    mine, theirs = random_hashes(16, 2), random_hashes(17, 3)
    add(database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(mine)))
    assert len(find(database, known, mine)) == 2
    other_database, other = Database(other_url), KnownMedia(tmp_path / "index")
    add(other_database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(theirs)))
    assert len(find(other_database, other, theirs)) == 3
    with pytest.raises(IndexUnusableError, match="another database"):
        find(database, known, mine)
    assert len(find(other_database, other, theirs)) == 3
    other.close()
    other_database.close()


def test_a_crash_before_the_last_changes_and_an_older_backup_leave_nothing_out(
    database: Database, banks: Banks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index had taken in changes that the restored database has others in place of."""
    hashes, lost, new = random_hashes(18, 2), random_hashes(19, 2), random_hashes(20, 3)
    add(database, banks, *(make_entry(f"{n}", [pdq]) for n, pdq in enumerate(hashes)))
    known = KnownMedia(tmp_path / "index")
    assert len(find(database, known, hashes)) == 2
    add(database, banks, *(make_entry(f"lost {n}", [pdq]) for n, pdq in enumerate(lost)))
    append = HashIndex.add

    def add_and_die(*given: object, **named: object) -> None:
        append(*given, **named)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(HashIndex, "add", add_and_die)
        find(database, known, hashes)
    known.close()
    with database.write() as connection:  # the backup is older, and its sequence begins where it ended
        connection.exec_driver_sql("DELETE FROM detect_bank_changes WHERE sequence > 2")
        connection.exec_driver_sql("DELETE FROM detect_bank_entries WHERE number > 2")
        if not database.is_sqlite:
            connection.exec_driver_sql("ALTER SEQUENCE detect_bank_changes_sequence_seq RESTART WITH 3")
    add(database, banks, *(make_entry(f"new {n}", [pdq]) for n, pdq in enumerate(new)))
    known = KnownMedia(tmp_path / "index")
    assert len(find(database, known, [*hashes, *new])) == 5
    known.close()


def test_a_process_that_opens_while_another_is_ahead_does_not_begin_anew(
    database: Database, banks: Banks, known: KnownMedia, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hashes = random_hashes(21, 2)
    add(database, banks, make_entry("a", hashes[:1]))
    late = KnownMedia(tmp_path / "index")
    with database.read() as connection:
        connection.exec_driver_sql("SELECT * FROM detect_banks")  # on SQLite the transaction sees no later change
        add(database, banks, make_entry("b", hashes[1:]))
        assert len(find(database, known, hashes)) == 2
        queries = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32)
        late.search(connection, queries)
    late.close()
    assert "unusable" not in "".join(capsys.readouterr())


def test_one_entry_that_is_damaged_or_too_long_stops_no_other(
    database: Database,
    banks: Banks,
    known: KnownMedia,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hashes = random_hashes(15, 5)
    monkeypatch.setattr(module, "MAX_ROWS", 3)
    damaged = replace(make_entry("damaged", hashes[:1]), id="entry_0", frames=bytes(40))
    with database.write() as connection:  # banks refuse it today; what an earlier version took may be there
        banks.create(connection, "b1", "A source", actor="system")
        store.insert_entry(connection, banks.find(connection, "b1").id, damaged, banks._clock())
    add(database, banks, make_entry("long", hashes[:4]), make_entry("good", hashes[4:]))
    found = find(database, known, hashes)
    assert found == [(0, "long", 0, 0), (1, "long", 1, 0), (2, "long", 2, 0), (4, "good", 0, 0)]
    said = "".join(capsys.readouterr())
    assert "damaged" in said
    assert "more hashes than the index can name" in said
