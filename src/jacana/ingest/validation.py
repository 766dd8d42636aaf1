"""Turns what pydantic found wrong into problems that name the field and the remedy, without repeating what was sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from jacana.model.errors import InputInvalidError

PROBLEMS_MAX = 20
"""How many problems of one record are described. Whoever sends more mends these first."""

NAME_MAX_LETTERS = 64
"""How much of a name that the caller made up is repeated or compared."""

_PATH_MAX_LETTERS = 200
_LENGTHS = {"string_too_long": "max_length", "too_long": "max_length", "too_short": "min_length"}
Model = TypeVar("Model", bound=BaseModel)
_TYPES = {
    "model_type": ("is no JSON object", "send an object, with its fields in braces"),
    "dict_type": ("is no JSON object", "send an object, with its fields in braces"),
    "string_type": ("is no text", "send a JSON string, in quotes"),
    "bool_type": ("is neither true nor false", "send true or false, without quotes"),
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
}


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong: a stable code, a sentence, the field as the caller wrote it, and what to send."""

    code: str
    message: str
    field: str | None = None
    remedy: str | None = None


class FieldsInvalidError(InputInvalidError):
    """One or more fields are wrong; `problems` has up to PROBLEMS_MAX, and the error itself speaks of the first."""

    code = "input.fields_invalid"

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            f"{first.field}: {first.message}" if first.field else first.message, field=first.field, remedy=first.remedy
        )


def validate_record(model: type[Model], raw: object, prefix: str = "") -> Model:
    """Return `raw` as `model`. `prefix` (`events[3]`) goes before each field's name.

    Raises FieldsInvalidError, with the fields the model knows before those it does not.
    """
    try:
        return model.model_validate(_without_flood(model, raw))
    except ValidationError as problem:
        errors = sorted(problem.errors(include_url=False), key=lambda error: error["type"] == "extra_forbidden")
        raise FieldsInvalidError(describe_problems(errors, model, prefix)) from None


def describe_problems(
    errors: Iterable[Any], model: type[BaseModel] | None = None, prefix: str = ""
) -> list[FieldProblem]:
    """Return one FieldProblem for each of the first PROBLEMS_MAX of pydantic's error dicts."""
    return [_describe(error, model, prefix) for error in islice(errors, PROBLEMS_MAX)]


def suggest(word: object, known: Iterable[str]) -> str:
    """Return a remedy for a word that is not known: the nearest known one, or all of them."""
    choices = list(known)
    near = get_close_matches(str(word)[:NAME_MAX_LETTERS].lower(), choices, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(choices)}"


def format_path(location: Iterable[str | int], prefix: str = "") -> str:
    """Return `account.id` or `events[3].type`, shortened, with nothing in it that cannot be printed."""
    path = prefix
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            name = part[:NAME_MAX_LETTERS]
            path += f".{name}" if path else name
    return "".join(letter if letter.isprintable() else "�" for letter in path[:_PATH_MAX_LETTERS])


def _describe(error: Any, model: type[BaseModel] | None, prefix: str) -> FieldProblem:
    kind, context, location = error["type"], error.get("ctx") or {}, tuple(error["loc"])
    field = format_path(location, prefix) or None
    code = "input." + kind
    if kind == "missing":
        return FieldProblem(code, "is missing", field, "send this field")
    if kind in _TYPES:
        message, remedy = _TYPES[kind]
        return FieldProblem(code, message, field, remedy)
    if kind == "string_unicode":
        return FieldProblem(code, "contains half of a surrogate pair", field, "send valid Unicode text")
    if kind == "extra_forbidden":
        known = _fields_at(model, location[:-1])
        return FieldProblem(code, "is not a known field", field, suggest(location[-1], known) if known else "remove it")
    if kind in {"enum", "literal_error"}:
        choices = [choice.strip(" '") for choice in context["expected"].replace(" or ", ", ").split(",")]
        return FieldProblem(code, "is not one of the known values", field, suggest(error.get("input"), choices))
    return FieldProblem(code, _lower_first(error["msg"]), field, _remedy(kind, context, error["msg"]))


def _remedy(kind: str, context: dict[str, Any], message: str) -> str:
    if "remedy" in context:
        return str(context["remedy"])
    if kind in _LENGTHS:
        return f"send at most {context[_LENGTHS[kind]]}" if "long" in kind else "send more"
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"send {words} {context[name]}"
    if kind == "string_pattern_mismatch":
        return f"match the pattern {context['pattern']}"
    return f"correct the value: {_lower_first(message)}"


def _fields_at(model: type[BaseModel] | None, location: tuple[str | int, ...]) -> list[str]:
    """Return the names a record allows at a location, by walking the models' annotations."""
    for part in location:
        if model is None or not isinstance(part, str) or part not in model.model_fields:
            return []
        model = _record_in(model.model_fields[part].annotation)
    return list(model.model_fields) if model else []


def _record_in(annotation: Any) -> type[BaseModel] | None:
    """Return the record an annotation speaks of: `Account` of `Account | None`."""
    candidates = [annotation, *getattr(annotation, "__args__", ())]
    return next((item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)), None)


def _without_flood(model: type[BaseModel], raw: object) -> object:
    """Return the record with no more than PROBLEMS_MAX names that it may not have: pydantic makes an error of each.

    A name that is no Unicode is mended, so that it is refused like any other that is not known.
    """
    if not isinstance(raw, dict):
        return raw
    known = model.model_fields
    kept = {name: value for name, value in raw.items() if name in known}
    for name, value in kept.items():
        record = _record_in(known[name].annotation)
        kept[name] = _without_flood(record, value) if record else value
    surplus = islice((item for item in raw.items() if item[0] not in known), PROBLEMS_MAX)
    return {**kept, **{str(name).encode("utf-8", "replace").decode(): value for name, value in surplus}}


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
