"""Rows in and out, the same on both databases."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from jacana.db.engine import Database
from jacana.db.tables.detect import detect_findings
from jacana.detect.media import store
from jacana.model.bank import Bank
from jacana.model.finding import BankMatch, Finding, FindingKind, FrameMatch, MatchedSegment
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests, Upload

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FACTS = MediaFacts("a" * 64, MediaKind.VIDEO, "v1", NOW, "mp4", "h264", 4, 3, 1.5, None, None, 1, bytes(41))
BANK = Bank("bank_1", "b1", "s", "B2", ("hold", "open_case"), 31, 50, 1.0, NOW, note="n")
DIGESTS = Digests("1" * 32, "2" * 40, "3" * 64)


def test_facts_are_kept_and_replaced(database: Database) -> None:
    with database.write() as connection:
        assert store.find_facts(connection, "a" * 64) is None
        store.save_facts(connection, FACTS)
        store.save_facts(connection, FACTS)
    unreadable = replace(FACTS, kind=MediaKind.UNREADABLE, problem="truncated", problem_detail="Cut.", width=None)
    with database.read() as connection:
        assert store.find_facts(connection, "a" * 64) == FACTS
    with database.write() as connection:
        store.save_facts(connection, unreadable)
    with database.read() as connection:
        assert store.find_facts(connection, "a" * 64) == unreadable


def test_findings_are_stored_once_and_come_back_whole(database: Database, add_upload: Callable[..., Upload]) -> None:
    upload = add_upload(DIGESTS)
    frames = (FrameMatch(0.5, 90, 0.4800000000000001, 12), FrameMatch(1.5, 90, 1.5, 9, 3, 5, (1, 2, 30, 40), 7))
    segment = MatchedSegment(0.5, 1.5, 0.25, 1.25, 2, ("mirrored",), (1, 2, 30, 40))
    plain = MatchedSegment(3.0, 3.0, 9.0, 9.0, 1)
    match = BankMatch("bank_1", "b1", "s", None, ("hold",), "entry_1", "clip", 3.0, 0.75, 12, False, frames)
    match = replace(match, segments=(segment, plain), role="benign", trust="lead", how=("mirrored", "a window"))
    strong = Finding("find_1", upload.id, "3" * 64, FindingKind.BANK_MATCH, "d", "1", 0.9, ("A.", "B."), match)
    weak = Finding("find_2", upload.id, "3" * 64, FindingKind.MEDIA_UNREADABLE, "d", "1", 0.2, (), None, {"a": "b"})
    with database.write() as connection:
        store.insert_findings(connection, [weak, strong], NOW)
        store.insert_findings(connection, [replace(strong, score=0.1)], NOW)
    with database.read() as connection:
        assert store.select_findings(connection, upload.id) == [strong, weak]
        assert store.select_findings(connection, "upload_other") == []
        assert store.select_finding_ids(connection, upload.id, NOW) == {strong.id, weak.id}
        assert store.select_finding_ids(connection, upload.id, NOW - timedelta(microseconds=1)) == set()


def test_a_match_stored_before_segments_were_known_still_loads(
    database: Database, add_upload: Callable[..., Upload]
) -> None:
    upload = add_upload(DIGESTS)
    match = BankMatch("bank_1", "b1", "s", None, ("hold",), "entry_1", "clip", 3.0, 0.75, 12, False)
    finding = Finding("find_1", upload.id, "3" * 64, FindingKind.BANK_MATCH, "d", "1", 0.9, ("A.",), match)
    older = {
        name: value for name, value in asdict(match).items() if name not in ("segments", "role", "trust", "how")
    } | {"frames": [{"seconds": 1.5, "quality": 80, "entry_seconds": 2.5, "distance": 4}]}
    with database.write() as connection:
        store.insert_findings(connection, [finding], NOW)
        connection.execute(detect_findings.update().values(match=older))
    with database.read() as connection:
        (found,) = store.select_findings(connection, upload.id)
    assert found.match == replace(match, frames=(FrameMatch(1.5, 80, 2.5, 4),))
