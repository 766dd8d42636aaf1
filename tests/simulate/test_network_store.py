import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.model.action import INVERSE, ActionKind
from jacana.simulate.network.store import STATE_AFTER, Instruction, NetworkStore

HOLD = Instruction("act_1", "hold", "upload", "clip-1", "anna", 1, "known material", "policy:x")


@pytest.fixture
def store(tmp_path):
    opened = NetworkStore(tmp_path / "deep" / "network.db")
    yield opened
    opened.close()


def test_every_kind_of_action_leads_to_a_state():
    assert set(STATE_AFTER) == {kind.value for kind in ActionKind}
    assert [kind for kind, state in STATE_AFTER.items() if state == "visible"] == ["release"]
    for kind in ActionKind:
        if kind is not ActionKind.HOLD and kind is not ActionKind.RESTORE:
            assert STATE_AFTER[kind] != STATE_AFTER[INVERSE[kind]]


def test_an_instruction_takes_effect_once(store):
    assert [store.receive(HOLD, "t1"), store.receive(HOLD, "t2")] == ["done", "duplicate"]
    (delivery,) = store.list_deliveries()
    assert (delivery["applied"], delivery["duplicates"], delivery["received_at"]) == (True, 1, "t1")
    assert store.read_state() == {"uploads": {"clip-1": "held"}, "accounts": {}, "devices": {}, "reauth": {}}


def test_an_overtaken_instruction_is_kept_but_has_no_effect(store):
    store.receive(replace(HOLD, id="act_2", sequence=2, kind="release"), "t1")
    assert store.receive(HOLD, "t2") == "stale"
    assert store.read_state()["uploads"] == {"clip-1": "visible"}
    assert [delivery["applied"] for delivery in store.list_deliveries()] == [True, False]


def test_targets_of_different_kinds_do_not_mix(store):
    store.receive(HOLD, "t")
    store.receive(replace(HOLD, id="act_2", kind="ban_account", target_kind="account"), "t")
    store.receive(replace(HOLD, id="act_3", kind="ban_device", target_kind="device"), "t")
    assert store.read_state() == {
        "uploads": {"clip-1": "held"},
        "accounts": {"clip-1": "banned"},
        "devices": {"clip-1": "banned"},
        "reauth": {},
    }


def test_signing_everybody_out_is_a_flag_beside_the_account_s_state(store):
    suspension = replace(HOLD, kind="suspend_account", target_kind="account", target_id="anna")
    reauth = replace(suspension, id="act_2", kind="force_reauth", sequence=2)
    assert [store.receive(reauth, "t"), store.receive(suspension, "t")] == ["done", "done"]  # not stale: another thing
    state = store.read_state()
    assert (state["accounts"], state["reauth"]) == ({"anna": "suspended"}, {"anna": "required"})
    store.receive(replace(reauth, id="act_3", kind="lift_reauth", sequence=3), "t")
    assert store.read_state()["reauth"] == {"anna": "lifted"}
    assert {told["target_kind"] for told in store.list_deliveries()} == {"account"}


@pytest.mark.parametrize(
    ("tier", "state"),
    [
        pytest.param(0, "tagged", id="tag"),
        pytest.param(1, "no new accounts", id="no new account"),
        pytest.param(2, "verify again", id="reverify"),
        pytest.param(3, "banned", id="block"),
        pytest.param(None, "banned", id="none"),
    ],
)
def test_a_device_ban_is_as_hard_as_its_tier(store, tier, state):
    store.receive(replace(HOLD, kind="ban_device", target_kind="device", target_id="key", tier=tier), "t")
    assert store.read_state()["devices"] == {"key": state}


def test_a_defect_half_way_leaves_nothing(store):
    with pytest.raises(sqlite3.IntegrityError):
        store.receive(replace(HOLD, reason=None), "t")
    assert store.read_state()["uploads"] == {}
    assert store.receive(HOLD, "t") == "done"


def test_what_was_answered_survives_a_kill(tmp_path):
    path = tmp_path / "network.db"
    script = (
        "import os, signal, sys; from pathlib import Path;"
        "from jacana.simulate.network.store import Instruction, NetworkStore;"
        "store = NetworkStore(Path(sys.argv[1]));"
        "store.receive(Instruction('act_1', 'hold', 'upload', 'clip-1', 'anna', 1, '', ''), 't');"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", script, path]).returncode == -9
    reopened = NetworkStore(path)
    assert reopened.receive(HOLD, "t") == "duplicate"
    assert reopened.read_state()["uploads"] == {"clip-1": "held"}
    reopened.close()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["hold", "release", "remove", "restore"])), max_size=12))
def test_in_whatever_order_they_arrive_the_newest_wins(told):
    store = NetworkStore(Path(":memory:"))
    kinds: dict[int, str] = {}
    for sequence, kind in told:
        kinds.setdefault(sequence, kind)  # an id is one instruction; a repetition cannot change it
        store.receive(replace(HOLD, id=f"act_{sequence}", sequence=sequence, kind=kinds[sequence]), "t")
    expected = {"clip-1": STATE_AFTER[kinds[max(kinds)]]} if kinds else {}
    assert store.read_state()["uploads"] == expected
    store.close()
