import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from jacana.report.states import (
    FINAL,
    IN_FLIGHT,
    TRANSITIONS,
    Filing,
    ReportEvent,
    ReportState,
    ReportStateConflictError,
    advance,
    apply_event,
)


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("event", list(ReportEvent))
def test_nothing_leaves_a_final_state(state: ReportState, event: ReportEvent) -> None:
    with pytest.raises(ReportStateConflictError):
        advance(state, event)


def test_every_state_is_reached_and_every_event_is_used() -> None:
    assert set(TRANSITIONS.values()) == set(ReportState)
    assert {event for _, event in TRANSITIONS} == set(ReportEvent)


@pytest.mark.parametrize("state", sorted(IN_FLIGHT | {ReportState.NEEDS_PERSON, ReportState.DRAFT}))
def test_from_every_other_state_a_final_one_can_be_reached(state: ReportState) -> None:
    seen, edge = {state}, [state]
    while edge:
        edge = [after for (before, _), after in TRANSITIONS.items() if before in edge and after not in seen]
        seen.update(edge)
    assert FINAL & seen


def test_submit_is_refused_while_an_id_is_recorded() -> None:
    with pytest.raises(ReportStateConflictError):
        apply_event(Filing(ReportState.APPROVED, "sandbox", 7), ReportEvent.SUBMIT_BEGUN)


@pytest.mark.parametrize("state", sorted({before for before, event in TRANSITIONS if event is ReportEvent.RETRACTED}))
def test_a_report_whose_id_is_known_is_given_up_only_after_the_receiver_was_asked(state: ReportState) -> None:
    with pytest.raises(ReportStateConflictError, match="retract"):
        apply_event(Filing(state, "sandbox", 7, 1), ReportEvent.RETRACTED)
    assert apply_event(Filing(state, "sandbox", None, 1), ReportEvent.RETRACTED).state is ReportState.RETRACTED


@pytest.mark.parametrize("event", [ReportEvent.FINISHED, ReportEvent.WITHDRAWN])
def test_without_an_id_nothing_is_finished_or_withdrawn_at_the_receiver(event: ReportEvent) -> None:
    with pytest.raises(ReportStateConflictError):
        apply_event(Filing(ReportState.NEEDS_PERSON, "sandbox", None, 1), event)
    assert apply_event(Filing(ReportState.NEEDS_PERSON, "sandbox", 7, 1), event).state in FINAL


def test_approval_needs_an_environment_and_opening_an_id() -> None:
    with pytest.raises(ReportStateConflictError):
        apply_event(Filing(ReportState.DRAFT), ReportEvent.APPROVED)
    with pytest.raises(ReportStateConflictError):
        apply_event(Filing(ReportState.SUBMITTING, "sandbox"), ReportEvent.OPENED)


@given(st.sampled_from(["ncmec-test", "production"]))
def test_a_sandbox_report_sent_back_for_correction_stays_a_sandbox_report(other: str) -> None:
    with pytest.raises(ReportStateConflictError):
        apply_event(Filing(ReportState.DRAFT, "sandbox"), ReportEvent.APPROVED, environment=other)


class ReportLife(RuleBasedStateMachine):
    """Any sequence of events, legal or not, keeps the promises."""

    CLEARS_THE_WAY = frozenset(
        {
            ReportEvent.REFUSED,
            ReportEvent.EXPIRY_PASSED,
            ReportEvent.GONE,
            ReportEvent.SENT_AGAIN,
            ReportEvent.REDRAFTED,
        }
    )

    def __init__(self) -> None:
        super().__init__()
        self.filing = Filing(ReportState.DRAFT)
        self.history: list[ReportEvent] = []
        self.environments: set[str] = set()
        self.ids_by_attempt: dict[int, set[int]] = {}

    @rule(
        event=st.sampled_from(list(ReportEvent)),
        environment=st.sampled_from(["sandbox", "ncmec-test", "production"]),
        remote_id=st.integers(1, 2**63 - 1),
    )
    def happen(self, event: ReportEvent, environment: str, remote_id: int) -> None:
        before = self.filing
        try:
            self.filing = apply_event(before, event, environment=environment, remote_id=remote_id)
        except ReportStateConflictError:
            return
        assert before.state not in FINAL
        self.history.append(event)
        if self.filing.environment:
            self.environments.add(self.filing.environment)
        if self.filing.remote_id is not None:
            self.ids_by_attempt.setdefault(self.filing.attempt, set()).add(self.filing.remote_id)

    @invariant()
    def environment_never_changes(self) -> None:
        assert len(self.environments) <= 1

    @invariant()
    def the_id_never_changes_within_an_attempt(self) -> None:
        assert all(len(ids) == 1 for ids in self.ids_by_attempt.values())

    @invariant()
    def no_known_report_is_given_up_unasked(self) -> None:
        if self.filing.state is ReportState.RETRACTED and self.filing.remote_id is not None:
            assert self.history[-1] is ReportEvent.WITHDRAWN

    @invariant()
    def filed_has_an_id(self) -> None:
        assert self.filing.state is not ReportState.FILED or self.filing.remote_id is not None

    @invariant()
    def two_submits_have_a_reason_between_them(self) -> None:
        submits = [index for index, event in enumerate(self.history) if event is ReportEvent.SUBMIT_BEGUN]
        for first, second in itertools.pairwise(submits):
            assert self.CLEARS_THE_WAY & set(self.history[first:second])


TestReportLife = ReportLife.TestCase
