"""What a plan may say, and that it comes over the pipe as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.decoding.plan import MAX_SPANS, SamplingPlan

SECONDS = st.floats(0, 1e6)
PLANS = st.builds(
    SamplingPlan,
    mode=st.sampled_from(["adaptive", "thorough", "rate"]),
    frames_per_second=SECONDS,
    windows=st.sampled_from(["none", "upload", "entry"]),
    spans=st.lists(st.tuples(SECONDS, SECONDS).map(lambda pair: (min(pair), max(pair))), max_size=5).map(tuple),
)


@given(PLANS)
def test_a_plan_crosses_as_it_is(plan: SamplingPlan) -> None:
    assert SamplingPlan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        '{"mode": "all"}',
        '{"windows": "some"}',
        '{"unknown": 1}',
        '{"frames_per_second": -1}',
        '{"frames_per_second": NaN}',
        '{"frames_per_second": "fast"}',
        '{"spans": [3]}',
        '{"spans": [[2, 1]]}',
        '{"spans": [[-1, 1]]}',
        '{"spans": [[0, Infinity]]}',
    ],
)
def test_no_child_follows_what_is_no_plan(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SamplingPlan.from_json(text)


def test_a_plan_has_an_end() -> None:
    with pytest.raises(ValueError, match="at most"):
        SamplingPlan(spans=((0.0, 1.0),) * (MAX_SPANS + 1))


@pytest.mark.parametrize(
    ("plan", "every"),
    [
        (SamplingPlan(), False),
        (SamplingPlan("thorough"), True),
        (SamplingPlan("rate"), False),
        (SamplingPlan("rate", 0.0), True),
        (SamplingPlan(spans=((1.0, 2.0),)), True),
    ],
)
def test_when_every_decoded_frame_is_hashed(plan: SamplingPlan, every: bool) -> None:
    assert plan.every_frame == every
