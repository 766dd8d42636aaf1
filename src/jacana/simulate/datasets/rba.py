"""Reads the column layout of the RBA data set (Wiefling et al., doi 10.1145/3546069; das-group/rba-dataset).

Its addresses, user agents and times are synthesised: distances and devices in it stand for nobody's.
"""

import csv
import ipaddress
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from jacana.simulate.datasets.lines import read_lines
from jacana.simulate.datasets.logins import Login, LoginFileUnreadableError, RowProblem

NEEDED = ("Login Timestamp", "User ID", "IP Address", "ASN", "Login Successful")
AGENT = ("User Agent String", "User Agent Name and Version")
"""What comes closest to a device; published copies name the column either way."""
_DESCRIBING = ("Browser Name and Version", "OS Name and Version", "Device Type")


def read_rba(path: Path) -> Iterator[Login | RowProblem]:
    """Yield each successful log-in, and each row that cannot be read. Raises LoginFileUnreadableError."""
    lines = read_lines(path)
    header = next(lines, (1, None))[1]
    columns = next(csv.reader([header])) if header else []
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise LoginFileUnreadableError(
            f"{path} has no column {missing[0]}", field="--rba", remedy="give the CSV file of the RBA data set"
        )
    for number, line in lines:
        row = _split(line, columns) if line is not None else None
        if row is None:
            yield RowProblem(number, "not a row of as many columns as the header")
        elif row["Login Successful"].strip().lower() == "true":
            yield _read_row(number, row)


def _split(line: str, columns: list[str]) -> dict[str, str] | None:
    try:
        cells = next(csv.reader([line]))
    except (csv.Error, StopIteration):
        return None
    return dict(zip(columns, cells, strict=True)) if len(cells) == len(columns) else None


def _read_row(number: int, row: dict[str, str]) -> Login | RowProblem:
    user, agent = row["User ID"].strip(), next((row[name] for name in AGENT if name in row), "")
    if not user or len(user) > 100:
        return RowProblem(number, "no user id")
    at = read_moment(row["Login Timestamp"].strip())
    if at is None:
        return RowProblem(number, "no timestamp that can be read")
    try:
        address = str(ipaddress.ip_address(row["IP Address"].strip()))
    except ValueError:
        return RowProblem(number, "no IP address")
    asn = row["ASN"].strip()
    described = [re.sub(r"[\d.]+", "", part) for part in (agent, *(row.get(name, "") for name in _DESCRIBING))]
    device = sha256("\0".join([user, *described]).encode()).hexdigest()[:24]  # versions change, devices stay
    return Login(user, at, device, address, int(asn) if asn.isdecimal() and len(asn) <= 10 else None)


def read_moment(text: str) -> datetime | None:
    """Return a moment written as ISO 8601 (UTC where no zone is named) or as seconds or milliseconds since 1970."""
    try:
        if text.isdecimal():
            seconds = int(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 10**11 else seconds, UTC)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
