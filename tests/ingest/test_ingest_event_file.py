import json
import stat

import pytest

from jacana.ingest.event_file import (
    BATCH_LINES,
    LINE_MAX_BYTES,
    EventFileUnreadableError,
    EventLine,
    RejectedFile,
    read_batches,
)
from jacana.ingest.validation import FieldProblem


@pytest.fixture
def write(tmp_path):
    def write(content: bytes):
        (tmp_path / "events.jsonl").write_bytes(content)
        return tmp_path / "events.jsonl"

    return write


def lines_of(path):
    return [line for batch in read_batches(path) for line in batch.lines]


def test_lines_keep_their_numbers_over_empty_ones(write):
    lines = lines_of(write(b'{"a": 1}\n\n  \r\n[2]\r\n"x"'))
    assert [(line.number, line.value) for line in lines] == [(1, {"a": 1}), (4, [2]), (5, "x")]


def test_batches_are_bounded_and_progress_is_in_bytes(write):
    path = write(b"1\n" * (BATCH_LINES + 1))
    batches = list(read_batches(path))
    assert [len(batch.lines) for batch in batches] == [BATCH_LINES, 1]
    assert [batch.bytes_read for batch in batches] == [BATCH_LINES * 2, path.stat().st_size]


@pytest.mark.parametrize("bad", [b"{", b"\xff", b"NaN", b"[" * 5000])
def test_a_line_that_is_not_json_is_a_problem_of_that_line(write, bad):
    first, second = lines_of(write(bad + b"\n{}\n"))
    assert first.problem.code == "input.json_invalid"
    assert (second.number, second.value) == (2, {})


def test_half_a_surrogate_pair_is_left_to_its_field_to_refuse(write):
    (line,) = lines_of(write(b'{"id": "\\ud800"}\n'))
    assert (line.value, line.text) == ({"id": "\ud800"}, '{"id": "\\ud800"}')


def test_a_line_of_any_length_takes_bounded_memory(write):
    first, second = lines_of(write(b"x" * (3 * LINE_MAX_BYTES) + b"\n{}\n"))
    assert (first.problem.code, first.text) == ("input.line_too_long", "")
    assert (second.number, second.value) == (2, {})


def test_an_empty_file_has_no_batches(write):
    assert list(read_batches(write(b""))) == []


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(EventFileUnreadableError):
        next(read_batches(tmp_path / "none.jsonl"))


def test_refused_lines_are_written_beside_the_file_for_its_owner_only(tmp_path):
    with RejectedFile(tmp_path / "events.jsonl") as rejected:
        rejected.add(EventLine(3, "{ä"), [FieldProblem("code", "message", "field", "remedy")])
    assert rejected.path.name == "events.rejected.jsonl"
    assert stat.S_IMODE(rejected.path.stat().st_mode) == 0o600
    assert json.loads(rejected.path.read_text(encoding="utf-8")) == {
        "line": 3,
        "errors": [{"code": "code", "message": "message", "field": "field", "remedy": "remedy"}],
        "text": "{ä",
    }


def test_a_run_without_refused_lines_leaves_no_file(tmp_path):
    (tmp_path / "events.rejected.jsonl").write_text("of an earlier run")
    with RejectedFile(tmp_path / "events.jsonl") as rejected:
        pass
    assert not rejected.path.exists()
