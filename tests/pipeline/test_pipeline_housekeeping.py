"""Housekeeping destroys what nobody may keep any longer, and nothing else."""

from datetime import timedelta

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


def test_the_thread_starts_and_stops(stages: Stages) -> None:
    house = Housekeeping(stages, pause_seconds=3600)
    house.start()
    house.stop()
    assert not house.is_alive()
