"""The index's errors belong to families that callers know."""

import pytest

from jacana.detect.media.index.errors import IndexDamagedError, IndexInputInvalidError, IndexOvertakenError
from jacana.model.errors import InputInvalidError, IntegrityBrokenError, JacanaError, StateConflictError


@pytest.mark.parametrize(
    ("error", "family", "code"),
    [
        (IndexDamagedError, IntegrityBrokenError, "index.damaged"),
        (IndexOvertakenError, StateConflictError, "index.overtaken"),
        (IndexInputInvalidError, InputInvalidError, "index.input_invalid"),
    ],
)
def test_an_error_has_its_family_and_code(error: type[JacanaError], family: type[JacanaError], code: str) -> None:
    assert issubclass(error, family)
    assert error("x").code == code
    assert not error.retryable
