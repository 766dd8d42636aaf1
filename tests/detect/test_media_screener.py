"""The whole eye on both databases: a disguised copy is found, an unrelated clip is not, nothing is doubled."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jacana.audit import list_entries
from jacana.db.engine import Database
from jacana.detect.media import screener as module
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.banks.source import digest_file, read_bank_source
from jacana.detect.media.compare import MAX_FINDINGS
from jacana.detect.media.hashing.frames import unpack_frames
from jacana.detect.media.known import IndexInWriteError
from jacana.detect.media.screener import MediaScreener
from jacana.model.bank import BankEntry, BankRole
from jacana.model.clock import utc_now
from jacana.model.finding import FindingKind
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Upload
from jacana.settings import Settings
from jacana.simulate.clips import draw_clip

AddUpload = Callable[..., Upload]


@pytest.fixture
def screener(clock, tmp_path: Path) -> Iterator[MediaScreener]:
    made = MediaScreener(replace(Settings(), data_dir=tmp_path / "data"), clock)
    yield made
    made.close()


@pytest.fixture
def banks(clock) -> Banks:
    return Banks(clock)


@pytest.fixture(scope="module")
def eye(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaScreener]:
    """A screener of this module's own, for analyses that several tests use."""
    made = MediaScreener(replace(Settings(), data_dir=tmp_path_factory.mktemp("eye")), utc_now)
    yield made
    made.close()


@pytest.fixture(scope="module")
def analysed(clips: dict[str, Path], eye: MediaScreener) -> dict[str, MediaFacts]:
    return {name: eye.analyse(path, digest_file(path).sha256) for name, path in clips.items()}


@pytest.fixture(scope="module")
def known_entry(clips: dict[str, Path], eye: MediaScreener) -> BankEntry:
    return read_bank_source(clips["known"], eye).entries[0]


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
    whole = replace(known_entry, label="three", windows=b"", window_count=0)
    fill_bank(database, banks, whole, "b2", max_distance=0)
    assert labels() == ["one"]
    with database.write() as connection:
        banks.remove(connection, "b1", "system")
    assert labels() == []


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
    assert len(found) == len({finding.id for finding in found}) == MAX_FINDINGS


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
        with database.read() as connection:
            found = screener.find(connection, upload, facts)
        with database.write() as connection:
            screener.record_analysis(connection, facts)
            screener.record_findings(connection, found, clock())
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
    screener = MediaScreener(replace(Settings(), media_workers=2, data_dir=tmp_path), clock)
    threads = [threading.Thread(target=screener.analyse, args=(tmp_path, "0" * 64)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    screener.close()
    assert most[0] == 2


def test_what_innocent_material_explains_is_set_aside_and_on_record(
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
    fill_bank(database, banks, replace(known_entry, label="a jingle"), "harmless", role=BankRole.BENIGN)
    upload, facts = add_upload(digest_file(clips["disguised"])), analysed["disguised"]
    with database.read() as connection:
        (aside,) = screener.find(connection, upload, facts)
    assert (aside.kind, aside.match.bank_name, aside.match.role) == (FindingKind.BENIGN_MATCH, "harmless", "benign")
    assert aside.match.may_cause == ()
    with database.read() as connection:
        entry_id = banks.show(connection, "b1").entries[0].id
    assert aside.details["suppressed_entry"] == entry_id
    with database.write() as connection:
        screener.record_findings(connection, [aside], clock())
    with database.read() as connection:
        said = [entry for _, entry in list_entries(connection, subject=upload.id) if entry.verb == "match.suppressed"]
        assert screener.list_findings(connection, upload.id) == [aside]
    assert [entry.details["suppressed_entry"] for entry in said] == [entry_id]


def test_a_search_in_a_write_transaction_is_refused(
    database: Database, screener: MediaScreener, analysed: dict[str, MediaFacts], add_upload: AddUpload, clips
) -> None:
    upload = add_upload(digest_file(clips["other"]))
    with database.write() as connection, pytest.raises(IndexInWriteError):
        screener.find(connection, upload, analysed["other"])


def test_a_lead_brings_a_second_denser_look(
    database: Database,
    banks: Banks,
    screener: MediaScreener,
    known_entry: BankEntry,
    add_upload: AddUpload,
    tmp_path: Path,
) -> None:
    """A copy too long to be decoded whole: key frames first, then every frame around those that come near."""
    draw_clip(tmp_path / "long.mp4", 11, seconds=14)
    draw_clip(tmp_path / "foreign.mp4", 77, seconds=14)
    fill_bank(database, banks, known_entry)
    first = screener.analyse(tmp_path / "long.mp4", digest_file(tmp_path / "long.mp4").sha256)
    with database.read() as connection:
        spans = screener.find_leads(connection, first)
    assert spans
    assert first.sampling == "adaptive"

    def find_leads(facts: MediaFacts) -> tuple[tuple[float, float], ...]:
        with database.read() as connection:
            return screener.find_leads(connection, facts)

    both = screener.analyse(tmp_path / "long.mp4", first.sha256, leads=find_leads)
    assert both.frame_count > 2 * first.frame_count
    seconds = unpack_frames(both.frames).seconds
    assert (np.diff(seconds) > 0).all()
    assert set(unpack_frames(first.frames).seconds) <= set(seconds)
    upload = add_upload(digest_file(tmp_path / "long.mp4"))
    with database.read() as connection:
        (sparse,), (dense,) = (screener.find(connection, upload, facts) for facts in (first, both))
    assert dense.match.matched_seconds >= 4 > sparse.match.matched_seconds
    foreign = screener.analyse(tmp_path / "foreign.mp4", digest_file(tmp_path / "foreign.mp4").sha256)
    with database.read() as connection:
        assert screener.find_leads(connection, foreign) == ()
