"""What happens to an account about which something was found, step by step. Each step may be run again.

An account is put before a person; what lasts waits for that person's verdict and for the sealed record.
"""

import hashlib
from dataclasses import replace

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import promise_work
from jacana.decide.ask import AccountInput, evaluate_account
from jacana.decide.store import find_account_decision, record_account_decision
from jacana.detect.findings.store import load_account_findings
from jacana.ingest.surfaces import Surface, legal_basis
from jacana.model.decision import EffectKind, Evaluation, Lane, Moment, WithheldEffect
from jacana.model.fault import fault
from jacana.model.upload import Visibility
from jacana.model.verdict import AccountVerdict
from jacana.pipeline import accountrecord
from jacana.pipeline.accountfacts import (
    INNOCENT,
    find_answer,
    leave_out_answered,
    list_standing_findings,
    load_account,
    load_account_decision,
)
from jacana.pipeline.accountorders import act_on_account, hold_account, reverse_verdict
from jacana.pipeline.accountrecord import preserve_account
from jacana.pipeline.stages import Stages
from jacana.review.accounts.items import AccountReview

__all__ = [
    "act_on_account",
    "decide_account",
    "decide_account_verdict",
    "hold_account",
    "learn_from_verdict",
    "open_account_case",
    "overturn_account",
    "preserve_account",
    "promise_linking",
    "screen_private",
    "settle_account",
]

LINK_TOPIC = "link_accounts"
PRIVATE_TOPIC = "screen_private"

# When something was found


def decide_account(stages: Stages, account_id: str, cause: str) -> str:
    """Ask the policy about an account and record its answer; return the decision's id. `cause` is what was found.

    Where a person has judged all of it innocent, or the account is banned, everything is withheld and says why. Beside
    something new, what was judged innocent is not put to the policy again.
    """
    with stages.db.write() as connection:
        lock_log(connection)  # before any reading: what is read here must still hold when the decision is written
        known = find_account_decision(connection, account_id, Moment.ACCOUNT, cause)
        if known is not None:
            return known[0]
        account = load_account(stages, connection, account_id)
        findings = list_standing_findings(stages, connection, account_id)
        answer = find_answer(stages, connection, account, [finding.id for finding in findings])
        asked = findings if answer is not None else leave_out_answered(stages, connection, account_id, findings)
        evaluation = evaluate_account(stages.policy, Moment.ACCOUNT, AccountInput(account, asked))
        if answer is not None:
            evaluation = _withhold_all(evaluation, answer)
        decision_id = record_account_decision(connection, account_id, evaluation, cause, stages.clock())
    fault("decide.after_commit")
    return decision_id


def open_account_case(stages: Stages, account_id: str, decision_id: str) -> str | None:
    """Put the account before a person if the decision asks for it; return the case.

    What a person has judged meanwhile is not asked again.
    """
    with stages.db.write() as connection:
        lock_log(connection)
        effects = load_account_decision(connection, account_id, decision_id).evaluation.effects
        wanted = [effect for effect in effects if effect.kind is EffectKind.OPEN_CASE]
        account = load_account(stages, connection, account_id)
        finding_ids = [finding.id for finding in list_standing_findings(stages, connection, account_id)]
        if not wanted or not finding_ids or find_answer(stages, connection, account, finding_ids) is not None:
            return None
        lane = wanted[0].lane or Lane.ACCOUNTS
        case_id = stages.account_desk.open_case(connection, account_id, lane, finding_ids)
    fault("review.after_open")
    return case_id


def screen_private(stages: Stages, account_id: str, decision_id: str) -> int:
    """Promise the strongest look at every upload that only the owner may see, if the decision asks for it.

    Returns how many. Sharing an account is no strike: nothing is hidden for it.
    """
    with stages.db.write() as connection:
        lock_log(connection)
        effects = load_account_decision(connection, account_id, decision_id).evaluation.effects
        if all(effect.kind is not EffectKind.SCREEN_PRIVATE for effect in effects):
            return 0
        uploads = stages.intake.list_uploads_of(connection, account_id)
        private = [upload for upload in uploads if upload.visibility is Visibility.ONLY_ME]
        promised = [
            promise_work(
                connection,
                id=f"private-{upload.id[-26:]}-{decision_id[-26:]}",
                topic=PRIVATE_TOPIC,
                payload={"upload_id": upload.id, "cause": decision_id},
                not_before=stages.clock(),
            )
            for upload in private
        ]
        if any(promised):
            details = {"decision": decision_id, "uploads": len(private)}
            append_entry(connection, AuditEntry(stages.clock(), "system", "account.screened", account_id, details))
    return len(private)


# When a person has given a verdict


def settle_account(stages: Stages, review_id: str) -> str:
    """Apply a person's verdict to the account in its case; return the account's id.

    One that was applied before and taken back since is left as it is: then the steps that follow do nothing.
    """
    with stages.db.write() as connection:
        lock_log(connection)
        review = stages.account_desk.load(connection, review_id)
        if review.overturned_at is None:
            review = stages.account_desk.mark_applied(connection, review_id)
    fault("review.after_decide")
    return review.account_id


def decide_account_verdict(stages: Stages, review_id: str) -> str:
    """Ask the policy what a person's verdict means for the account; return the decision's id.

    A verdict of innocence releases the records that were sealed until then. One that was taken back means nothing.
    """
    with stages.db.write() as connection:
        lock_log(connection)
        review = stages.account_desk.load(connection, review_id)
        known = find_account_decision(connection, review.account_id, Moment.ACCOUNT_VERDICT, review_id)
        if known is not None:
            return known[0]
        account = load_account(stages, connection, review.account_id)
        findings = tuple(load_account_findings(connection, review.finding_ids))
        facts = AccountInput(account, findings, review.verdict)
        evaluation = evaluate_account(stages.policy, Moment.ACCOUNT_VERDICT, facts)
        if review.taken_back:
            evaluation = _withhold_all(evaluation, "the verdict was taken back")
        elif review.verdict in INNOCENT:
            accountrecord.release_records(stages, connection, review)
        return record_account_decision(connection, review.account_id, evaluation, review_id, stages.clock())


def learn_from_verdict(stages: Stages, review_id: str) -> None:
    """Tell the lexicon what its hits were worth, and look for accounts tied to one that trades."""
    with stages.db.write() as connection:
        lock_log(connection)
        review = stages.account_desk.load(connection, review_id)
        if not review.stands:
            return
        if review.verdict is AccountVerdict.TRADING:
            promise_linking(stages, connection, review.account_id, review_id)
        _tell_lexicon(stages, connection, review, OUTCOME[review.verdict])


OUTCOME: dict[AccountVerdict, bool | None] = {
    AccountVerdict.TRADING: True,
    AccountVerdict.SHARED: False,
    AccountVerdict.CLEARED: False,
    AccountVerdict.VICTIM: None,
}
"""Whether a term that hit meant what it was feared to mean. Of one taken over, nobody knows who wrote it."""


def overturn_account(stages: Stages, review_id: str, user_id: str, reason: str) -> None:
    """Take an applied verdict on an account back: reverse what it did, and let the account wait for another.

    Raises what `AccountDesk.overturn` raises.
    """
    actor = f"user:{user_id}"
    with stages.db.write() as connection:
        lock_log(connection)
        review = stages.account_desk.overturn(connection, review_id, user_id, reason)
        if review.verdict in INNOCENT:
            accountrecord.hold_records_again(stages, connection, review, actor)
        reverse_verdict(stages, connection, review, actor, reason)
        _tell_lexicon(stages, connection, review, None)


def promise_linking(stages: Stages, connection: Connection, account_id: str, cause: str) -> None:
    """Promise to look for accounts tied to one that a person has confirmed; once for each cause, a verdict's id.

    Nothing where the operator has not switched the surface of accounts on.
    """
    if not legal_basis(stages.settings, Surface.ACCOUNTS):
        return
    digest = hashlib.sha256(account_id.encode()).hexdigest()[:24]
    promise_work(
        connection,
        id=f"link-{digest}-{cause[-26:]}",
        topic=LINK_TOPIC,
        payload={"account_id": account_id, "cause": cause},
        not_before=stages.clock(),
    )


def _tell_lexicon(stages: Stages, connection: Connection, review: AccountReview, confirmed: bool | None) -> None:
    hits = [finding.id for finding in load_account_findings(connection, review.finding_ids) if finding.matches]
    if hits:
        stages.lexicon.record_outcome(connection, hits, confirmed)


def _withhold_all(evaluation: Evaluation, because: str) -> Evaluation:
    withheld = tuple(WithheldEffect(effect, because) for effect in evaluation.effects)
    return replace(evaluation, effects=(), withheld=(*evaluation.withheld, *withheld))
