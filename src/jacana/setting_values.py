"""Reads one value of a setting, from TOML or from the environment, as the type the setting has. Pure."""

import math
from pathlib import Path
from typing import Any

_ACCEPTED: dict[Any, tuple[type, ...]] = {str: (str,), Path: (str, Path), int: (str, int), float: (str, int, float)}
KIND_NAMES: dict[Any, str] = {Path: "path", str: "text", int: "whole number", float: "number", bool: "yes or no"}
KIND_REMEDIES: dict[Any, str] = {
    Path: "the path of a file or folder",
    str: "text, in quotes",
    int: "a whole number, such as 8470",
    float: "a number, such as 0.5",
    bool: "true or false",
}


def convert_value(kind: Any, raw: Any) -> Any:
    """Return `raw` (text from the environment, or a TOML value) as `kind`. Raises ValueError."""
    if kind is bool:
        return _read_bool(raw)
    if isinstance(raw, bool) or not isinstance(raw, _ACCEPTED[kind]) or (kind is Path and not str(raw)):
        raise ValueError(raw)
    if kind is Path:
        return Path(str(raw)).expanduser()
    value = kind(raw)
    if kind is float and not math.isfinite(value):
        raise ValueError(raw)
    return value


def _read_bool(raw: Any) -> bool:
    lowered = str(raw).strip().lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off"}:
        return False
    raise ValueError(raw)
