from typing import get_type_hints

from jacana.pipeline.inline import run_step
from jacana.pipeline.step import Step


def test_what_runs_steps_inline_is_a_step() -> None:
    step: Step = run_step
    assert step("add", lambda left, right: left + right, 1, 2) == 3
    assert "return" in get_type_hints(Step.__call__)
