from datetime import timedelta

from evaluation_world import START, truth_of

from jacana.ingest.recorded import derive_event_id
from jacana.model.account_finding import AccountFindingKind
from jacana.model.event import EventType
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.evaluation.outcome import Outcome, Ruling
from jacana.pipeline.evaluation.relevance import list_relevant, name_text
from jacana.simulate.datasets.truth import ReturnTruth, TextTruth

DAY = timedelta(days=1)


def make_outcome(*accounts, **fields):
    return Outcome(days=10, made_at=dict.fromkeys(accounts, START), **fields)


def test_texts_are_those_that_happened_and_are_listed():
    truth = truth_of(a="term_user")
    truth.texts = [
        TextTruth("e1", "a", "comment", "term", "leet"),
        TextTruth("e2", "a", "comment", "term", "leet", listed=False),
        TextTruth("e3", "a", "search", "term", "plain"),
        TextTruth("e4", "a", "message", "handover"),
    ]
    outcome = make_outcome("a", withheld={"e3"})
    relevance = list_relevant(AccountFindingKind.TERM_HIT, outcome, truth)
    target = derive_event_id(EventType.COMMENT_POSTED, "e1")
    assert list(relevance.targets) == [target] == list(relevance.classes)
    handed = list_relevant(AccountFindingKind.LOGIN_HANDOVER, outcome, truth)
    assert list(handed.targets) == [name_text(truth.texts[3])]


def test_a_vault_that_was_shut_out_before_it_was_one_is_none():
    truth = truth_of(v="ring_vault", w="ring_vault", x="ring_vault", o="ordinary")
    outcome = make_outcome("v", "w", "o", shut_out_at={"w": START - DAY})
    relevance = list_relevant(AccountFindingKind.VAULT_ACCOUNT, outcome, truth)
    assert relevance.targets == {"v": START}
    assert relevance.accounts == {"v", "w", "x"}


def test_links_count_from_the_first_confirmed_account_of_the_ring():
    truth = truth_of(v="ring_vault", adv="ring_advertiser", w="watcher", o="ordinary")
    outcome = make_outcome("v", "adv", "w", "o")
    assert not list_relevant(AccountFindingKind.LINKED_ACCOUNT, outcome, truth).targets
    outcome.rulings = [Ruling("v", AccountVerdict.TRADING, START + DAY, 1)]
    relevance = list_relevant(AccountFindingKind.LINKED_ACCOUNT, outcome, truth)
    assert relevance.targets == {"adv": START + DAY}
    assert relevance.accounts == {"v", "adv", "w"}


def test_only_who_was_banned_before_evades():
    truth = truth_of(p="ring_vault", c="ring_vault")
    truth.returns = [ReturnTruth("p", "c", START + 3 * DAY, ("same_device",))]
    free = list_relevant(AccountFindingKind.BAN_EVASION, make_outcome("p", "c"), truth)
    assert not free.targets
    banned = make_outcome("p", "c", shut_out_at={"p": START + DAY})
    assert list_relevant(AccountFindingKind.BAN_EVASION, banned, truth).targets == {"c": START + 3 * DAY}
    late = make_outcome("p", "c", shut_out_at={"p": START + 4 * DAY})
    assert not list_relevant(AccountFindingKind.BAN_EVASION, late, truth).targets
