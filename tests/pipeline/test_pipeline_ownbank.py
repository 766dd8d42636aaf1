"""What a person confirmed is found again in disguise; what falls with its verdict is not; no plain bytes are left."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from jacana.audit import list_entries, verify_log
from jacana.db.outbox import list_due
from jacana.detect.media.banks import store as bank_store
from jacana.model.bank import BankOrigin, Trust
from jacana.model.finding import FindingKind
from jacana.model.upload import UploadState, Visibility
from jacana.model.verdict import Classification, Verdict
from jacana.pipeline import casework, ownbank
from jacana.pipeline.ownbank import NotConfirmedError, OwnBankInvalidError

OWN = "confirmed-here"


@pytest.fixture
def settings_environment(settings_environment: dict[str, str]) -> dict[str, str]:
    return {**settings_environment, "JACANA_OWN_BANK": OWN}


def rewrite(source: Path, target: Path, change) -> Path:
    """Write the clip again with every picture changed."""
    with av.open(str(source)) as original, av.open(str(target), "w", format="mp4") as container:
        stream = None
        for index, frame in enumerate(original.decode(video=0)):
            picture = np.ascontiguousarray(change(frame.to_ndarray(format="rgb24")))
            if stream is None:
                stream = container.add_stream("libx264", rate=25, options={"preset": "veryfast", "crf": "26"})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
            copy = av.VideoFrame.from_ndarray(picture, format="rgb24")
            copy.pts, copy.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(copy))
        container.mux(stream.encode(None))
    return target


@pytest.fixture(scope="session")
def clips(clips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`innocent` again: encoded anew, mirrored, and cut by a tenth at each side."""
    folder, source = tmp_path_factory.mktemp("copies"), clips["innocent"]
    changes = {
        "again": lambda picture: picture,
        "mirrored": lambda picture: picture[:, ::-1],
        "cropped": lambda picture: picture[24:-24, 32:-32],
    }
    return clips | {name: rewrite(source, folder / f"{name}.mp4", change) for name, change in changes.items()}


def confirm(flow, clip: str = "disguised"):
    """Have a clip that the shared bank holds back confirmed; return upload and decision."""
    upload_id = flow.upload(clip, "bertram", Visibility.PUBLIC)
    flow.drain()
    flow.watch_only_case(upload_id)
    decision = flow.decide_only_case(upload_id, Verdict.CONFIRMED, Classification.B2)
    topics = flow.drain()
    return upload_id, decision, topics


def own_bank(flow):
    with flow.stages.db.read() as connection:
        return flow.stages.banks.show(connection, OWN)


def drop_shared_bank(flow) -> None:
    with flow.stages.db.write() as connection:
        flow.stages.banks.remove(connection, "known", "test")


def matches(flow, upload_id: str):
    with flow.stages.db.read() as connection:
        findings = flow.stages.screener.list_findings(connection, upload_id)
    return [finding.match for finding in findings if finding.kind is FindingKind.BANK_MATCH]


def test_a_confirmed_file_goes_into_the_bank_of_ones_own(flow) -> None:
    upload_id, decision, topics = confirm(flow)
    assert "keep_confirmed" in topics
    bank, (entry,) = own_bank(flow).bank, own_bank(flow).entries
    assert (bank.origin, bank.trust, bank.source) == (BankOrigin.OWN, Trust.VERIFIED, "Stand-in Network")
    assert bank.may_cause == ("hold", "open_case")
    assert (entry.label, entry.source_id, entry.classification) == (decision.id, decision.id, "B2")
    assert entry.sha256 == flow.sha256(upload_id)
    assert entry.md5
    assert entry.sha1
    assert entry.frame_count == 75  # every frame of 3 s
    stages = flow.stages
    with stages.db.read() as connection:
        imported = [entry for _, entry in list_entries(connection, subject=bank.id) if entry.verb == "bank.imported"]
        purposes = [
            e.details["purpose"]
            for _, e in list_entries(connection, subject=decision.sha256)
            if e.verb == "object.read"
        ]
        assert verify_log(connection).green
    assert [entry.details["cause"] for entry in imported] == [decision.id]
    assert f"bank:{decision.id}" in purposes
    assert [path for path in stages.settings.data_dir.rglob("tmp*") if path.is_file()] == []


@pytest.mark.parametrize("copy", ["again", "mirrored", "cropped"])
def test_a_disguised_copy_of_a_confirmed_file_is_held(flow, copy: str) -> None:
    flow.grow_bank("innocent")
    confirm(flow, "innocent")
    drop_shared_bank(flow)
    upload_id = flow.upload(copy, "carla", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD
    assert {match.bank_name for match in matches(flow, upload_id)} == {OWN}
    with flow.stages.db.read() as connection:
        assert flow.stages.desk.find_case(connection, upload_id)


def test_doing_it_again_changes_nothing(flow) -> None:
    _, decision, _ = confirm(flow)
    before = flow.snapshot()
    ownbank.keep_confirmed(flow.stages, decision.id)
    assert not ownbank.add_confirmed(flow.stages, OWN, decision.id, "test")
    assert flow.snapshot() == before


def test_an_overturned_verdict_takes_its_file_out(flow) -> None:
    _, decision, _ = confirm(flow)
    casework.overturn_verdict(flow.stages, decision.id, "user_2", "it was another file")
    assert own_bank(flow).entries == ()
    drop_shared_bank(flow)
    assert not ownbank.add_confirmed(flow.stages, OWN, decision.id, "test")
    with flow.stages.db.read() as connection:
        retired = [e for _, e in list_entries(connection, subject=own_bank(flow).bank.id) if e.verb == "bank.retired"]
        assert bank_store.select_by_number(connection, [1, 2, 3]) == {}
    assert [(entry.actor, entry.details["cause"]) for entry in retired] == [("user:user_2", decision.id)]


def test_a_verdict_that_falls_while_the_file_is_decoded_adds_nothing(flow, monkeypatch) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    decision = flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.clock.advance(60)
    casework.settle_copies(flow.stages, decision.id)
    stages, analyse = flow.stages, flow.stages.screener.analyse

    def overturn_meanwhile(*arguments, **options):
        casework.overturn_verdict(stages, decision.id, "user_2", "it was another file")
        return analyse(*arguments, **options)

    monkeypatch.setattr(stages.screener, "analyse", overturn_meanwhile)
    assert not ownbank.add_confirmed(stages, OWN, decision.id, "test")
    with stages.db.read() as connection:
        assert OWN not in [bank.name for bank in stages.banks.list(connection)]


@pytest.mark.parametrize("verdict", [Verdict.CLEARED, Verdict.VIOLATING])
def test_only_what_is_confirmed_goes_in(flow, verdict: Verdict) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    decision = flow.decide_only_case(upload_id, verdict)
    assert "keep_confirmed" not in flow.drain()
    assert not ownbank.add_confirmed(flow.stages, OWN, decision.id, "test")
    with flow.stages.db.read() as connection:
        assert [bank.name for bank in flow.stages.banks.list(connection)] == ["known"]
        with pytest.raises(NotConfirmedError):
            ownbank.find_confirming(flow.stages, connection, upload_id)


def test_a_file_is_added_by_hand(flow) -> None:
    upload_id, decision, _ = confirm(flow)
    with flow.stages.db.read() as connection:
        assert ownbank.find_confirming(flow.stages, connection, upload_id) == decision.id
    assert ownbank.add_confirmed(flow.stages, "second", decision.id, "cli:anna")
    with flow.stages.db.read() as connection:
        assert [entry.label for entry in flow.stages.banks.show(connection, "second").entries] == [decision.id]


def test_somebody_elses_bank_takes_nothing_of_ours(flow) -> None:
    _, decision, _ = confirm(flow)
    with pytest.raises(OwnBankInvalidError, match="not material confirmed here"):
        ownbank.add_confirmed(flow.stages, "known", decision.id, "cli:anna")


def test_bytes_that_are_gone_leave_what_screening_saw(flow, monkeypatch) -> None:
    upload_id, decision, _ = confirm(flow)
    stages = flow.stages
    monkeypatch.setattr(type(stages.vault), "size_of", lambda *_: None)
    assert ownbank.add_confirmed(stages, "second", decision.id, "cli:anna")
    with stages.db.read() as connection:
        (entry,) = stages.banks.show(connection, "second").entries
        facts = stages.screener.load_analysis(connection, flow.sha256(upload_id))
    assert (entry.sha256, entry.frames) == (facts.sha256, facts.frames)


class TestSwitchedOff:
    @pytest.fixture
    def settings_environment(self, settings_environment: dict[str, str]) -> dict[str, str]:
        return {**settings_environment, "JACANA_OWN_BANK": ""}

    def test_nothing_is_promised_and_old_promises_do_nothing(self, flow) -> None:
        _, decision, topics = confirm(flow)
        assert "keep_confirmed" not in topics
        ownbank.keep_confirmed(flow.stages, decision.id)
        with flow.stages.db.read() as connection:
            assert [bank.name for bank in flow.stages.banks.list(connection)] == ["known"]
            assert list_due(connection, flow.clock()) == []
