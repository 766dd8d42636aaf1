import pytest
from evaluated import make_evaluation

from jacana.cli.context import console
from jacana.cli.evaluate_words import print_conversion, print_evaluation, say_hours, say_share
from jacana.pipeline.evaluation.intervals import Share
from jacana.simulate.datasets.logins import Conversion, RowProblem


def read_print(show, *arguments):
    with console.capture() as captured:
        show(*arguments)
    return captured.get()


@pytest.mark.parametrize(
    ("hours", "said"), [(None, "–"), (0.5, "30 min"), (5, "5.0 h"), (72, "3.0 d")], ids=["none", "min", "h", "d"]
)
def test_hours_are_said_in_the_unit_that_reads_best(hours, said):
    assert say_hours(hours) == said


def test_a_share_is_said_with_counts_and_interval():
    assert say_share(Share(1, 2)) == "50% (1/2; 9%–91%)"
    assert say_share(Share(0, 0)) == "–"


def test_every_figure_is_printed():
    text = read_print(print_evaluation, make_evaluation())
    assert "100% (3/3" in text
    assert "wrong about 1 accounts: family 1" in text
    assert "found to trade" in text or "that trade" in text
    assert "doubtful" not in text


def test_failed_work_makes_the_figures_doubtful():
    text = read_print(print_evaluation, make_evaluation(failed_work={"judge_account": 2}, refused=3))
    assert "doubtful: judge_account 2" in text
    assert "3 events were refused" in text


def test_rows_that_could_not_be_read_are_named():
    conversion = Conversion(users=10, merged=1, left_out=4)
    conversion.note(RowProblem(7, "no user id"))
    text = read_print(print_conversion, conversion)
    assert "1 malformed rows" in text
    assert "line 7: no user id" in text
