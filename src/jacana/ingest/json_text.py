"""JSON read without trusting it. Never accepts NaN, infinity or more nesting than a stack can take."""

import json
import re
from typing import Any, NoReturn

from pydantic_core import from_json

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def load_json(text: bytes) -> Any:
    """Return the value. Raises ValueError, which names the line but not what it says.

    JSON can say half of a surrogate pair (RFC 8259 section 8.2) and the fast reader then refuses the whole text. So
    such a text is read again as it is: the field that holds the half is refused later, by name, and its neighbours are
    kept.
    """
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        if not _SURROGATE.search(text):
            raise
        try:
            return json.loads(text.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            pass
        raise


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
