"""Policies and facts for the tests of decide."""

from datetime import UTC, datetime
from typing import Any

from jacana.decide.evaluate import PolicyInput
from jacana.decide.policy import Policy, parse_policy
from jacana.model.account import Account
from jacana.model.finding import BankMatch, Finding, FindingKind
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests, Upload, UploadState, Visibility
from jacana.model.verdict import Verdict

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHA256 = "ab" * 32

VERDICTS = """
  - name: bad
    on: verdict
    when: verdict.kind in ["confirmed", "violating"]
    then: [remove]
    reason: A person said so.
  - name: good
    on: verdict
    when: verdict.kind == "cleared"
    then: [release]
    reason: A person said so.
"""
"""Rules that answer every verdict."""


def make_upload(**changes: Any) -> Upload:
    fields: dict[str, Any] = {
        "id": "upl_1",
        "network_id": "video-1",
        "account_id": "account-1",
        "visibility": Visibility.ONLY_ME,
        "state": UploadState.RECEIVED,
        "digests": Digests("0" * 32, "0" * 40, SHA256),
        "size_bytes": 1000,
        "received_at": NOW,
    }
    return Upload(**(fields | changes))


def make_media(kind: MediaKind = MediaKind.VIDEO, **changes: Any) -> MediaFacts:
    return MediaFacts(**({"sha256": SHA256, "kind": kind, "hasher_version": "pdq-1", "analysed_at": NOW} | changes))


def make_finding(kind: FindingKind = FindingKind.MEDIA_UNREADABLE, id: str = "find_1", **changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "id": id,
        "upload_id": "upl_1",
        "sha256": SHA256,
        "kind": kind,
        "detector": "media.test",
        "detector_version": "1",
        "score": 1.0,
        "reasons": ("because",),
    }
    return Finding(**(fields | changes))


ALL_CAUSES = ("hold", "suspend_account", "open_case", "draft_report")


def make_match(
    id: str = "find_1", may_cause: tuple[str, ...] = ALL_CAUSES, nearest: int = 4, bank: str = "known"
) -> Finding:
    match = BankMatch(
        bank_id="bank_1",
        bank_name=bank,
        source="a hotline",
        classification="A1",
        may_cause=may_cause,
        entry_id="entry_1",
        entry_label="clip",
        matched_seconds=9.5,
        matched_fraction=0.875,
        nearest=nearest,
        exact=False,
    )
    return make_finding(FindingKind.BANK_MATCH, id, match=match)


def make_facts(*findings: Finding, verdict: Verdict | None = None, **changes: Any) -> PolicyInput:
    fields: dict[str, Any] = {"upload": make_upload(), "account": Account("account-1"), "media": make_media()}
    return PolicyInput(**(fields | {"findings": findings, "verdict": verdict} | changes))


def write_policy(rules: str, otherwise: str = "[release]", verdicts: str = VERDICTS) -> str:
    return (
        f"policy: test\nlanguage: 1\nrules:\n{rules}{verdicts}\n"
        f"otherwise:\n  then: {otherwise}\n  reason: Nothing was found.\n"
    )


def make_policy(rules: str, otherwise: str = "[release]", verdicts: str = VERDICTS) -> Policy:
    return parse_policy(write_policy(rules, otherwise, verdicts).encode(), "test.yaml")


def write_rule(name: str, when: str, then: str, on: str = "upload") -> str:
    return f"  - name: {name}\n    on: {on}\n    when: {when}\n    then: {then}\n    reason: Because of {name}.\n"
