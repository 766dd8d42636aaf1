"""Orders follow decisions, reach the network once, and can be reversed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jacana.act.memory import Mishap
from jacana.ingest import intake
from jacana.model.account import AccountState
from jacana.model.action import ActionKind
from jacana.model.upload import UploadState, Visibility
from jacana.model.verdict import Verdict
from jacana.pipeline import casework, enforce, reversal, screening
from jacana.pipeline.flow import apply_review, screen_upload
from jacana.pipeline.inline import drain_outbox, run_step
from jacana.pipeline.reversal import ReleaseRefusedError


def test_a_network_that_is_away_gets_each_instruction_once(flow) -> None:
    flow.network.mishaps.extend([Mishap(), Mishap(status=503), Mishap(arrives=True)])
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    for _ in range(6):
        flow.drain(later_seconds=4000)
    assert sorted(a.kind for a in flow.network.effects) == [ActionKind.HOLD, ActionKind.SUSPEND_ACCOUNT]
    with flow.stages.db.read() as connection:
        states = {a.state for a in flow.stages.enforcement.list_actions(connection, upload_id=upload_id)}
    assert states == {"delivered"}


def test_every_action_can_be_reversed(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.drain()
    with flow.stages.db.read() as connection:
        actions = flow.stages.enforcement.list_actions(connection, upload_id=upload_id)
    for kind in (ActionKind.BAN_ACCOUNT, ActionKind.REMOVE):
        (action,) = [a for a in actions if a.kind is kind]
        reversal.reverse_action(flow.stages, action.id, "user:user_1", "a mistake")
    flow.drain()
    assert flow.network.last_told("bertram") is ActionKind.UNBAN_ACCOUNT
    assert flow.network.last_told("disguised-bertram") is ActionKind.RESTORE
    assert flow.account_state("bertram") is AccountState.ACTIVE


def test_nobody_is_reinstated_while_another_of_their_files_waits(flow) -> None:
    flow.grow_bank("innocent")
    first = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    second = flow.upload("innocent", "bertram", Visibility.PUBLIC)
    flow.drain()
    flow.decide_only_case(first, Verdict.CLEARED)
    flow.clock.advance(flow.stages.settings.undo_seconds - 1)
    pending = flow.decide_only_case(second, Verdict.CONFIRMED)
    flow.clock.advance(2)
    drain_outbox(flow.stages)  # the first verdict applies while the second can still be undone
    with flow.stages.db.write() as connection:
        flow.stages.desk.undo(connection, pending.id, "user_1")
    flow.drain()
    assert flow.account_state("bertram") is AccountState.SUSPENDED


def test_suspicion_counts_before_its_case_is_open(flow) -> None:
    stages = flow.stages
    cleared_once = flow.upload("disguised", "anna", Visibility.PUBLIC)
    flow.drain()
    flow.decide_only_case(cleared_once, Verdict.CLEARED)
    flow.drain()
    flow.grow_bank("innocent")
    known = flow.upload("innocent", "bertram", Visibility.PUBLIC)
    cleared = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    screening.detect_media(stages, known)
    decision = screening.decide_upload(stages, known)
    screening.preserve_upload(stages, known, decision)
    enforce.act_on_decision(stages, known, decision)
    screen_upload(stages, run_step, cleared)
    assert flow.account_state("bertram") is AccountState.SUSPENDED


def test_a_ban_is_never_overtaken_by_a_reinstatement_that_was_decided_earlier(flow) -> None:
    stages = flow.stages
    flow.grow_bank("innocent")
    first = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    second = flow.upload("innocent", "bertram", Visibility.PUBLIC)
    flow.drain()
    cleared = flow.decide_only_case(first, Verdict.CLEARED)
    confirmed = flow.decide_only_case(second, Verdict.CONFIRMED)
    flow.clock.advance(60)
    casework.settle_copies(stages, cleared.id)
    reinstating = screening.decide_verdict(stages, first, cleared.id)
    casework.settle_copies(stages, confirmed.id)
    banning = screening.decide_verdict(stages, second, confirmed.id)
    screening.preserve_upload(stages, second, banning)
    together = [
        threading.Thread(target=enforce.act_on_decision, args=(stages, upload_id, decision))
        for upload_id, decision in ((second, banning), (first, reinstating))
    ]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    flow.drain()
    assert flow.account_state("bertram") is AccountState.BANNED
    assert flow.network.last_told("bertram") is ActionKind.BAN_ACCOUNT


@pytest.mark.parametrize("verdict", [None, Verdict.CONFIRMED])
def test_a_hold_is_decided_never_reversed(flow, verdict: Verdict | None) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    if verdict:
        flow.decide_only_case(upload_id, verdict)
        flow.drain()
    with flow.stages.db.read() as connection:
        actions = flow.stages.enforcement.list_actions(connection, upload_id=upload_id)
    if verdict:
        (removal,) = [action for action in actions if action.kind is ActionKind.REMOVE]
        reversal.reverse_action(flow.stages, removal.id, "user:user_1", "a mistake")
    (hold,) = [action for action in actions if action.kind is ActionKind.HOLD]
    with pytest.raises(ReleaseRefusedError):
        reversal.reverse_action(flow.stages, hold.id, "user:user_1", "a mistake")
    assert flow.upload_state(upload_id) is UploadState.HELD


def test_accepting_and_acting_on_one_account_do_not_wait_for_each_other_for_ever(flow, monkeypatch) -> None:
    held = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    screening.detect_media(flow.stages, held)
    decision = screening.decide_upload(flow.stages, held)
    screening.preserve_upload(flow.stages, held, decision)
    inside, go_on = threading.Event(), threading.Event()
    append_entry = intake.append_entry

    def pause_then_append(connection, entry):
        inside.set()
        go_on.wait(10)
        return append_entry(connection, entry)

    monkeypatch.setattr(intake, "append_entry", pause_then_append)
    with ThreadPoolExecutor() as pool:
        accepting = pool.submit(flow.upload, "innocent", "bertram", Visibility.PUBLIC)
        assert inside.wait(10)
        acting = pool.submit(enforce.act_on_decision, flow.stages, held, decision)
        time.sleep(0.5)
        go_on.set()
        accepting.result(20)
        acting.result(20)
    assert flow.account_state("bertram") is AccountState.SUSPENDED


@pytest.mark.parametrize("after", ["settle", "decide", "preserve"])
def test_a_verdict_overturned_while_it_is_applied_does_nothing_more(flow, after: str) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    decision = flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.clock.advance(flow.stages.settings.undo_seconds)

    def step(name, body, *arguments):
        answer = body(*arguments)
        if name == after:
            casework.overturn_verdict(flow.stages, decision.id, "user_lea", "a mistake")
        return answer

    apply_review(flow.stages, step, decision.id)
    assert flow.account_state("bertram") is not AccountState.BANNED
    with flow.stages.db.read() as connection:
        assert flow.stages.intake.load_upload(connection, upload_id).state is UploadState.HELD
