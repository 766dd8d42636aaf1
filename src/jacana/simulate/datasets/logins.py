"""Log-ins of a public data set as an event set: users are merged into one account, so that the truth is known.

No public data set says which accounts are shared. Each account is given a few only-me uploads, and each log-in watches
some of them: what is measured is whether merged accounts stand out by their devices and networks, and nothing more.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError
from jacana.model.verdict import AccountVerdict
from jacana.simulate.datasets.folder import EventSetWriter, SetFacts, prepare_folder
from jacana.simulate.datasets.truth import AccountTruth, Truth

ONLY_ME_UPLOADS = 5
VIEWS_PER_LOGIN = 2
LEAST_LOGINS, MOST_LOGINS = 3, 2_000
"""Users with fewer say nothing; those with more are no persons (one user of the RBA set holds 44.9 % of its rows)."""
_TOLD_PROBLEMS = 20
_AT_ONCE = 2_000


class LoginFileUnreadableError(InputInvalidError):
    """A log-in file is not there, has other columns, or holds too little to be evaluated."""

    code = "simulate.logins_unreadable"


@dataclass(frozen=True, slots=True)
class Login:
    """One successful log-in as a data set tells it; `device` and `address` are what comes closest to them there."""

    user: str
    at: datetime
    device: str
    address: str | None = None
    asn: int | None = None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be read. The reason never repeats what the row holds."""

    line: int
    reason: str


LoginReader = Callable[[Path], Iterator[Login | RowProblem]]


@dataclass(frozen=True, slots=True)
class Merging:
    """How sharing is faked. `share` of the taken users end up in accounts of `size` users."""

    seed: int = 1
    size: int = 8
    share: float = 0.02
    most_users: int = 20_000


@dataclass(slots=True)
class Conversion:
    """What became of a log-in file."""

    facts: SetFacts | None = None
    users: int = 0
    merged: int = 0
    left_out: int = 0
    """Log-ins of users beyond `most_users`, or with too few or too many."""
    malformed: Counter[str] = field(default_factory=Counter)
    """Reason -> rows."""
    problems: list[RowProblem] = field(default_factory=list)
    """The first of them."""

    def note(self, problem: RowProblem) -> None:
        """Count a row that cannot be read."""
        self.malformed[problem.reason] += 1
        if len(self.problems) < _TOLD_PROBLEMS:
            self.problems.append(problem)


def convert_logins(path: Path, read: LoginReader, folder: Path, source: str, merging: Merging) -> Conversion:
    """Write the log-ins of a file as an event set. Reads the file twice; memory grows with `most_users` only.

    Raises LoginFileUnreadableError, EventSetInvalidError.
    """
    prepare_folder(folder)
    done = Conversion()
    accounts = _assign_accounts(_count_logins(path, read, merging.most_users), merging, done)
    truth = Truth()
    writer = EventSetWriter(folder)
    first: datetime | None = None
    last: datetime | None = None
    try:
        batch: list[dict[str, Any]] = []
        rng = Random(merging.seed)  # noqa: S311 - a simulation, not a secret
        for login in read(path):
            if isinstance(login, RowProblem):
                done.note(login)
                continue
            account_id = accounts.get(login.user)
            if account_id is None:
                done.left_out += 1
                continue
            batch += _tell_login(login, account_id, truth, rng, writer.events + len(batch))
            first, last = first or login.at, login.at
            if len(batch) >= _AT_ONCE:
                writer.add(batch)
                batch = []
        writer.add(batch)
    finally:
        writer.close()
    days = (last - first).days + 1 if first and last else 0
    done.facts = SetFacts(source, len(truth.accounts), days, writer.events, merging.seed)
    writer.conclude(truth, done.facts)
    return done


def _count_logins(path: Path, read: LoginReader, most_users: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for login in read(path):
        if isinstance(login, Login) and (login.user in counts or len(counts) < most_users):
            counts[login.user] = counts.get(login.user, 0) + 1
    return counts


def _assign_accounts(counts: dict[str, int], merging: Merging, done: Conversion) -> dict[str, str]:
    """Return user -> account: most keep their own, `share` of them are merged by `size`."""
    users = sorted(user for user, logins in counts.items() if LEAST_LOGINS <= logins <= MOST_LOGINS)
    groups = max(1, round(len(users) * merging.share / merging.size))
    if len(users) < 2 * merging.size:
        raise LoginFileUnreadableError(
            f"only {len(users)} users have {LEAST_LOGINS} to {MOST_LOGINS} log-ins",
            field="FILE",
            remedy=f"give a larger part of the data set: {2 * merging.size} such users at least",
        )
    chosen = Random(merging.seed).sample(users, groups * merging.size)  # noqa: S311 - a simulation, not a secret
    accounts = {user: f"user-{user}" for user in users}
    for place, user in enumerate(chosen):
        accounts[user] = f"merged-{place // merging.size:05d}"
    done.users, done.merged = len(users), groups
    return accounts


def _tell_login(login: Login, account_id: str, truth: Truth, rng: Random, number: int) -> list[dict[str, Any]]:
    common: dict[str, Any] = {"account_id": account_id, "occurred_at": format_time(login.at), "device_id": login.device}
    common["session_id"] = f"s{number}"
    if login.address is not None:
        common["ip"] = login.address
    if login.asn is not None:
        common["asn"] = login.asn
    events: list[dict[str, Any]] = []
    known = truth.accounts.get(account_id)
    if known is None:
        shared = account_id.startswith("merged-")
        kind, verdict = ("merged", AccountVerdict.TRADING) if shared else ("single", AccountVerdict.CLEARED)
        truth.accounts[account_id] = AccountTruth(
            account_id, kind, vault_at=login.at if shared else None, verdict=verdict
        )
        events.append({"type": "account_created"})
        for place in range(ONLY_ME_UPLOADS):
            upload = {"upload_id": f"{account_id}-{place}", "visibility": "only_me"}
            events.append({"type": "upload_registered", **upload})
    events.append({"type": "session_started"})
    for place in rng.sample(range(ONLY_ME_UPLOADS), VIEWS_PER_LOGIN):
        events.append({"type": "video_viewed", "upload_id": f"{account_id}-{place}"})
    return [{"id": f"e{number + step}", **event, **common} for step, event in enumerate(events)]
