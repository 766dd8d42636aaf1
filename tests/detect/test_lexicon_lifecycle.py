"""The life of a term, as a machine that people, outcomes and the clock push about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from jacana.detect.text.lexicon.lifecycle import (
    LEAST_REVIEWED,
    NEXT_STATES,
    Refusal,
    Standing,
    is_over,
    judge_precision,
    may_follow,
    refuse_approval,
    state_after_approval,
)
from jacana.model.term import MATCHING_STATES, TermState

START = datetime(2026, 11, 22, tzinfo=UTC)
FLOOR = 0.05
USERS = st.sampled_from(["u1", "u2", "u3"])


def stand(state: TermState, **changes: object) -> Standing:
    return Standing(state, "user:u1", START, **changes)


class Life(RuleBasedStateMachine):
    """u1 added the term."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.standing = stand(TermState.CANDIDATE)
        self.said_yes: set[str] = set()

    def move(self, state: TermState, **changes: object) -> None:
        if state is not self.standing.state:
            assert may_follow(self.standing.state, state)
        self.standing = replace(self.standing, state=state, **changes)

    @rule(user=USERS)
    def approve(self, user: str) -> None:
        if refuse_approval(self.standing, user) is not None:
            return
        following = state_after_approval(self.standing)
        approvals = (*self.standing.approvals, user)
        self.said_yes.add(user)
        if following is TermState.ACTIVE:
            assert len(self.said_yes - {"u1"}) >= 2
            self.move(following, approvals=approvals, active_since=self.now, reviewed=0, confirmed=0)
        else:
            self.move(following, approvals=approvals)

    @rule(confirmed=st.integers(0, 5), cleared=st.integers(0, 15))
    def review_hits(self, confirmed: int, cleared: int) -> None:
        before = self.standing
        self.standing = replace(
            before,
            reviewed=before.reviewed + confirmed + cleared,
            confirmed=before.confirmed + confirmed,
            last_confirmed_at=self.now if confirmed else before.last_confirmed_at,
        )
        following = judge_precision(self.standing, FLOOR)
        assert following is not TermState.ACTIVE or before.state is TermState.ACTIVE
        if following is not before.state:
            assert self.standing.reviewed >= LEAST_REVIEWED
            self.said_yes.clear()
            self.move(following, approvals=())

    @rule(days=st.integers(1, 60))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        if is_over(self.standing, self.now, 90):
            self.said_yes.clear()
            self.move(TermState.EXPIRED, approvals=())

    @rule()
    def retire(self) -> None:
        if may_follow(self.standing.state, TermState.RETIRED):
            self.said_yes.clear()
            self.move(TermState.RETIRED, approvals=())

    @rule()
    def send_again(self) -> None:
        if self.standing.state in (TermState.EXPIRED, TermState.RETIRED):
            self.said_yes.clear()
            self.move(TermState.CANDIDATE, approvals=(), active_since=None)

    @invariant()
    def only_two_others_made_it_active(self) -> None:
        if self.standing.state is TermState.ACTIVE:
            assert len(set(self.standing.approvals) - {"u1"}) >= 2
            assert self.standing.active_since is not None


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase


def test_every_state_has_its_followers_and_none_follows_itself() -> None:
    assert set(NEXT_STATES) == set(TermState)
    assert not [state for state, following in NEXT_STATES.items() if state in following]
    only_by_people = {state for state, following in NEXT_STATES.items() if TermState.ACTIVE in following}
    assert only_by_people == {TermState.SHADOW, TermState.PROBATION}


@pytest.mark.parametrize("state", list(TermState))
def test_what_is_active_or_ended_cannot_be_approved(state: TermState) -> None:
    wanted = Refusal.STATE if state in {TermState.ACTIVE, TermState.EXPIRED, TermState.RETIRED} else None
    assert refuse_approval(stand(state), "u2") is wanted


def test_whoever_added_it_is_nobody_and_nobody_is_two() -> None:
    term = stand(TermState.SHADOW, approvals=("u2",))
    assert refuse_approval(term, "u1") is Refusal.OWN
    assert refuse_approval(term, "u2") is Refusal.TWICE
    assert refuse_approval(term, "u3") is None
    assert state_after_approval(term) is TermState.ACTIVE


def test_the_first_yes_to_a_candidate_lets_it_be_tried() -> None:
    assert state_after_approval(stand(TermState.CANDIDATE)) is TermState.SHADOW
    assert state_after_approval(stand(TermState.PROBATION)) is TermState.PROBATION


def test_a_new_term_does_not_fall_before_it_was_looked_at() -> None:
    active = stand(TermState.ACTIVE, active_since=START)
    assert judge_precision(active, FLOOR) is TermState.ACTIVE
    assert judge_precision(replace(active, reviewed=LEAST_REVIEWED - 1), FLOOR) is TermState.ACTIVE
    assert judge_precision(replace(active, reviewed=LEAST_REVIEWED), FLOOR) is TermState.PROBATION


@pytest.mark.parametrize(
    ("confirmed", "state"), [(2, TermState.PROBATION), (3, TermState.PROBATION), (4, TermState.ACTIVE)]
)
def test_of_twenty_four_must_be_right(confirmed: int, state: TermState) -> None:
    active = stand(TermState.ACTIVE, reviewed=20, confirmed=confirmed)
    assert judge_precision(active, FLOOR) is state


def test_below_the_floor_a_term_falls_one_step_and_never_rises() -> None:
    bad = {"reviewed": 100, "confirmed": 0}
    after = {state: judge_precision(stand(state, **bad), FLOOR) for state in TermState}
    changed = {state: following for state, following in after.items() if state is not following}
    assert changed == {TermState.ACTIVE: TermState.PROBATION, TermState.SHADOW: TermState.CANDIDATE}
    good = {"reviewed": 100, "confirmed": 100}
    assert all(judge_precision(stand(state, **good), FLOOR) is state for state in TermState)


@pytest.mark.parametrize("state", list(TermState))
def test_a_given_end_holds_for_whatever_has_not_ended(state: TermState) -> None:
    term = stand(state, expires_at=START + timedelta(days=1), active_since=START)
    ended = state in {TermState.EXPIRED, TermState.RETIRED}
    assert is_over(term, START + timedelta(days=1), 90) is not ended
    assert not is_over(term, START + timedelta(hours=23), 90)


def test_ninety_days_of_being_right_about_nothing_end_what_was_active() -> None:
    late = START + timedelta(days=90)
    idle = {state for state in TermState if is_over(stand(state, active_since=START), late, 90)}
    assert idle == {TermState.ACTIVE, TermState.PROBATION} <= MATCHING_STATES
    useful = stand(TermState.ACTIVE, active_since=START, last_confirmed_at=START + timedelta(days=1))
    assert not is_over(useful, late, 90)
    assert is_over(useful, late + timedelta(days=1), 90)
    assert not is_over(useful, late + timedelta(days=999), 0)
