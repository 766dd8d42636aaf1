"""Keeps what is known of accounts up to date with the event log, and says which of them look like vaults.

`load`, `fold`, `save` are the three steps of one batch, in the caller's transaction; `fold` alone touches no database.
A score routes private uploads to the strongest matcher and an account to a person; it is never a strike.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from jacana.db.engine import Connection
from jacana.detect.accounts.state import store
from jacana.detect.accounts.state.fold import Folding, fold_events, hash_text
from jacana.detect.accounts.state.record import DAY_SECONDS, HIT_CAP, AccountRecord
from jacana.detect.accounts.vault.features import VaultFeatures, can_be_vault, has_watchers, read_features
from jacana.detect.accounts.vault.score import SCORE_VERSION, score_features
from jacana.detect.accounts.vault.words import explain_vault
from jacana.detect.findings.store import name_finding
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, TextField
from jacana.model.event import Event
from jacana.model.term import TermState
from jacana.model.tie import Tie
from jacana.settings import Settings

DETECTOR = "vault"
_AT_ONCE = 500
_PUBLIC_FIELDS = frozenset(TextField) - {TextField.SEARCH, TextField.MESSAGE}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a batch needs of the store. `fold` takes it over and changes it: load again to fold again."""

    folding: Folding
    scores: dict[str, tuple[float, int | None]]
    """Account -> its score and the day it was scored."""
    hubs: set[str]
    links: dict[str, int]
    """Account -> standing findings that link it to a confirmed one."""
    asked: frozenset[str] = frozenset()
    """Accounts to score whether or not anything happened to them."""


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """What a batch changed; `findings` are new VAULT_ACCOUNT findings, to be recorded by the caller."""

    folding: Folding
    scores: dict[str, tuple[float, int | None]]
    ties: tuple[Tie, ...]
    findings: tuple[AccountFinding, ...]
    changed: frozenset[str] = field(default_factory=frozenset)
    """Accounts whose record or score changed."""
    unscored: frozenset[str] = field(default_factory=frozenset)
    """Of these, accounts whose score is what it was."""


@dataclass(frozen=True, slots=True)
class VaultProfile:
    """One account's score with what it rests on, for pages."""

    account_id: str
    score: float
    scored_on: date | None
    """The day the score is of."""
    features: VaultFeatures
    """As of the account's last event."""
    reasons: tuple[str, ...]
    last_event_at: datetime
    devices: int
    """Devices known, of the last 60 days."""

    @property
    def pattern(self) -> str | None:
        """Return `takeover` where the account looks like a victim's."""
        return "takeover" if self.features.takeover else None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows were let go of."""

    accounts: int
    networks: int
    ties: int


class AccountTracker:
    """Records of accounts, networks and ties, and the vault score."""

    def __init__(self, settings: Settings) -> None:
        self._threshold = settings.account_review_score
        self._state_days = settings.account_state_days
        self._ties_days = settings.ties_days

    def load(self, connection: Connection, events: Sequence[Event], accounts: Collection[str] = ()) -> Loaded:
        """Return what the store knows of the accounts and networks of a batch.

        `accounts`: more accounts to score, although no event of the batch is theirs (a new link, say).
        """
        ids = {event.account_id for event in events} | set(accounts)
        rows = store.load_accounts(connection, ids)
        records = {account_id: row.record for account_id, row in rows.items()}
        networks = store.load_networks(connection, _list_networks(events))
        bridged = store.find_bridged(connection, _list_renamed(events, records))
        watched = [one for one, record in records.items() if has_watchers(record)]
        known = {network for account_id in watched for network in records[account_id].networks}
        return Loaded(
            folding=Folding(records, networks, frozenset(bridged)),
            scores={one: (row.score, row.scored_on) for one, row in rows.items()},
            hubs=store.find_hubs(connection, known - networks.keys()),
            links=store.count_links(connection, watched),
            asked=frozenset(accounts),
        )

    def fold(self, loaded: Loaded, events: Sequence[Event], findings: Sequence[AccountFinding]) -> AccountUpdate:
        """Apply events in the order of the log, and the batch's findings; score what was stirred.

        Of `findings`, active terms in public texts, log-in details handed over and links to confirmed accounts count,
        of accounts that the batch has. Uses `loaded` up.
        """
        folding = loaded.folding
        fold_events(folding, events)
        links = dict(loaded.links)
        for finding in findings:
            record = folding.accounts.get(finding.account_id)
            if record is not None and _note_finding(record, finding, links):
                folding.stirred.add(finding.account_id)
                folding.changed_accounts.add(finding.account_id)
        scores: dict[str, tuple[float, int | None]] = {}
        found: list[AccountFinding] = []
        for account_id in sorted(folding.stirred | (loaded.asked & folding.accounts.keys())):
            record = folding.accounts[account_id]
            score, finding_now = self._score(account_id, record, loaded.hubs, folding, links.get(account_id, 0))
            scores[account_id] = (score, record.day)
            if finding_now is not None:
                found.append(finding_now)
        kept = {one: loaded.scores.get(one, (0.0, None)) for one in folding.changed_accounts} | scores
        same = {one for one, (score, _) in kept.items() if one in loaded.scores and loaded.scores[one][0] == score}
        ties = tuple(folding.ties.list_ties())
        return AccountUpdate(folding, kept, ties, tuple(found), frozenset(kept), frozenset(same))

    def save(self, connection: Connection, update: AccountUpdate, now: datetime) -> None:
        """Write what a batch changed: records, scores, networks, ties."""
        folding = update.folding
        store.save_accounts(
            connection,
            [store.ScoredAccount(one, folding.accounts[one], *update.scores[one]) for one in sorted(update.changed)],
            now,
            update.unscored,
        )
        changed = {network: folding.networks[network] for network in sorted(folding.changed_networks)}
        store.save_networks(connection, changed, now)
        store.add_ties(connection, update.ties)

    def forget(self, connection: Connection, now: datetime, at_once: int = _AT_ONCE) -> Forgotten:
        """Delete a portion of what is older than account_state_days and ties_days; all 0: nothing is left to delete."""
        state_limit = now - timedelta(days=self._state_days)
        return Forgotten(
            accounts=store.forget_accounts(connection, state_limit, at_once),
            networks=store.forget_networks(connection, state_limit, at_once),
            ties=store.forget_ties(connection, now - timedelta(days=self._ties_days), at_once),
        )

    def read_profile(self, connection: Connection, account_id: str) -> VaultProfile | None:
        """Return an account's score with its features, or None if nothing is known of it."""
        row = store.load_accounts(connection, [account_id]).get(account_id)
        return None if row is None else _draw_profile(connection, [row])[0]

    def list_top(self, connection: Connection, k: int) -> tuple[VaultProfile, ...]:
        """Return the `k` accounts with the highest scores, highest first."""
        return tuple(_draw_profile(connection, store.list_top_accounts(connection, k)))

    def _score(
        self, account_id: str, record: AccountRecord, hubs: set[str], folding: Folding, linked: int
    ) -> tuple[float, AccountFinding | None]:
        if not can_be_vault(record):
            return 0.0, None
        shared = {network for network in record.networks if _is_hub(network, hubs, folding)}
        features = read_features(record, shared, linked)
        score = score_features(features)
        if score < self._threshold or score == 0.0 or record.found_on >= record.day:
            return score, None
        record.found_on = record.day
        folding.changed_accounts.add(account_id)
        return score, make_finding(account_id, record, features, score)


def make_finding(account_id: str, record: AccountRecord, features: VaultFeatures, score: float) -> AccountFinding:
    """Return the finding of one account and day."""
    details: dict[str, str | int | float | bool] = {
        "independent_clusters": features.clusters,
        "only_me_uploads": features.only_me_uploads,
        "public_uploads": features.public_uploads,
        "watched_items": features.watched_items,
        "one_time_share": features.one_time_share,
        "arrival_ratio": features.arrival_ratio,
        "credential_changes_kept_devices": features.kept_changes,
        "linked_to_confirmed": features.linked > 0,
        "teaser_hits": features.teaser_hits,
        "handovers": features.handovers,
        "score_version": SCORE_VERSION,
    }
    if features.takeover:
        details["pattern"] = "takeover"
    if features.capped:
        details["capped"] = True
    return AccountFinding(
        id=name_finding(AccountFindingKind.VAULT_ACCOUNT, account_id, record.day),
        account_id=account_id,
        kind=AccountFindingKind.VAULT_ACCOUNT,
        detector=DETECTOR,
        detector_version=SCORE_VERSION,
        score=score,
        reasons=explain_vault(features),
        occurred_at=datetime.fromtimestamp(record.last_seen, UTC),
        attempt=Attempt.DISTRIBUTE,
        details=details,
    )


def _note_finding(record: AccountRecord, finding: AccountFinding, links: dict[str, int]) -> bool:
    at = int(finding.occurred_at.timestamp())
    if finding.kind is AccountFindingKind.LINKED_ACCOUNT:
        links[finding.account_id] = links.get(finding.account_id, 0) + 1
        return True
    if finding.kind is AccountFindingKind.LOGIN_HANDOVER:
        return _note_hit(record, record.handovers, finding.id, at)
    active = any(match.state == TermState.ACTIVE for match in finding.matches)
    if finding.kind is AccountFindingKind.TERM_HIT and active and finding.field in _PUBLIC_FIELDS:
        return _note_hit(record, record.teasers, finding.id, at)
    return False


def _note_hit(record: AccountRecord, hits: dict[int, int], finding_id: str, at: int) -> bool:
    key = hash_text(finding_id)
    if key in hits:
        return False
    hits[key] = at
    if len(hits) > HIT_CAP:
        del hits[min(hits, key=lambda hit: (hits[hit], hit))]
        record.dropped += 1
    return True


def _list_networks(events: Iterable[Event]) -> set[str]:
    addresses = {event.payload.get("ip_key") for event in events}
    systems = {event.payload.get("asn") for event in events}
    return {str(address) for address in addresses if address} | {f"as:{asn}" for asn in systems if asn is not None}


def _list_renamed(events: Iterable[Event], records: dict[str, AccountRecord]) -> set[str]:
    """Return the keys of the epoch before of devices that are new to their accounts under today's."""
    renamed: set[str] = set()
    for event in events:
        before = event.payload.get("device_key_before")
        record = records.get(event.account_id)
        if before and (record is None or event.payload.get("device_key") not in record.devices):
            renamed.add(before)
    return renamed


def _is_hub(network: str, hubs: set[str], folding: Folding) -> bool:
    seen = folding.networks.get(network)
    return seen.hub if seen is not None else network in hubs


def _draw_profile(connection: Connection, rows: Sequence[store.ScoredAccount]) -> list[VaultProfile]:
    hubs = store.find_hubs(connection, {network for row in rows for network in row.record.networks})
    links = store.count_links(connection, [row.account_id for row in rows])
    drawn = []
    for row in rows:
        features = read_features(row.record, hubs, links.get(row.account_id, 0))
        scored_on = None if row.scored_on is None else datetime.fromtimestamp(row.scored_on * DAY_SECONDS, UTC).date()
        drawn.append(
            VaultProfile(
                account_id=row.account_id,
                score=row.score,
                scored_on=scored_on,
                features=features,
                reasons=explain_vault(features),
                last_event_at=datetime.fromtimestamp(row.record.last_seen, UTC),
                devices=len(row.record.devices),
            )
        )
    return drawn
