"""Codes are stable, unique and say which stage speaks."""

import inspect

from jacana.model.errors import InputInvalidError, JacanaError, StateConflictError, ThingNotFoundError
from jacana.review import errors

OWN = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, JacanaError) and kind.__module__ == errors.__name__
]


def test_codes_are_unique_and_prefixed() -> None:
    codes = [kind.code for kind in OWN]
    assert len(set(codes)) == len(codes) == 15
    assert all(code.startswith("review.") for code in codes)


def test_each_belongs_to_one_family_and_is_in_the_tree() -> None:
    for kind in OWN:
        assert (
            sum(issubclass(kind, family) for family in (InputInvalidError, StateConflictError, ThingNotFoundError)) == 1
        )
        assert kind.__name__ in str(errors.__doc__)
