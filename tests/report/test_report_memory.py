"""The twin's contract is in test_report_ncmec.py; here is only what is its own."""

import pytest

from jacana.report.cybertipline import CyberTipUnclearError
from jacana.report.document import build_report
from jacana.report.facts import ReportFacts
from jacana.report.memory import MemoryCyberTipline
from jacana.report.sandbox.receiver import Account, Receiver
from jacana.report.sandbox.replies import Reply
from jacana.report.sandbox.store import Shelf


def test_each_answer_has_its_own_request_id(clock) -> None:
    twin = MemoryCyberTipline(Receiver(Shelf(), [Account("a", "b")], clock), "a", "b")
    assert [twin.status().request_id for _ in range(2)] == ["memory-1", "memory-2"]
    twin.close()


def test_a_success_without_an_id_is_unclear(clock, facts: ReportFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver(Shelf(), [Account("a", "b")], clock)
    monkeypatch.setattr(receiver, "submit", lambda *_: Reply(0, "Success"))
    with pytest.raises(CyberTipUnclearError):
        MemoryCyberTipline(receiver, "a", "b").submit(build_report(facts, clock.now))
