"""The strongest look at what only its owner sees: with the bytes where they are, with the hashes where they are not."""

import pytest

from jacana.audit import list_entries
from jacana.decide.store import list_decisions
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.model.upload import UploadState, Visibility
from jacana.pipeline.outside import ScreeningUnderWayError
from jacana.pipeline.privatelook import look_at_private


@pytest.fixture
def looked(stages, monkeypatch) -> list[SamplingPlan]:
    """The plans of every look that is taken."""
    plans: list[SamplingPlan] = []
    look = type(stages.screener).look

    def note(self, path, sha256, plan):
        plans.append(plan)
        return look(self, path, sha256, plan)

    monkeypatch.setattr(type(stages.screener), "look", note)
    return plans


def rescreened(flow, upload_id: str) -> list[dict]:
    with flow.stages.db.read() as connection:
        entries = [entry for _, entry in list_entries(connection, subject=upload_id)]
    return [entry.details for entry in entries if entry.verb == "upload.rescreened"]


def test_bytes_in_the_vault_are_looked_at_frame_by_frame_and_leave_nothing_behind(flow, looked) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    looked.clear()
    assert look_at_private(flow.stages, upload_id, "dec_1") is False  # known already, and decided
    assert [plan.mode for plan in looked] == ["thorough"]
    spool = flow.stages.settings.data_dir / "spool"
    assert list(spool.iterdir()) == []
    (details,) = rescreened(flow, upload_id)
    assert (details["cause"], details["new_findings"], details["frames"] > 30) == ("dec_1", 0, True)


def test_what_is_new_is_decided_anew(flow, looked) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    flow.grow_bank("disguised")
    assert look_at_private(flow.stages, upload_id, "dec_1") is True
    assert "decide_again" in flow.drain()
    with flow.stages.db.read() as connection:
        assert len(list_decisions(connection, upload_id)) == 2


def test_where_the_bytes_were_let_go_the_hashes_are_compared_again(flow, looked) -> None:
    upload_id = flow.upload("innocent", "bertram", Visibility.ONLY_ME)
    flow.drain()
    looked.clear()
    assert look_at_private(flow.stages, upload_id, "dec_1") is False
    flow.grow_bank("innocent")
    looked.clear()
    assert look_at_private(flow.stages, upload_id, "dec_2") is True
    assert looked == []
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD


def test_an_upload_that_is_still_being_screened_is_waited_for(flow) -> None:
    upload_id = flow.upload("innocent", "bertram", Visibility.ONLY_ME)
    with pytest.raises(ScreeningUnderWayError):
        look_at_private(flow.stages, upload_id, "dec_1")
