"""Screening of one upload: shown, held, unreadable, failing; real video, vault and policy."""

import hashlib

from jacana.detect.media.decoding.analyse import DecoderUnavailableError
from jacana.model.account import AccountState
from jacana.model.action import ActionKind
from jacana.model.decision import Lane
from jacana.model.finding import FindingKind
from jacana.model.upload import UploadState, Visibility
from jacana.preserve.objects import ObjectStoreUnavailableError


def test_an_innocent_clip_is_shown_and_nothing_is_kept(flow) -> None:
    upload_id = flow.upload("innocent", "anna", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.RELEASED
    assert [(a.kind, a.target_id) for a in flow.network.effects] == [(ActionKind.RELEASE, "innocent-anna")]
    with flow.stages.db.read() as connection:
        assert flow.stages.screener.list_findings(connection, upload_id) == []
        assert flow.stages.vault.find_receipt(connection, flow.sha256(upload_id)) is None
        assert flow.stages.intake.spool_path(connection, upload_id) is None
        assert flow.stages.desk.list_queue(connection) == []


def test_a_truncated_file_is_a_case_of_its_own_kind(flow) -> None:
    upload_id = flow.upload("broken", "dora", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD
    assert flow.account_state("dora") is AccountState.ACTIVE
    with flow.stages.db.read() as connection:
        (row,) = flow.stages.desk.list_queue(connection)
        assert row.lane is Lane.UNREADABLE
        (finding,) = flow.stages.screener.list_findings(connection, upload_id)
        assert finding.kind is FindingKind.MEDIA_UNREADABLE
        assert finding.reasons
        assert flow.stages.reports.list_reports(connection) == []


def test_screening_that_keeps_failing_holds_and_asks_a_person(flow, monkeypatch) -> None:
    def explode(*_arguments, **_keywords):
        raise RuntimeError("matching is down")

    monkeypatch.setattr(type(flow.stages.screener), "analyse", explode)
    upload_id = flow.upload("innocent", "anna", Visibility.PUBLIC)
    for _ in range(4):
        flow.drain(later_seconds=4000)
    assert flow.upload_state(upload_id) is UploadState.HELD
    assert ActionKind.RELEASE not in {a.kind for a in flow.network.effects}
    with flow.stages.db.read() as connection:
        (row,) = flow.stages.desk.list_queue(connection)
        assert row.lane is Lane.REVIEW


def test_a_vault_that_is_down_neither_shows_nor_hides_the_case(flow, monkeypatch) -> None:
    def down(*_arguments, **_keywords):
        raise ObjectStoreUnavailableError("the object store is down")

    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    with monkeypatch.context() as patched:
        patched.setattr(type(flow.stages.vault), "preserve", down)
        for _ in range(5):
            flow.drain(later_seconds=4000)
        assert flow.upload_state(upload_id) is UploadState.HELD
        assert flow.account_state("bertram") is AccountState.SUSPENDED
        with flow.stages.db.read() as connection:
            (row,) = flow.stages.desk.list_queue(connection)
            assert row.lane is Lane.APPARENT_CSAM
            assert flow.stages.intake.spool_path(connection, upload_id).is_file()
    flow.drain(later_seconds=4000)
    with flow.stages.db.read() as connection:
        assert flow.stages.vault.find_receipt(connection, flow.sha256(upload_id)) is not None
        assert flow.stages.intake.spool_path(connection, upload_id) is None


def test_a_failed_screening_is_made_up_for(flow, monkeypatch) -> None:
    """The decoder is away for a while; when it is back, known material must be found after all."""

    def away(*_arguments, **_keywords):
        raise DecoderUnavailableError("no decoder")

    upload_id = flow.upload("known", "bertram", Visibility.PUBLIC)
    with monkeypatch.context() as patched:
        patched.setattr(type(flow.stages.screener), "analyse", away)
        for _ in range(5):
            flow.drain(later_seconds=4000)
        assert flow.upload_state(upload_id) is UploadState.HELD
        assert flow.account_state("bertram") is AccountState.ACTIVE
    flow.drain(later_seconds=4000)
    with flow.stages.db.read() as connection:
        kinds = {finding.kind for finding in flow.stages.screener.list_findings(connection, upload_id)}
    assert kinds == {FindingKind.SCREENING_FAILED, FindingKind.BANK_MATCH}
    assert flow.account_state("bertram") is AccountState.SUSPENDED
    assert flow.upload_state(upload_id) is UploadState.HELD


def test_a_second_copy_heals_sealed_bytes_that_were_lost(flow) -> None:
    flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    sha256 = hashlib.sha256(flow.bytes_of("disguised")).hexdigest()
    for sealed in flow.stages.settings.data_dir.rglob(f"{sha256}.*"):
        sealed.unlink()
    flow.upload("disguised", "carla", Visibility.PUBLIC)
    flow.drain()
    assert [problem for problem in flow.stages.vault.verify() if not problem.harmless] == []
    assert b"".join(flow.stages.vault.read(sha256, "test", "test")) == flow.bytes_of("disguised")
