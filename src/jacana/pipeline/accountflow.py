"""What happens to one account, in order: the second table of contents, beside flow.py. Each step may be run twice.

detect (eventwork) -> decide -> act what harms nobody -> review -> preserve -> act -> look closer
                                                         audit under all of it
"""

from jacana.pipeline import accountwork, linking, privatelook, textlook
from jacana.pipeline.stages import Stages
from jacana.pipeline.step import Step


def judge_account(stages: Stages, step: Step, account_id: str, cause: str) -> None:
    """Put what was found about an account to the policy; nothing that lasts is done before a person's verdict."""
    decision_id = step("decide", accountwork.decide_account, stages, account_id, cause)
    step("hold", accountwork.hold_account, stages, account_id, decision_id)
    step("review", accountwork.open_account_case, stages, account_id, decision_id)
    step("preserve", accountwork.preserve_account, stages, account_id, decision_id)
    step("act", accountwork.act_on_account, stages, account_id, decision_id)
    step("look closer", accountwork.screen_private, stages, account_id, decision_id)


def apply_account_review(stages: Stages, step: Step, review_id: str) -> None:
    """Apply a person's verdict on an account, after its undo window."""
    account_id = step("settle", accountwork.settle_account, stages, review_id)
    decision_id = step("decide", accountwork.decide_account_verdict, stages, review_id)
    step("preserve", accountwork.preserve_account, stages, account_id, decision_id)
    step("act", accountwork.act_on_account, stages, account_id, decision_id)
    step("learn", accountwork.learn_from_verdict, stages, review_id)


def link_accounts(stages: Stages, step: Step, account_id: str, cause: str) -> None:
    """Look for accounts that are tied to a confirmed one; each is judged on its own."""
    step("link", linking.link_accounts, stages, account_id, cause)


def screen_private(stages: Stages, step: Step, upload_id: str, cause: str) -> None:
    """Look at one only-me upload as closely as can be; what is new is promised to `decide_again`."""
    step("look closely", privatelook.look_at_private, stages, upload_id, cause)


def look_back_term(stages: Stages, step: Step, lookback_id: str, turn: int) -> None:
    """Read stored texts for new terms, for a few seconds; what is left is the next turn's."""
    pause_seconds = step("look back", textlook.take_turn, stages, lookback_id)
    if pause_seconds is not None:
        step("go on", textlook.promise_turn, stages, lookback_id, turn + 1, pause_seconds)
