"""Housekeeping destroys what nobody may keep any longer, and nothing else."""

from datetime import timedelta

from door_world import DoorWorld

from jacana.model.action import ActionKind
from jacana.model.ban import BanState
from jacana.model.bank import BankEntry
from jacana.model.preservation import HoldReason
from jacana.pipeline.housekeeping import Housekeeping
from jacana.pipeline.stages import Stages


def test_expired_evidence_is_destroyed_and_held_evidence_stays(stages: Stages, clock) -> None:
    vault = stages.vault
    soon = clock() + timedelta(days=1)
    gone = vault.preserve_bytes(b"gone", "text/plain", HoldReason.CONTEXT, "report_1", "test", ends_at=soon)
    kept = vault.preserve_bytes(b"kept", "text/plain", HoldReason.SCREENING, "upload_1", "test")
    house = Housekeeping(stages)
    assert house.keep_house() == []
    clock.advance(2 * 86_400)
    assert house.keep_house() == [gone.sha256]
    assert b"".join(vault.read(kept.sha256, "test", "test")) == b"kept"


def test_bank_entries_whose_time_is_over_become_tombstones(stages: Stages, clock, monkeypatch) -> None:
    monkeypatch.setattr("jacana.pipeline.housekeeping.EXPIRED_AT_ONCE", 2)
    ends = clock() + timedelta(days=1)
    entries = [BankEntry(f"e{n}", md5=f"{n}" * 32, expires_at=ends if n < 5 else None) for n in range(6)]
    with stages.db.write() as connection:
        stages.banks.create(connection, "b1", "s", actor="test")
        stages.banks.add_entries(connection, "b1", entries, "test")
    house = Housekeeping(stages)
    house.keep_house()
    clock.advance(2 * 86_400)
    house.keep_house()
    with stages.db.read() as connection:
        assert [entry.label for entry in stages.banks.show(connection, "b1").entries] == ["e5"]


def test_the_thread_starts_and_stops(stages: Stages) -> None:
    house = Housekeeping(stages, pause_seconds=3600)
    house.start()
    house.stop()
    assert not house.is_alive()


def test_a_device_whose_ban_has_run_out_is_freed_at_the_network(stages, clock) -> None:
    world = DoorWorld(stages, clock)
    world.add_account("anna")
    world.tie("anna", "phone")
    world.confirm("anna", "verdict")
    (told,) = world.ban("anna")
    clock.advance((stages.settings.device_ban_days + 1) * 86_400)
    Housekeeping(stages).keep_house()
    with stages.db.read() as connection:
        last = stages.enforcement.list_actions(connection, account_id="anna")[-1]
        assert (last.kind, last.target_id) == (ActionKind.UNBAN_DEVICE, told.target_id)
        assert stages.bans.count(connection)[BanState.EXPIRED] == 1
