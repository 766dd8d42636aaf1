"""From a confirmed account to findings about those tied to it. A link is a reason to look, never a verdict.

Runs from the outbox and may run again: what is recorded already is not recorded twice.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import promise_work
from jacana.detect.accounts.links.finder import LinkedAccount, LinkSearch
from jacana.detect.accounts.links.paths import explain_path
from jacana.detect.findings.store import load_account_findings, name_finding, record_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.pipeline.confirmed.store import list_confirmed
from jacana.pipeline.stages import Stages

log = structlog.get_logger("jacana.pipeline")

DETECTOR = "accounts.links"
VERSION = "1"
JUDGE_TOPIC = "judge_account"


def link_accounts(stages: Stages, account_id: str, cause: str) -> list[str]:
    """Record who is tied to a confirmed account, within the guardrail, and promise to judge each; return them.

    An account that nobody confirms any more links nobody.
    """
    now = stages.clock()
    with stages.db.read() as connection:
        search = stages.links.search(connection, (account_id,), now)
    with stages.db.write() as connection:
        lock_log(connection)
        confirmed = list_confirmed(connection, [account_id, *(link.account_id for link in search.links)])
        if account_id not in confirmed:
            return []
        fresh = [link for link in search.links if link.account_id not in confirmed]
        findings = [_make_finding(link, confirmed) for link in fresh]
        findings = _leave_out_known(connection, findings)
        room = stages.links.measure_room(connection, now, now - timedelta(days=1))
        recorded = record_account_findings(connection, findings[:room], now)
        linked = [finding.account_id for finding in findings[:room] if finding.id in recorded]
        for linked_id in linked:
            promise_judging(connection, linked_id, account_id, now)
        details = _count(search, recorded=len(recorded), guarded=max(0, len(findings) - room))
        append_entry(connection, AuditEntry(now, "system", "links.found", account_id, {"cause": cause, **details}))
    if len(findings) > room:
        log.warning("the guardrail kept links back", count=len(findings) - room)
    return linked


def promise_judging(connection: Connection, account_id: str, cause: str, now: datetime) -> None:
    """Promise that the policy is asked about an account because of a link to the account `cause`."""
    name = hashlib.sha256(f"link\0{account_id}\0{cause}\0{now.isoformat()}".encode()).hexdigest()[:40]
    payload = {"account_id": account_id, "cause": f"link_{name}"}
    promise_work(connection, id=f"judge_link_{name}", topic=JUDGE_TOPIC, payload=payload, not_before=now)


def _make_finding(link: LinkedAccount, confirmed: Mapping[str, datetime]) -> AccountFinding:
    since = confirmed[link.linked_to]
    first = link.paths[0].hops[0]
    return AccountFinding(
        id=name_finding(AccountFindingKind.LINKED_ACCOUNT, link.account_id, link.linked_to, since.isoformat()),
        account_id=link.account_id,
        kind=AccountFindingKind.LINKED_ACCOUNT,
        detector=DETECTOR,
        detector_version=VERSION,
        score=link.score,
        reasons=tuple(explain_path(path, confirmed) for path in link.paths),
        occurred_at=max(shared.here[1] for shared in first.shared),
        details={
            "linked_to": link.linked_to,
            "linked_to_confirmed": True,
            "path_kinds": ", ".join(link.kinds),
            "hops": len(link.paths[0].hops),
            "pull": round(link.pull, 6),
        },
    )


def _leave_out_known(connection: Connection, findings: Sequence[AccountFinding]) -> list[AccountFinding]:
    known = {finding.id for finding in load_account_findings(connection, [finding.id for finding in findings])}
    return [finding for finding in findings if finding.id not in known]


def _count(search: LinkSearch, *, recorded: int, guarded: int) -> dict[str, int | bool]:
    return {
        "reached": search.reached,
        "recorded": recorded,
        "left_out": search.left_out,
        "kept_back_by_guardrail": guarded,
        "things_too_many_share": sum(search.crowded.values()),
        "cut_short": search.cut_short,
    }
