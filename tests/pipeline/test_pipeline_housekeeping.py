"""Housekeeping destroys what nobody may keep any longer, and nothing else."""

from datetime import timedelta

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
