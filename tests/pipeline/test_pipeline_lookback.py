"""A bank that grows is compared with everything that was screened; progress is kept, and nothing is done twice."""

from dataclasses import replace

import pytest

from jacana.detect.media.banks.source import read_bank_source
from jacana.detect.media.catalogue import store
from jacana.model.bank import BankEntry
from jacana.model.lookback import LookBackState
from jacana.model.upload import UploadState, Visibility
from jacana.pipeline import lookback
from jacana.pipeline.lookback import LookBackKeeper, begin_look_back, take_turn


def list_lookbacks(flow):
    with flow.stages.db.read() as connection:
        return store.select_lookbacks(connection)


@pytest.fixture
def settled(flow):
    """The look-back for the bank the flow starts with is over."""
    begin_look_back(flow.stages)
    flow.drain()
    return flow


def test_an_upload_screened_before_its_bank_grew_is_found(settled) -> None:
    flow = settled
    upload_id = flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.RELEASED
    flow.grow_bank("innocent")
    begun = begin_look_back(flow.stages)
    assert begin_look_back(flow.stages) is None, "one look-back for one change"
    topics = flow.drain()
    assert topics[:2] == ["look_back", "rescreen_upload"]
    assert flow.upload_state(upload_id) is UploadState.HELD
    done = list_lookbacks(flow)[0]
    assert (done.id, done.state, done.entries, done.hits) == (begun.id, LookBackState.DONE, 1, 1)
    assert done.scanned == done.total > 0


def test_an_entry_that_is_only_a_digest_finds_its_upload(settled) -> None:
    flow = settled
    upload_id = flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.drain()
    with flow.stages.db.write() as connection:
        md5 = flow.stages.intake.load_upload(connection, upload_id).digests.md5
        flow.stages.banks.add_entries(connection, "known", [BankEntry("by digest", md5=md5)], "test")
    begin_look_back(flow.stages)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD


def test_what_does_not_match_is_left_alone(settled) -> None:
    flow = settled
    upload_id = flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.drain()
    source = read_bank_source(flow.clips["disguised"], flow.stages.screener)
    with flow.stages.db.write() as connection:
        flow.stages.banks.add_entries(connection, "known", source.entries, "test")
    begin_look_back(flow.stages)
    assert flow.drain() == ["look_back"]
    assert flow.upload_state(upload_id) is UploadState.RELEASED


def test_a_look_back_goes_on_where_it_stopped(settled, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = settled
    upload_id = flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.drain()
    catalogue = flow.stages.catalogue
    monkeypatch.setattr(catalogue, "_max_bytes", 1)
    with flow.stages.db.read() as connection:
        facts = flow.stages.screener.load_facts(connection, flow.sha256(upload_id))
    for name in range(3):  # a part each
        catalogue.append(replace(facts, sha256=f"{name:064x}"))
    flow.grow_bank("innocent")
    begun = begin_look_back(flow.stages)
    monkeypatch.setattr(lookback, "TURN_SECONDS", 0)
    parts = len(catalogue.list_parts())
    assert parts >= 3
    left = [take_turn(flow.stages, begun.id) for _ in range(parts)]
    assert left == [True] * (parts - 1) + [False]
    done = list_lookbacks(flow)[0]
    assert sorted(done.done_parts) == [part.number for part in catalogue.list_parts()]
    assert (done.scanned, done.hits) == (done.total, 1)
    assert take_turn(flow.stages, begun.id) is False
    assert list_lookbacks(flow)[0] == done


def test_turns_follow_each_other_by_themselves(settled, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = settled
    for clip in ("innocent", "disguised"):
        monkeypatch.setattr(flow.stages.catalogue, "_max_bytes", 1)
        flow.upload(clip, "carla", Visibility.PUBLIC)
        flow.drain()
    monkeypatch.setattr(lookback, "TURN_SECONDS", 0)
    flow.grow_bank("innocent")
    begin_look_back(flow.stages)
    assert flow.drain().count("look_back") == len(flow.stages.catalogue.list_parts())
    assert list_lookbacks(flow)[0].state is LookBackState.DONE


def test_a_part_that_cannot_be_read_is_said_and_the_rest_is_compared(settled, monkeypatch) -> None:
    flow = settled
    monkeypatch.setattr(flow.stages.catalogue, "_max_bytes", 1)
    flow.upload("disguised", "berta", Visibility.PUBLIC)
    flow.drain()
    upload_id = flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.drain()
    flow.stages.catalogue.seal_full()
    flow.stages.catalogue.list_parts()[0].path.write_bytes(b"rubbish")
    flow.grow_bank("innocent")
    begin_look_back(flow.stages)
    flow.drain()
    last = list_lookbacks(flow)[0]
    assert last.state is LookBackState.FAILED
    assert "part 1 cannot be read" in last.problem
    assert flow.upload_state(upload_id) is UploadState.HELD


def test_the_keeper_begins_by_itself(settled, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = settled
    flow.grow_bank("innocent")
    keeper = LookBackKeeper(flow.stages, pause_seconds=0.01)
    keeper.start()
    try:
        for _ in range(500):
            if list_lookbacks(flow)[0].state is LookBackState.WAITING:
                break
            keeper.join(0.02)
    finally:
        keeper.stop()
    assert [row.state for row in list_lookbacks(flow)] == [LookBackState.WAITING, LookBackState.DONE]
