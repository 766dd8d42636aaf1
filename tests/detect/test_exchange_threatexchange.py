"""The library's exchanges as ours: its sample and file exchanges without a network; states are JSON, never pickles."""

import json
import sys
from pathlib import Path

import pytest
from exchange_lists import digest, gather
from threatexchange.exchanges.collab_config import CollaborationConfigBase
from threatexchange.exchanges.impl.file_api import FileCollaborationConfig, LocalFileSignalExchangeAPI
from threatexchange.exchanges.impl.static_sample import StaticSampleSignalExchangeAPI

from jacana.detect.media.exchange.port import ExchangeAnswerInvalidError, ExchangeUnsupportedError, VoteMessage
from jacana.detect.media.exchange.threatexchange import (
    ExchangeExtraMissingError,
    LibraryExchange,
    check_record,
    load_library,
)
from jacana.detect.media.hashing.frames import unpack_frames
from jacana.model.bank import BankEntry, BankOrigin


@pytest.fixture
def sample(clock) -> LibraryExchange:
    config = CollaborationConfigBase("sample", "sample", True)
    return LibraryExchange(StaticSampleSignalExchangeAPI(), config, "sample", clock)


@pytest.fixture
def listed(clock, tmp_path: Path) -> tuple[LibraryExchange, Path]:
    path = tmp_path / "signals.txt"
    config = FileCollaborationConfig(name="file", filename=str(path))
    return LibraryExchange(LocalFileSignalExchangeAPI(config), config, "file", clock), path


def test_the_sample_becomes_pictures_and_videos(sample: LibraryExchange) -> None:
    entries, gone, refused, last = gather(sample.read(None))
    assert sample.origin is BankOrigin.THREATEXCHANGE
    assert {entry.media_kind for entry in entries.values()} == {"picture", "video"}
    for entry in entries.values():
        assert bool(entry.md5) != bool(entry.frame_count)
        assert entry.frame_count == len(unpack_frames(entry.frames))
    assert (gone, refused) == (set(), set())
    assert json.loads(json.dumps(last.state)) == last.state
    sample.close()


def test_an_exchange_without_checkpoints_is_read_anew_each_time(sample: LibraryExchange) -> None:
    first = list(sample.read(None))
    assert not first[0].starts_over
    again = list(sample.read(first[-1].state))
    assert again[0].starts_over
    assert gather(again)[0] == gather(first)[0]


def test_what_cannot_be_mapped_is_counted_and_what_is_malformed_is_refused_alone(listed) -> None:
    exchange, path = listed
    lines = [
        f"pdq {digest('a', 'pdq').upper()}",
        f"video_md5 {digest('b')}",
        f"video_md5 {digest('b')[:-1]}",
        "url https://example.org/",
        "raw_text nothing in particular",
    ]
    path.write_text("\n".join(lines))
    pages = list(exchange.read(None))
    entries, gone, refused, _ = gather(pages)
    assert len(gone) >= 2
    assert sum(sum(page.unused.values()) for page in pages) + len(refused) == 5 - len(entries)
    assert f"video_md5 {digest('b')}" in entries


def test_a_library_that_stumbles_is_an_answer_invalid_without_its_words(listed) -> None:
    exchange, path = listed
    with pytest.raises(ExchangeAnswerInvalidError) as failed:
        list(exchange.read(None))
    assert str(path) not in failed.value.message


def test_it_takes_nothing_back(sample: LibraryExchange) -> None:
    entry = BankEntry("x", md5="0" * 32)
    assert sample.list_signals(entry) == ()
    for call in (
        lambda: sample.list_reasons("MD5"),
        lambda: sample.vote(VoteMessage("x", "MD5", True)),
        lambda: sample.share(entry),
    ):
        with pytest.raises(ExchangeUnsupportedError):
            call()


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threatexchange", None)
    with pytest.raises(ExchangeExtraMissingError) as missing:
        load_library()
    assert missing.value.remedy == "pip install jacana[threatexchange]"


RECORD = {
    "id": "1",
    "indicator": "x",
    "type": "HASH_PDQ",
    "last_updated": "5",
    "should_delete": False,
    "descriptors": {"data": [{"id": "2", "owner": {"id": "3"}, "status": "MALICIOUS", "tags": ["a"]}]},
}


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"indicator": 5},
        {"last_updated": "soon"},
        {"descriptors": {}},
        {"descriptors": {"data": [{}]}},
        {"descriptors": {"data": [{"id": "2", "owner": {}, "status": "x"}]}},
        {"descriptors": {"data": [{"id": "2", "status": "x", "reactions": [{"key": "HELPFUL", "value": "you"}]}]}},
        {"descriptors": {"data": [{"id": "2", "status": "x", "tags": [5]}]}},
    ],
)
def test_a_record_that_would_break_the_page_is_found_before(changes: dict[str, object]) -> None:
    assert check_record(RECORD) is None
    problem = check_record(RECORD | changes)
    assert problem is not None
    assert problem.reference.startswith("HASH_PDQ ")


def test_a_tombstone_needs_no_descriptors() -> None:
    assert check_record(RECORD | {"should_delete": True, "descriptors": None}) is None
    for nonsense in (None, 5, [], "x"):
        assert check_record(nonsense) is not None
