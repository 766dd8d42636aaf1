"""What each detector had to find, since when, and which accounts it is right about. Pure; knows the truth."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from jacana.ingest.recorded import derive_event_id
from jacana.model.account_finding import AccountFindingKind
from jacana.model.event import EventType
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.evaluation.outcome import Outcome, Ruling
from jacana.simulate.datasets.truth import TextTruth, Truth
from jacana.simulate.population.kinds import RING_KINDS, Kind

_EVENT_OF = {
    "caption": EventType.UPLOAD_REGISTERED,
    "comment": EventType.COMMENT_POSTED,
    "message": EventType.MESSAGE_SENT,
    "search": EventType.SEARCH_PERFORMED,
    "screen_name": EventType.ACCOUNT_CREATED,
    "bio": EventType.ACCOUNT_CREATED,
}
_HOLDS = {AccountFindingKind.TERM_HIT: "term", AccountFindingKind.LOGIN_HANDOVER: "handover"}


@dataclass(slots=True)
class Relevance:
    """What there was to find. A target is an event id of Jacana's (unit texts) or an account id (unit accounts)."""

    unit: str
    targets: dict[str, datetime | None] = field(default_factory=dict)
    """Target -> since when it could be found; None: since its own event, whose time the replay knows."""
    accounts: set[str] = field(default_factory=set)
    """Accounts the detector is right about whenever it names them."""
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Target -> disguise classes it holds."""


def list_relevant(kind: AccountFindingKind, outcome: Outcome, truth: Truth) -> Relevance:
    """Return what one detector had to find in this replay."""
    if kind in _HOLDS:
        return _list_texts(_HOLDS[kind], outcome, truth)
    if kind is AccountFindingKind.VAULT_ACCOUNT:
        return _list_vaults(outcome, truth)
    if kind is AccountFindingKind.LINKED_ACCOUNT:
        return _list_linked(outcome, truth)
    return _list_evaders(outcome, truth)


def _list_texts(holds: str, outcome: Outcome, truth: Truth) -> Relevance:
    relevance = Relevance("texts")
    for text in truth.texts:
        if text.holds == holds and text.listed and text.event_id not in outcome.withheld:
            target = name_text(text)
            relevance.targets[target] = None
            relevance.accounts.add(text.account_id)
            if text.disguise:
                relevance.classes[target] = (*relevance.classes.get(target, ()), text.disguise)
    return relevance


def name_text(text: TextTruth) -> str:
    """Return Jacana's id of the event that holds a text."""
    return derive_event_id(_EVENT_OF[text.field], text.event_id)


def _list_vaults(outcome: Outcome, truth: Truth) -> Relevance:
    relevance = Relevance("accounts")
    for account in truth.accounts.values():
        if account.vault_at is not None:
            relevance.accounts.add(account.account_id)
            gone = outcome.shut_out_at.get(account.account_id)
            if _has_lived(account.account_id, outcome) and (gone is None or gone > account.vault_at):
                relevance.targets[account.account_id] = account.vault_at
    return relevance


def _list_linked(outcome: Outcome, truth: Truth) -> Relevance:
    """Every other account of a ring, once one of its accounts was confirmed, unless it was itself on that day.

    Watchers are no false alarm: they did use the vault.
    """
    confirmed: dict[str, Ruling] = {}
    judged: dict[str, int] = {}
    for ruling in outcome.rulings:
        ring = truth.accounts[ruling.account_id].ring if ruling.account_id in truth.accounts else None
        if ring is not None and ruling.verdict is AccountVerdict.TRADING:
            confirmed.setdefault(ring, ruling)
            judged.setdefault(ruling.account_id, ruling.day)
    relevance = Relevance("accounts")
    for account in truth.accounts.values():
        if account.kind in RING_KINDS or account.kind == Kind.WATCHER:
            relevance.accounts.add(account.account_id)
        if account.ring not in confirmed or not _has_lived(account.account_id, outcome):
            continue
        first = confirmed[account.ring]
        if judged.get(account.account_id, outcome.days) > first.day:
            relevance.targets[account.account_id] = max(first.at, outcome.made_at[account.account_id])
    return relevance


def _list_evaders(outcome: Outcome, truth: Truth) -> Relevance:
    """Accounts of people who were banned before they made them; whoever nobody had banned evades nothing."""
    relevance = Relevance("accounts")
    parents: defaultdict[str, set[str]] = defaultdict(set)
    for back in truth.returns:
        parents[back.child_id].add(back.parent_id)
    for child, known in parents.items():
        relevance.accounts.add(child)
        at = next(back.at for back in truth.returns if back.child_id == child)
        if any(outcome.shut_out_at.get(parent, at) < at for parent in known):
            relevance.targets[child] = at
    return relevance


def _has_lived(account_id: str, outcome: Outcome) -> bool:
    return account_id in outcome.made_at
