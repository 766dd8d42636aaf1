from datetime import UTC, datetime

import pytest

from jacana.model.verdict import AccountVerdict
from jacana.simulate.datasets.truth import (
    AccountTruth,
    ReturnTruth,
    TakeoverTruth,
    TextTruth,
    Truth,
    TruthUnreadableError,
    read_truth,
    write_truth,
)

AT = datetime(2026, 1, 7, 8, tzinfo=UTC)


def test_what_is_written_is_read_again(tmp_path):
    truth = Truth(
        accounts={"a1": AccountTruth("a1", "ring_vault", "ring0001", AT, AccountVerdict.TRADING)},
        texts=[TextTruth("e1", "a1", "caption", "term", "leet", False)],
        returns=[ReturnTruth("a1", "a2", AT, ("same_device",))],
        takeovers=[TakeoverTruth("a3", AT, AT)],
    )
    write_truth(truth, tmp_path / "truth.jsonl")
    assert read_truth(tmp_path / "truth.jsonl") == truth


def test_only_the_owner_may_read_it(tmp_path):
    write_truth(Truth(), tmp_path / "truth.jsonl")
    assert (tmp_path / "truth.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("line", ["{", "[]", '{"record":"other"}', '{"record":"text"}', "7"], ids=range(5))
def test_a_wrong_line_is_named(tmp_path, line):
    path = tmp_path / "truth.jsonl"
    write_truth(Truth(takeovers=[TakeoverTruth("a3", AT, AT)]), path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(TruthUnreadableError) as caught:
        read_truth(path)
    assert caught.value.field == "line 2"


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(TruthUnreadableError, match="No such file"):
        read_truth(tmp_path / "truth.jsonl")
