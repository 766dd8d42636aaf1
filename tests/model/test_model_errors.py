"""The error tree: families as documented; every error has a code of its own and says what it means."""

import importlib
import pkgutil
import re

import jacana
from jacana.model import errors
from jacana.model.errors import InputInvalidError, InputTooLargeError, JacanaError, SetupInvalidError

FAMILIES = {
    errors.InputInvalidError,
    errors.CredentialInvalidError,
    errors.PermissionDeniedError,
    errors.ThingNotFoundError,
    errors.StateConflictError,
    errors.ServiceUnavailableError,
    errors.SetupInvalidError,
    errors.IntegrityBrokenError,
}
INNER = {"report.call_failed", "report.refused", "report.unreachable", "report.unclear", "exchange.refused"}
"""Errors of ports that their users turn into states (of a report, of a vote); they never reach web or cli."""


def find_errors() -> list[type[JacanaError]]:
    """Every error of the package, after importing all of it."""
    for module in pkgutil.walk_packages(jacana.__path__, "jacana."):
        if ".migrations" not in module.name and not module.name.endswith("__main__") and "_child" not in module.name:
            importlib.import_module(module.name)
    found, waiting = [], [JacanaError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("jacana.")]


def test_every_error_belongs_to_a_family_and_says_what_it_means() -> None:
    for kind in find_errors():
        if kind is JacanaError:
            continue
        assert kind.code in INNER or any(issubclass(kind, family) for family in FAMILIES), kind
        assert kind.__name__.endswith("Error"), kind
        assert (kind.__doc__ or "").strip(), kind
        assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", kind.code), kind


def test_every_error_has_a_code_of_its_own() -> None:
    codes: dict[str, type[JacanaError]] = {}
    for kind in find_errors():
        assert "code" in vars(kind), f"{kind} has no code of its own"
        assert codes.setdefault(kind.code, kind) is kind, f"{kind} and {codes[kind.code]} share {kind.code}"


def test_what_only_the_caller_or_an_operator_can_mend_is_never_retryable() -> None:
    lasting = tuple(FAMILIES - {errors.ServiceUnavailableError, errors.StateConflictError})
    assert errors.ServiceUnavailableError("x").retryable
    for kind in find_errors():
        assert not (kind.retryable and issubclass(kind, lasting)), kind


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))
    assert drawn == {kind.__name__ for kind in vars(errors).values() if isinstance(kind, type)} - {"JacanaError"}


def test_input_errors_name_the_field_and_setup_errors_the_remedy() -> None:
    problem = InputTooLargeError("too large", field="items[3].type", remedy="send less")
    assert isinstance(problem, InputInvalidError)
    assert (problem.message, str(problem), problem.field, problem.remedy) == (
        "too large",
        "too large",
        "items[3].type",
        "send less",
    )
    assert InputInvalidError("x").field is None
    assert SetupInvalidError("x", remedy="do y").remedy == "do y"
    assert SetupInvalidError("x").remedy is None
