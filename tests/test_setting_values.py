from pathlib import Path

import pytest

from jacana.setting_values import KIND_NAMES, KIND_REMEDIES, convert_value


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (int, "7", 7),
        (int, 7, 7),
        (float, "0.5", 0.5),
        (float, 2, 2.0),
        (str, "text", "text"),
        (bool, "Yes", True),
        (bool, "off", False),
        (bool, True, True),
        (Path, "a/b", Path("a/b")),
    ],
)
def test_a_value_is_read_as_its_type(kind, raw, value) -> None:
    read = convert_value(kind, raw)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "raw"),
    [(int, "seven"), (int, 1.5), (int, True), (float, "nan"), (float, "inf"), (str, 3), (bool, "maybe"), (Path, "")],
)
def test_another_type_is_refused(kind, raw) -> None:
    with pytest.raises(ValueError):
        convert_value(kind, raw)


def test_every_type_has_a_name_and_a_remedy() -> None:
    assert set(KIND_NAMES) == set(KIND_REMEDIES) == {Path, str, int, float, bool}
