"""Kills Jacana in the middle of looking back: what it had found is found, and the network hears of it once."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from jacana.audit import verify_log
from jacana.detect.media.catalogue.store import select_lookbacks

pytestmark = pytest.mark.fault

POINT = "detect.after_part"


def test_a_look_back_survives_its_death(rig) -> None:
    rig.start(fault=POINT)
    upload = rig.upload(rig.setting.clips.innocent, "innocent", "anna")
    rig.until("the clip is shown", lambda: rig.shown("innocent") == "visible")
    bank = rig.inspect(lambda stages, connection: stages.banks.list(connection)[0].name)
    done = subprocess.run(
        [sys.executable, "-m", "jacana", "bank", "import", bank, str(rig.setting.clips.innocent)],
        env={**os.environ, **rig.environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rig.until("the look-back has hidden it", lambda: rig.shown("innocent") == "held")
    rig.until("the look-backs are over", lambda: rig.inspect(_states) == {"done"})
    assert rig.deaths == 1, f"{POINT} was never reached"

    wanted = rig.inspect(lambda stages, connection: stages.intake.wants_bytes(connection, upload["id"]))
    assert wanted, "its bytes were let go: the network is asked for them"
    rig.upload(rig.setting.clips.innocent, "innocent", "anna")
    rig.until("the evidence is sealed", lambda: rig.inspect(lambda s, c: _sealed(s, c, upload["id"])))
    effects = Counter(rig.effects())
    assert effects[("hold", f"innocent-{rig.tag}")] == 1
    assert effects[("release", f"innocent-{rig.tag}")] == 1
    rig.stop()
    assert rig.inspect(lambda _, connection: verify_log(connection).green)


def _states(_stages, connection):
    return {row.state.value for row in select_lookbacks(connection)}


def _sealed(stages, connection, upload_id):
    upload = stages.intake.load_upload(connection, upload_id)
    return stages.vault.find_receipt(connection, upload.digests.sha256)
