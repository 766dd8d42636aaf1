"""How well the vault score ranks: precision among the accounts a team can look at, with intervals, on the simulator.

The simulator ranks methods; it proves nothing about a real network (docs/simulate.md). The peers are what is usually
counted: devices, and devices that watched only-me items.
"""

import ipaddress
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks import Row
from jacana.detect.accounts.state.fold import Folding
from jacana.detect.accounts.tracker import AccountTracker, Loaded
from jacana.detect.findings.store import name_finding
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Look, TermMatch, TextField
from jacana.model.event import Event, EventType
from jacana.settings import Settings
from jacana.simulate.population.crowd import Crowd
from jacana.simulate.population.kinds import Kind

SEEDS = (101, 102)
"""Never used to set weights: those were set on other seeds."""
ACCOUNTS, DAYS = 10_000, 45
CAPACITIES = (10, 20, 40)
_BLINDED = {"device_id": "device_key", "ip": "ip_key", "instrument": "instrument_key"}


class Replay:
    """One simulated network through the tracker, a batch a day, records in memory."""

    def __init__(self, seed: int, *, words: bool, accounts: int = ACCOUNTS, days: int = DAYS) -> None:
        self.crowd = Crowd(seed, accounts, days)
        self._tracker = AccountTracker(Settings())
        self._folding = Folding()
        self._words = words
        self._texts_done = 0
        self._sequence = 0
        self._scores: dict[str, tuple[float, int | None]] = {}
        self.best: defaultdict[str, float] = defaultdict(float)
        self.flagged: dict[str, datetime] = {}
        self.flags_per_day: Counter[int] = Counter()
        self.devices: defaultdict[str, set[str]] = defaultdict(set)
        self.watching: defaultdict[str, set[str]] = defaultdict(set)
        self._only_me: dict[str, str] = {}

    def run(self) -> "Replay":
        for raw in self.crowd.live():
            events = [self._read(item) for item in raw]
            findings = self._list_findings({event.id: event for event in events})
            records = self._folding
            loaded = Loaded(Folding(records.accounts, records.networks), self._scores, set(), {})
            update = self._tracker.fold(loaded, events, findings)
            self._folding, self._scores = loaded.folding, {**self._scores, **update.scores}
            for account_id, (score, _) in update.scores.items():
                self.best[account_id] = max(self.best[account_id], score)
            for finding in update.findings:
                self.flagged.setdefault(finding.account_id, finding.occurred_at)
                self.flags_per_day[finding.occurred_at.toordinal()] += 1
        return self

    def _read(self, raw: dict) -> Event:
        payload = {name: value for name, value in raw.items() if name not in {"id", "type", "account_id"}}
        at = datetime.fromisoformat(payload.pop("occurred_at")).astimezone(UTC)
        for name, key in _BLINDED.items():
            if name in payload:
                payload[key] = place_of(payload.pop(name)) if name == "ip" else payload.pop(name)
        self._sequence += 1
        self._note_peers(raw, payload)
        return Event(raw["id"], EventType(raw["type"]), raw["account_id"], at, at, payload, None, self._sequence)

    def _note_peers(self, raw: dict, payload: dict) -> None:
        account_id, device = raw["account_id"], payload.get("device_key")
        if device:
            self.devices[account_id].add(device)
        if raw["type"] == "upload_registered" and payload["visibility"] == "only_me":
            self._only_me[payload["upload_id"]] = account_id
        if raw["type"] == "video_viewed" and device and self._only_me.get(payload["upload_id"]) == account_id:
            self.watching[account_id].add(device)

    def _list_findings(self, events: dict[str, Event]) -> list[AccountFinding]:
        """Return what a word detector would find that finds everything listed: an upper bound of what words add."""
        texts = self.crowd.truth.texts
        new, self._texts_done = texts[self._texts_done :], len(texts)
        return [
            make_finding(text, events[text.event_id])
            for text in new
            if self._words and text.listed and text.event_id in events
        ]


def make_finding(text, event: Event) -> AccountFinding:
    handover = text.holds == "handover"
    kind = AccountFindingKind.LOGIN_HANDOVER if handover else AccountFindingKind.TERM_HIT
    match = () if handover else (TermMatch("term_1", 0, 1, Look.FOLDED, 3, "active"),)
    name, field = name_finding(kind, event.id, text.field), TextField(text.field)
    return AccountFinding(
        name, text.account_id, kind, "truth", "1", 1.0, (), event.occurred_at, field=field, matches=match
    )


def place_of(address: str) -> str:
    """Return the address; of IPv6 the /64, as ingest keys it."""
    read = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((read, 64), strict=False)) if read.version == 6 else address


def estimate_interval(hits: int, looks: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    if looks == 0:
        return 0.0, 1.0
    share, square = hits / looks, z * z
    middle = (share + square / (2 * looks)) / (1 + square / looks)
    half = z * math.sqrt(share * (1 - share) / looks + square / (4 * looks * looks)) / (1 + square / looks)
    return max(0.0, middle - half), min(1.0, middle + half)


def run() -> Iterator[Row]:
    """Yield precision at each capacity, with words and without; then what was flagged, and how fast."""
    for words in (False, True):
        replays = [Replay(seed, words=words).run() for seed in SEEDS]
        how = "words and log-ins" if words else "log-ins alone"
        for k in CAPACITIES:
            yield compare_rankings(replays, k, how)
        yield from describe_flags(replays, how)


def compare_rankings(replays: list[Replay], k: int, how: str) -> Row:
    ours, others = [], Counter()
    hits = peers = 0
    for replay in replays:
        top = rank(replay.best, k)
        hits += sum(is_vault(replay, one) for one in top)
        ours += top
        others.update(kind_of(replay, one) for one in top if not is_vault(replay, one))
        watching = {one: len(devices) for one, devices in replay.watching.items()}
        peers += sum(is_vault(replay, one) for one in rank(watching, k))
    low, high = estimate_interval(hits, len(ours))
    among = ", ".join(f"{kind} {count}" for kind, count in others.most_common(4)) or "none"
    possible = sum(min(k, len(list_vaults(replay))) for replay in replays)
    note = (
        f"{how}; 95 % {low:.2f}-{high:.2f}; {hits} of {len(ours)}, {possible} possible; others: {among}; "
        f"peer: most devices watching only-me items"
    )
    peer = peers / max(1, k * len(replays))
    return Row(f"vault precision at {k}", round(hits / max(1, len(ours)), 3), round(peer, 3), None, "share", note)


def describe_flags(replays: list[Replay], how: str) -> Iterator[Row]:
    right = sum(is_vault(replay, one) for replay in replays for one in replay.flagged)
    flagged = sum(len(replay.flagged) for replay in replays)
    low, high = estimate_interval(right, flagged)
    kinds = Counter(kind_of(replay, one) for replay in replays for one in replay.flagged if not is_vault(replay, one))
    note = f"{how}; 95 % {low:.2f}-{high:.2f}; {right} of {flagged}; others: {dict(kinds)}"
    yield Row("vault precision of what is flagged", round(right / max(1, flagged), 3), None, None, "share", note)
    vaults = [(replay, one) for replay in replays for one in list_vaults(replay)]
    found = sum(one in replay.flagged for replay, one in vaults)
    low, high = estimate_interval(found, len(vaults))
    days = sorted(
        (replay.flagged[one] - replay.crowd.truth.accounts[one].vault_at) / timedelta(days=1)
        for replay, one in vaults
        if one in replay.flagged
    )
    median = f"median {days[len(days) // 2]:.1f} days after the first stranger" if days else "never"
    note = (
        f"{how}; 95 % {low:.2f}-{high:.2f}; {found} of {len(vaults)}; {median}; a vault is banned after 11 to 22 days"
    )
    yield Row("vault recall of what is flagged", round(found / max(1, len(vaults)), 3), None, None, "share", note)
    wrong = sum(not is_vault(replay, one) for replay in replays for one in replay.flagged)
    rate = wrong / (len(replays) * ACCOUNTS * DAYS) * 1e6
    yield Row(
        "vault false alarms", round(rate, 2), None, None, "per million accounts and day", f"{how}; {wrong} in all"
    )


def rank(scores: dict[str, float], k: int) -> list[str]:
    return sorted((one for one in scores if scores[one] > 0), key=lambda one: (-scores[one], one))[:k]


def list_vaults(replay: Replay) -> list[str]:
    return [one for one in replay.crowd.truth.accounts if is_vault(replay, one)]


def is_vault(replay: Replay, account_id: str) -> bool:
    known = replay.crowd.truth.accounts.get(account_id)
    return known is not None and known.kind == Kind.VAULT and known.vault_at is not None


def kind_of(replay: Replay, account_id: str) -> str:
    return str(replay.crowd.truth.accounts[account_id].kind)
