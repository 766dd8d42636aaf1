import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.pipeline.evaluation.intervals import Share, find_quantile


def test_the_interval_is_wilsons():
    low, high = Share(8, 10).interval  # Wilson 1927, as tabulated: 0.4901 to 0.9433
    assert low == pytest.approx(0.4902, abs=2e-4)
    assert high == pytest.approx(0.9433, abs=2e-4)


def test_without_a_trial_nothing_is_known():
    assert Share(0, 0).value is None
    assert Share(0, 0).interval == (0.0, 1.0)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share(counts):
    share = Share(*counts)
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-12
    assert share.value - 1e-12 <= high <= 1


def test_more_trials_make_it_narrower():
    def width(share):
        return share.interval[1] - share.interval[0]

    assert width(Share(80, 100)) < width(Share(8, 10))


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_not_exceeded_by_its_share(values, share):
    limit = find_quantile(values, share)
    assert sum(value <= limit for value in values) >= share * len(values) - 1e-6
    assert limit in values


def test_a_median_of_few():
    assert find_quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert find_quantile([], 0.5) is None
