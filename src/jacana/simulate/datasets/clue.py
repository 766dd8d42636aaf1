"""Reads the layout of CLUE-LDS (Landauer et al. 2022, zenodo 7119953): real users of a cloud storage, JSON or CSV.

It names neither devices nor addresses. The user stands for the device, the place an event came from for the network: so
a merged account has as many devices as users, and only places tell whether they are apart.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from jacana.simulate.datasets.lines import read_lines
from jacana.simulate.datasets.logins import Login, LoginFileUnreadableError, RowProblem
from jacana.simulate.datasets.rba import read_moment

NEEDED = ("time", "uid", "type")
SESSION_SECONDS = 3600
"""Events of one user at one place within an hour are one session: few of them are log-ins by name."""
_LOCAL = "10.0.0.1"
_REMEMBERED = 200_000


def read_clue(path: Path) -> Iterator[Login | RowProblem]:
    """Yield one log-in per user, place and hour, and each row that cannot be read. Raises LoginFileUnreadableError."""
    last: dict[tuple[str, str | None], datetime] = {}
    for number, row in _read_csv(path) if path.suffix.lower() == ".csv" else _read_json(path):
        login = _read_row(number, row) if row is not None else RowProblem(number, "not an event of the layout")
        if isinstance(login, RowProblem):
            yield login
        elif login is not None:
            before = last.get((login.user, login.address))
            if before is None or (login.at - before).total_seconds() >= SESSION_SECONDS:
                last[login.user, login.address] = login.at
                yield login
            if len(last) > _REMEMBERED:  # bounded: whoever was forgotten begins a new session
                last.clear()


def _read_row(number: int, row: Mapping[str, Any]) -> Login | RowProblem | None:
    """Return the log-in; None for what no user did by name."""
    if row.get("uidType") not in {None, "", "name", "username", "user"}:
        return None
    user, time = row.get("uid"), row.get("time")
    if not isinstance(user, str) or not 0 < len(user) <= 150:
        return RowProblem(number, "no user id")
    at = read_moment(time) if isinstance(time, str) else None
    if at is None:
        return RowProblem(number, "no time that can be read")
    return Login(user, at, sha256(user.encode()).hexdigest()[:24], _find_place(row))


def _find_place(row: Mapping[str, Any]) -> str | None:
    """Return an address of 10.0.0.0/8 that stands for the place; None if the row names none."""
    if row.get("isLocalIP") in {True, "true", "True", "1"}:
        return _LOCAL
    location = row.get("location")
    if isinstance(location, str) and location:
        try:
            location = json.loads(location)
        except ValueError:
            location = {"city": location}
    if not isinstance(location, dict):
        return None
    named = [str(location.get(name)) for name in ("countryCode", "regionName", "city", "postalCode")]
    digest = sha256("\0".join(named).encode()).digest()
    return f"10.{digest[0] % 254 + 1}.{digest[1]}.{digest[2]}"


def _read_json(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    for number, line in read_lines(path):
        try:
            row = json.loads(line) if line is not None else None
        except (ValueError, RecursionError):
            row = None
        yield number, row if isinstance(row, dict) and all(name in row for name in NEEDED) else None


def _read_csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    lines = read_lines(path)
    header = next(lines, (1, None))[1]
    columns = next(csv.reader([header])) if header else []
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise LoginFileUnreadableError(
            f"{path} has no column {missing[0]}", field="--clue", remedy="name the columns as CLUE-LDS does"
        )
    for number, line in lines:
        try:
            cells = next(csv.reader([line])) if line is not None else []
        except (csv.Error, StopIteration):
            cells = []
        yield number, dict(zip(columns, cells, strict=True)) if len(cells) == len(columns) else None
