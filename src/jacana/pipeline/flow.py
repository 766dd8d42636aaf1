"""The table of contents: what happens to one upload, in order. Each step is durable and may be run twice.

ingest -> detect -> decide -> preserve -> act -> review -> report
                                                    audit under all of it
"""

from collections.abc import Callable

from jacana.pipeline import (
    accountflow,
    casework,
    enforce,
    lookback,
    outside,
    ownbank,
    reporting,
    rescreen,
    screening,
    voting,
)
from jacana.pipeline.stages import Stages
from jacana.pipeline.step import Step


def screen_upload(stages: Stages, step: Step, upload_id: str) -> None:
    """Screen one accepted upload (ingest has already stored its bytes and digests)."""
    step("detect", screening.detect_media, stages, upload_id)
    if not stages.outside.empty:
        step("ask outside", outside.ask_outside, stages, upload_id)
    decision_id = step("decide", screening.decide_upload, stages, upload_id)
    step("preserve", screening.preserve_upload, stages, upload_id, decision_id)
    step("act", enforce.act_on_decision, stages, upload_id, decision_id)
    step("review", casework.open_case, stages, upload_id, decision_id)
    step("report", reporting.draft_report, stages, upload_id, decision_id)
    step("let go", screening.let_go_of_spool, stages, upload_id)


def screen_failing_upload(stages: Stages, step: Step, upload_id: str) -> None:
    """Screen an upload that has failed repeatedly: hidden, and before a person, whatever part of us is down.

    Detection is tried again; what cannot be known is recorded as a failed screening, which the policy holds. Nothing
    destructive is done before the evidence is sealed. Fails until detection and preservation have both worked.
    """
    detected = step("detect or say so", screening.detect_or_record_failure, stages, upload_id)
    if not stages.outside.empty:
        step("ask outside", outside.ask_outside, stages, upload_id)
    decision_id = step("decide", screening.decide_upload, stages, upload_id)
    step("hold", enforce.hold_on_decision, stages, upload_id, decision_id)
    step("review", casework.open_case, stages, upload_id, decision_id)
    step("preserve", screening.preserve_upload, stages, upload_id, decision_id)
    step("act", enforce.act_on_decision, stages, upload_id, decision_id)
    step("report", reporting.draft_report, stages, upload_id, decision_id)
    if not detected:
        raise screening.ScreeningFailedError(f"{upload_id} is held, and could not be screened yet")
    step("let go", screening.let_go_of_spool, stages, upload_id)


def rescreen_upload(stages: Stages, step: Step, upload_id: str, cause: str) -> None:
    """Screen an upload again because a bank has grown; `cause` is the look-back that found it.

    What is new is promised to `decide_again` in the transaction that records it.
    """
    step("detect again", rescreen.detect_again, stages, upload_id, cause)


def ask_outside(stages: Stages, step: Step, upload_id: str, attempt: int) -> None:
    """Ask again whoever outside was silent; decide anew when that has changed anything."""
    cause = step("ask again", outside.ask_again, stages, upload_id, attempt)
    if cause:
        decide_again(stages, step, upload_id, cause)


def decide_again(stages: Stages, step: Step, upload_id: str, cause: str) -> None:
    """Decide on an upload that was decided before; its bytes may have been let go since."""
    decision_id = step("decide", screening.decide_upload, stages, upload_id, cause)
    step("hold", enforce.hold_on_decision, stages, upload_id, decision_id)
    step("review", casework.open_case, stages, upload_id, decision_id)
    if not step("ask for the bytes", rescreen.ask_for_bytes, stages, upload_id, decision_id):
        take_evidence(stages, step, upload_id, decision_id)


def take_evidence(stages: Stages, step: Step, upload_id: str, decision_id: str) -> None:
    """Go on with a decision now that the bytes it rests on are here."""
    step("preserve", screening.preserve_upload, stages, upload_id, decision_id)
    step("act", enforce.act_on_decision, stages, upload_id, decision_id)
    step("report", reporting.draft_report, stages, upload_id, decision_id)
    step("let go", screening.let_go_of_spool, stages, upload_id)


def look_back(stages: Stages, step: Step, lookback_id: str, turn: int) -> None:
    """Compare new bank entries with the catalogue, for a few seconds; what is left is the next turn's."""
    if step("look back", lookback.take_turn, stages, lookback_id):
        step("go on", lookback.promise_turn, stages, lookback_id, turn + 1)


def apply_review(stages: Stages, step: Step, decision_id: str) -> None:
    """Apply a person's decision, after its undo window, to every upload of the identical bytes."""
    for upload_id in step("settle", casework.settle_copies, stages, decision_id):
        outcome_id = step("decide", screening.decide_verdict, stages, upload_id, decision_id)
        step("preserve", screening.preserve_upload, stages, upload_id, outcome_id)
        step("act", enforce.act_on_decision, stages, upload_id, outcome_id)
        step("report", reporting.draft_report, stages, upload_id, outcome_id)


def keep_confirmed(stages: Stages, step: Step, decision_id: str) -> None:
    """Add the file of a confirming verdict to the bank of one's own, so that changed copies of it are found."""
    step("keep", ownbank.keep_confirmed, stages, decision_id)


def deliver_action(stages: Stages, step: Step, action_id: str, attempt: int) -> None:
    """Send one instruction to the network; a failed attempt promises the next one."""
    step("deliver", enforce.deliver_action, stages, action_id, attempt)


def file_report(stages: Stages, step: Step, report_id: str) -> None:
    """Move one approved report through the CyberTipline as far as it goes; the row itself remembers where it is."""
    step("file", reporting.file_report, stages, report_id)


def keep_report(stages: Stages, step: Step, report_id: str) -> None:
    """Start the preservation clock of a filed report."""
    step("keep", reporting.keep_report, stages, report_id)


def send_vote(stages: Stages, step: Step, vote_id: str, attempt: int) -> None:
    """Send a person's vote to the exchange of the entry; an attempt without an answer promises the next one."""
    step("vote", voting.send_vote, stages, vote_id, attempt)


HANDLERS: dict[str, Callable[..., None]] = {
    "screen_upload": screen_upload,
    "rescreen_upload": rescreen_upload,
    "decide_again": decide_again,
    "take_evidence": take_evidence,
    "look_back": look_back,
    "ask_outside": ask_outside,
    "apply_review": apply_review,
    "keep_confirmed": keep_confirmed,
    "deliver_action": deliver_action,
    "file_report": file_report,
    "keep_report": keep_report,
    "send_vote": send_vote,
    "judge_account": accountflow.judge_account,
    "apply_account_review": accountflow.apply_account_review,
    "link_accounts": accountflow.link_accounts,
    "screen_private": accountflow.screen_private,
    "look_back_term": accountflow.look_back_term,
}
"""Outbox topic -> workflow. The payload's items are the workflow's arguments."""
