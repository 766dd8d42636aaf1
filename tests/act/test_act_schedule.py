import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.act.schedule import MAX_RETRY_AFTER_SECONDS, Judgement, choose_delay, judge_status


@pytest.mark.parametrize(
    ("status", "judgement"),
    [
        (200, Judgement.DELIVERED),
        (204, Judgement.DELIVERED),
        (409, Judgement.DELIVERED),
        (None, Judgement.TRY_AGAIN),
        (302, Judgement.TRY_AGAIN),
        (408, Judgement.TRY_AGAIN),
        (425, Judgement.TRY_AGAIN),
        (429, Judgement.TRY_AGAIN),
        (500, Judgement.TRY_AGAIN),
        (503, Judgement.TRY_AGAIN),
        (400, Judgement.REFUSED),
        (401, Judgement.TRY_AGAIN),
        (404, Judgement.TRY_AGAIN),
        (410, Judgement.REFUSED),
        (422, Judgement.REFUSED),
    ],
)
def test_what_an_answer_means(status, judgement):
    assert judge_status(status) is judgement


def test_delays_follow_the_schedule():
    assert [choose_delay((5, 30, 120), failures, None) for failures in (1, 2, 3)] == [5, 30, 120]


def test_retry_after_only_lengthens_and_has_a_cap():
    assert choose_delay((5, 30), 1, 60) == 60
    assert choose_delay((5, 30), 1, 1) == 5
    assert choose_delay((5, 30), 1, 10**8) == MAX_RETRY_AFTER_SECONDS


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=9),
    st.integers(1, 20),
    st.one_of(st.none(), st.integers(0, 10**9)),
)
def test_never_sooner_than_planned_nor_later_than_plan_and_cap(schedule, failures, retry_after):
    delay = choose_delay(tuple(schedule), failures, retry_after)
    planned = schedule[min(failures, len(schedule)) - 1]
    assert planned <= delay <= max(planned, MAX_RETRY_AFTER_SECONDS)
