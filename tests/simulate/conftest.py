"""One small simulated network, lived through once for all tests that look at it."""

from collections import defaultdict
from dataclasses import dataclass, field

import pytest

from jacana.simulate.datasets.truth import Truth
from jacana.simulate.population.crowd import Crowd
from jacana.simulate.population.world import SimEvent


@dataclass
class Lived:
    """What happened in a simulated network."""

    truth: Truth
    days: list[list[SimEvent]]
    by_account: dict[str, list[SimEvent]] = field(default_factory=lambda: defaultdict(list))

    def of_kind(self, kind: str) -> list[str]:
        return [one.account_id for one in self.truth.accounts.values() if one.kind == kind]

    def devices(self, account_id: str) -> set[str]:
        return {event["device_id"] for event in self.by_account[account_id] if event["type"] == "session_started"}

    def addresses(self, account_id: str) -> set[str]:
        return {event["ip"] for event in self.by_account[account_id] if event["type"] == "session_started"}


def live(seed: int, accounts: int, days: int) -> Lived:
    crowd = Crowd(seed, accounts, days)
    lived = Lived(crowd.truth, list(crowd.live()))
    for day in lived.days:
        for event in day:
            lived.by_account[event["account_id"]].append(event)
    return lived


@pytest.fixture(scope="session")
def lived() -> Lived:
    return live(3, 1200, 20)
