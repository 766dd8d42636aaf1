"""A share is said with what it rests on, and not at all when it rests on too little."""

from hypothesis import given
from hypothesis import strategies as st

from jacana.pipeline.figures.bank import LEAST_DECIDED, BankFigures


def test_a_few_verdicts_are_no_precision() -> None:
    few = BankFigures(decided=LEAST_DECIDED - 1, confirmed=LEAST_DECIDED - 1)
    assert few.precision is None
    assert few.precision_range is None


def test_the_interval_is_wilsons() -> None:
    """Known values: 8 of 10 gives 0.490 to 0.943, 10 of 10 gives 0.722 to 1."""
    low, high = BankFigures(decided=10, confirmed=8).precision_range
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    low, high = BankFigures(decided=10, confirmed=10).precision_range
    assert (round(low, 3), high) == (0.722, 1.0)


@given(st.integers(LEAST_DECIDED, 10_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_the_share_lies_in_its_range(counts: tuple[int, int]) -> None:
    figures = BankFigures(decided=counts[0], confirmed=counts[1])
    low, high = figures.precision_range
    assert 0.0 <= low <= figures.precision + 1e-12
    assert figures.precision - 1e-12 <= high <= 1.0
