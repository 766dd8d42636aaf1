"""From a confirmed account to findings about those tied to it: once, within the guardrail, each to be judged."""

from datetime import timedelta

import pytest
from account_steps import AccountSteps

from jacana.audit import list_entries
from jacana.db.outbox import list_due
from jacana.detect.accounts.links import finder
from jacana.detect.accounts.state.store import add_ties
from jacana.detect.findings.store import list_account_findings
from jacana.model.account_finding import AccountFindingKind
from jacana.model.tie import Tie, TieKind
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.linking import link_accounts
from jacana.pipeline.stages import Stages


def tie_all(stages: Stages, *groups: tuple[TieKind, str, str]) -> None:
    """Each group: kind, entity, accounts with spaces between."""
    last = stages.clock() - timedelta(days=1)
    ties = [
        Tie(kind, entity, account, last - timedelta(days=9), last, 3, True)
        for kind, entity, accounts in groups
        for account in accounts.split()
    ]
    with stages.db.write() as connection:
        add_ties(connection, ties)


def confirm(steps: AccountSteps, account_id: str = "x") -> None:
    steps.find(account_id, f"why-{account_id}")
    steps.judge(account_id)
    steps.settle(account_id, AccountVerdict.TRADING)


def findings_of(stages: Stages, account_id: str):
    with stages.db.read() as connection:
        return list_account_findings(connection, account_id)


def judged(stages: Stages) -> list[str]:
    with stages.db.read() as connection:
        rows = list_due(connection, stages.clock())
    return sorted(row.payload["account_id"] for row in rows if row.topic == "judge_account")


def test_who_is_tied_gets_a_finding_with_its_path_and_is_judged(stages: Stages, steps: AccountSteps):
    tie_all(stages, (TieKind.DEVICE, "secret-device", "x b"), (TieKind.PAYMENT, "secret-card", "b c"))
    confirm(steps)
    assert link_accounts(stages, "x", "rev_1") == ["b", "c"]
    (finding,) = findings_of(stages, "b")
    assert finding.kind is AccountFindingKind.LINKED_ACCOUNT and finding.score > 0.9
    assert finding.details["linked_to"] == "x" and finding.details["linked_to_confirmed"] is True
    assert finding.details["path_kinds"] == "device" and finding.details["hops"] == 1
    assert finding.occurred_at == stages.clock() - timedelta(days=1, seconds=stages.settings.undo_seconds)
    assert finding.reasons[0].startswith("Shares a device (seen on both between ")
    assert "account x, which a person confirmed on" in finding.reasons[0]
    assert findings_of(stages, "c")[0].details["hops"] == 2
    assert "secret" not in repr((finding, findings_of(stages, "c")))
    assert judged(stages) == ["b", "c"]


def test_a_second_run_adds_nothing(stages: Stages, steps: AccountSteps):
    tie_all(stages, (TieKind.DEVICE, "d", "x b"))
    confirm(steps)
    assert link_accounts(stages, "x", "rev_1") == ["b"]
    assert link_accounts(stages, "x", "rev_1") == link_accounts(stages, "x", "rev_2") == []
    assert len(findings_of(stages, "b")) == 1 and judged(stages) == ["b"]


def test_an_account_nobody_confirms_links_nobody(stages: Stages, steps: AccountSteps):
    tie_all(stages, (TieKind.DEVICE, "d", "x b"))
    assert link_accounts(stages, "x", "rev_1") == []
    assert findings_of(stages, "b") == [] and judged(stages) == []


def test_whoever_is_confirmed_already_needs_no_finding(stages: Stages, steps: AccountSteps):
    tie_all(stages, (TieKind.DEVICE, "d", "x b c"))
    confirm(steps)
    confirm(steps, "b")
    assert link_accounts(stages, "x", "rev_1") == ["c"]


def test_the_guardrail_keeps_back_and_the_log_says_so(
    stages: Stages, steps: AccountSteps, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(finder, "LEAST_PER_DAY", 2)
    tie_all(stages, *((TieKind.DEVICE, f"d{place}", f"x b{place}") for place in range(5)))
    confirm(steps)
    assert len(link_accounts(stages, "x", "rev_1")) == 2
    assert link_accounts(stages, "x", "rev_2") == []
    stages.clock.advance(86_500)
    assert len(link_accounts(stages, "x", "rev_3")) == 2
    with stages.db.read() as connection:
        found = [entry for _, entry in list_entries(connection, subject="x") if entry.verb == "links.found"]
    assert [(entry.details["recorded"], entry.details["kept_back_by_guardrail"]) for entry in found] == [
        (2, 3),
        (0, 3),
        (2, 1),
    ]
    assert found[0].details["cause"] == "rev_1" and found[0].details["reached"] == 5


def test_a_link_alone_bans_nobody(stages: Stages, steps: AccountSteps):
    """Each linked account needs its own violation: the policy opens at most a case."""
    tie_all(stages, (TieKind.DEVICE, "d", "x b"))
    confirm(steps)
    link_accounts(stages, "x", "rev_1")
    steps.judge("b")
    assert not {"ban_account", "suspend_account"} & {str(kind) for kind in steps.kinds("b")}
    assert steps.state("b") == "active"
