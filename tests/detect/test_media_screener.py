"""The whole eye on both databases: a disguised copy is found, an unrelated clip is not, nothing is doubled."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jacana.db.engine import Database
from jacana.detect.media import screener as module
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.banks.source import digest_file, read_bank_source
from jacana.detect.media.screener import MediaScreener
from jacana.model.bank import BankEntry
from jacana.model.finding import FindingKind
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Upload
from jacana.settings import Settings

AddUpload = Callable[..., Upload]


@pytest.fixture
def screener(clock) -> MediaScreener:
    return MediaScreener(Settings(), clock)


@pytest.fixture
def banks(clock) -> Banks:
    return Banks(clock)


@pytest.fixture(scope="module")
def analysed(clips: dict[str, Path]) -> dict[str, MediaFacts]:
    from jacana.model.clock import utc_now

    screener = MediaScreener(Settings(), utc_now)
    return {name: screener.analyse(path, digest_file(path).sha256) for name, path in clips.items()}


@pytest.fixture(scope="module")
def known_entry(clips: dict[str, Path]) -> BankEntry:
    from jacana.model.clock import utc_now

    return read_bank_source(clips["known"], MediaScreener(Settings(), utc_now)).entries[0]


def fill_bank(database: Database, banks: Banks, entry: BankEntry, name: str = "b1", **rules: object) -> None:
    with database.write() as connection:
        banks.create(connection, name, "A source", actor="system", **rules)
        banks.add_entries(connection, name, [entry], "system")


def test_a_disguised_copy_is_found_and_an_other_clip_is_not(
    database: Database,
    banks: Banks,
    screener: MediaScreener,
    clips: dict[str, Path],
    analysed: dict[str, MediaFacts],
    known_entry: BankEntry,
    add_upload: AddUpload,
) -> None:
    fill_bank(database, banks, known_entry, classification="A2", may_cause=["hold", "draft_report"])
    copy = add_upload(digest_file(clips["disguised"]))
    other = add_upload(digest_file(clips["other"]), "upload_2")
    with database.read() as connection:
        (finding,) = screener.find(connection, copy, analysed["disguised"])
        assert screener.find(connection, other, analysed["other"]) == []
        assert screener.find(connection, copy, analysed["disguised"]) == [finding]
    match = finding.match
    assert match is not None
    assert (finding.kind, finding.upload_id, finding.sha256) == (FindingKind.BANK_MATCH, copy.id, copy.digests.sha256)
    assert (match.bank_name, match.entry_label, match.exact) == ("b1", "known.mp4", False)
    assert (match.classification, match.may_cause, match.source) == ("A2", ("hold", "draft_report"), "A source")
    assert match.matched_seconds == 4.0
    assert match.matched_fraction > 0.8
    assert 0 <= match.nearest <= 31
    assert all(frame.distance <= 31 and abs(frame.seconds - frame.entry_seconds) < 1 for frame in match.frames)
    assert 0.5 < finding.score < 1.0
    assert any("distinct seconds" in reason for reason in finding.reasons)
    assert finding.id.startswith("find_")
    assert len(finding.id) == 31


def test_identical_bytes_are_an_exact_match_even_without_frames(
    database: Database,
    banks: Banks,
    screener: MediaScreener,
    clips: dict[str, Path],
    analysed: dict[str, MediaFacts],
    known_entry: BankEntry,
    add_upload: AddUpload,
) -> None:
    fill_bank(database, banks, BankEntry("listed", md5=known_entry.md5))
    fill_bank(database, banks, known_entry, "b2")
    upload = add_upload(digest_file(clips["known"]))
    with database.read() as connection:
        found = screener.find(connection, upload, analysed["known"])
        bare = screener.find(connection, upload, replace(analysed["known"], frames=b"", frame_count=0))
    assert [(f.score, f.match.exact, f.match.nearest) for f in found if f.match] == [(1.0, True, 0), (1.0, True, 0)]
    by_bank = {f.match.bank_name: f for f in found if f.match}
    assert "MD5" in by_bank["b1"].reasons[0]
    assert "SHA-256" in by_bank["b2"].reasons[0]
    assert by_bank["b1"].match.matched_seconds == 0.0
    assert by_bank["b2"].match.matched_seconds == 4.0
    assert {f.id for f in bare} == {f.id for f in found}


def test_an_unreadable_file_is_a_finding_and_its_frames_still_match(
    database: Database,
    banks: Banks,
    screener: MediaScreener,
    clips: dict[str, Path],
    analysed: dict[str, MediaFacts],
    known_entry: BankEntry,
    add_upload: AddUpload,
) -> None:
    fill_bank(database, banks, known_entry)
    upload = add_upload(digest_file(clips["cut"]))
    assert analysed["cut"].kind is MediaKind.UNREADABLE
    with database.read() as connection:
        match, unreadable = screener.find(connection, upload, analysed["cut"])
    assert (match.kind, unreadable.kind) == (FindingKind.BANK_MATCH, FindingKind.MEDIA_UNREADABLE)
    assert unreadable.reasons == ("The file ends before its video does: part of it is missing.",)
    assert unreadable.details == {"problem": "truncated", "frames_read": str(analysed["cut"].frame_count)}


def test_what_enters_or_leaves_a_bank_counts_at_once(
    database: Database,
    banks: Banks,
    screener: MediaScreener,
    clips: dict[str, Path],
    analysed: dict[str, MediaFacts],
    known_entry: BankEntry,
    add_upload: AddUpload,
) -> None:
    upload = add_upload(digest_file(clips["disguised"]))

    def labels() -> list[str]:
        with database.read() as connection:
            found = screener.find(connection, upload, analysed["disguised"])
        return sorted(finding.match.entry_label for finding in found if finding.match)

    assert labels() == []
    fill_bank(database, banks, replace(known_entry, label="one"))
    assert labels() == ["one"]
    with database.write() as connection:
        banks.add_entries(connection, "b1", [replace(known_entry, label="two")], "system")
    assert labels() == ["one", "two"]
    with database.write() as connection:  # the same label with other frames
        banks.add_entries(connection, "b1", [BankEntry("two", sha256="0" * 64)], "system")
    assert labels() == ["one"]
    fill_bank(database, banks, replace(known_entry, label="three"), "b2", max_distance=0)
    assert labels() == ["one"]
    with database.write() as connection:
        banks.remove(connection, "b1", "system")
    assert labels() == []


def test_banks_are_read_only_when_they_changed(
    database: Database,
    banks: Banks,
    screener: MediaScreener,
    analysed: dict[str, MediaFacts],
    clips: dict[str, Path],
    known_entry: BankEntry,
    add_upload: AddUpload,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_bank(database, banks, known_entry)
    fill_bank(database, banks, known_entry, "b2")
    upload = add_upload(digest_file(clips["other"]))
    loads: list[str] = []
    real = module.load_bank
    monkeypatch.setattr(module, "load_bank", lambda bank, entries: loads.append(bank.name) or real(bank, entries))
    for _ in range(3):
        with database.read() as connection:
            screener.find(connection, upload, analysed["other"])
    assert loads == ["b1", "b2"]
    with database.write() as connection:
        banks.add_entries(connection, "b2", [BankEntry("new", sha1="0" * 40)], "system")
    with database.read() as connection:
        screener.find(connection, upload, analysed["other"])
    assert loads == ["b1", "b2", "b2"]


def test_many_entries_of_one_bank_give_a_bounded_number_of_findings(
    database: Database,
    banks: Banks,
    screener: MediaScreener,
    clips: dict[str, Path],
    analysed: dict[str, MediaFacts],
    known_entry: BankEntry,
    add_upload: AddUpload,
) -> None:
    fill_bank(database, banks, known_entry)
    with database.write() as connection:
        banks.add_entries(connection, "b1", [replace(known_entry, label=f"{n}") for n in range(30)], "system")
    with database.read() as connection:
        found = screener.find(connection, add_upload_quietly(add_upload, clips), analysed["disguised"])
    assert len(found) == module.MAX_FINDINGS
    assert len({finding.id for finding in found}) == module.MAX_FINDINGS


def add_upload_quietly(add_upload: AddUpload, clips: dict[str, Path]) -> Upload:
    return add_upload(digest_file(clips["disguised"]))


def test_analyses_and_findings_are_recorded_once(
    database: Database,
    banks: Banks,
    screener: MediaScreener,
    clips: dict[str, Path],
    analysed: dict[str, MediaFacts],
    known_entry: BankEntry,
    add_upload: AddUpload,
    clock,
) -> None:
    fill_bank(database, banks, known_entry)
    upload, facts = add_upload(digest_file(clips["cut"])), analysed["cut"]
    for _ in range(2):
        with database.write() as connection:
            screener.record_analysis(connection, facts)
            screener.record_findings(connection, screener.find(connection, upload, facts), clock())
    with database.read() as connection:
        stored = screener.load_analysis(connection, facts.sha256)
        assert stored is not None
        assert stored.frames == facts.frames
        assert {f.kind for f in screener.list_findings(connection, upload.id)} == {
            FindingKind.BANK_MATCH,
            FindingKind.MEDIA_UNREADABLE,
        }
        assert len(screener.list_findings(connection, upload.id)) == 2
        assert screener.load_analysis(connection, "f" * 64) is None
    with database.write() as connection:
        screener.record_analysis(connection, replace(facts, hasher_version="older"))
    with database.read() as connection:
        assert screener.load_analysis(connection, facts.sha256) is None


def test_no_more_files_are_decoded_at_once_than_set(clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def slow(*_arguments: object, **_options: object) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1

    monkeypatch.setattr(module, "analyse_file", slow)
    screener = MediaScreener(replace(Settings(), media_workers=2), clock)
    threads = [threading.Thread(target=screener.analyse, args=(tmp_path, "0" * 64)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 2


def test_a_bank_that_appears_between_two_reads_does_not_break_matching(
    database: Database,
    banks: Banks,
    screener: MediaScreener,
    clips: dict[str, Path],
    analysed: dict[str, MediaFacts],
    known_entry: BankEntry,
    add_upload: AddUpload,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Postgres lets the second query of a transaction see a bank that the first one did not."""
    fill_bank(database, banks, known_entry)
    upload = add_upload(digest_file(clips["known"]))
    with monkeypatch.context() as patched:
        seen = module.bank_store.read_revisions
        patched.setattr(module.bank_store, "read_revisions", lambda connection: seen(connection)[:-1])
        fill_bank(database, banks, known_entry, name="b2")
        with database.read() as connection:
            first = screener.find(connection, upload, analysed["known"])
    with database.read() as connection:
        second = screener.find(connection, upload, analysed["known"])
    assert {finding.match.bank_name for finding in first} == {"b1"}
    assert {finding.match.bank_name for finding in second} == {"b1", "b2"}
