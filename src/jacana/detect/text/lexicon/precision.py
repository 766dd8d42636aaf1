"""What a term's reviewed hits say of its precision: bounds of a Beta posterior. Pure.

The prior is Beta(1, 9): a word about which nothing is known is right one time in ten.
"""

from functools import lru_cache
from math import exp, lgamma, log

PRIOR_CONFIRMED = 1
PRIOR_CLEARED = 9

_HALVINGS = 50
_NEGLIGIBLE = 1e-17


def lower_bound(confirmed: int, reviewed: int) -> float:
    """Return the precision that the term has at least with 95 % probability."""
    return quantile(confirmed, reviewed, 0.05)


def precision_interval(confirmed: int, reviewed: int) -> tuple[float, float]:
    """Return the 95 % credible interval of the precision."""
    return quantile(confirmed, reviewed, 0.025), quantile(confirmed, reviewed, 0.975)


@lru_cache(maxsize=4096)
def quantile(confirmed: int, reviewed: int, share: float) -> float:
    """Return the point below which `share` of the posterior lies, by halving.

    Raises ValueError unless 0 <= confirmed <= reviewed.
    """
    if not 0 <= confirmed <= reviewed:
        raise ValueError("confirmed hits are a part of the reviewed ones")
    a, b = PRIOR_CONFIRMED + confirmed, PRIOR_CLEARED + reviewed - confirmed
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _beta_share(a, b, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_share(a: int, b: int, x: float) -> float:
    """Return P(Beta(a, b) <= x) for whole a and b.

    It is P(Binomial(a + b - 1, x) >= a), DLMF 8.17.5; summed on the side of the mean where the terms shrink.
    """
    n = a + b - 1
    if a > n * x:
        return _binomial_tail(n, a, x)
    return 1.0 - _binomial_tail(n, n - a + 1, 1.0 - x)


def _binomial_tail(n: int, least: int, x: float) -> float:
    """Return P(Binomial(n, x) >= least) where `least` is above the mean."""
    if least > n:
        return 0.0
    ways = lgamma(n + 1) - lgamma(least + 1) - lgamma(n - least + 1)
    part = exp(ways + least * log(x) + (n - least) * log(1.0 - x))
    total, odds = part, x / (1.0 - x)
    for k in range(least, n):
        part *= (n - k) / (k + 1) * odds
        total += part
        if part < total * _NEGLIGIBLE:
            break
    return total
