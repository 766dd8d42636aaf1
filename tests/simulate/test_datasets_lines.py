import pytest

from jacana.simulate.datasets.lines import LINE_MAX_BYTES, read_lines
from jacana.simulate.datasets.logins import LoginFileUnreadableError


def test_long_and_undecodable_lines_are_none_and_empty_ones_are_left_out(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"one\r\n\n" + b"x" * (LINE_MAX_BYTES * 2) + b"\n\xff\xfe\nlast")
    assert list(read_lines(path)) == [(1, "one"), (3, None), (4, None), (5, "last")]


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(LoginFileUnreadableError):
        list(read_lines(tmp_path / "f"))
