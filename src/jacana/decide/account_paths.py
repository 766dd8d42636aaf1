"""The facts there are about accounts, texts and sessions: a part of the vocabulary of paths.py. Pure."""

from jacana.decide.fact import (
    OF_ACCOUNTS,
    SESSION_KINDS,
    AccountInput,
    AnyFinding,
    FactPath,
    Facts,
    Value,
    detail_of,
    names_of,
    of_words,
)
from jacana.model.account_finding import Attempt, TextField
from jacana.model.decision import Moment
from jacana.model.term import TermState
from jacana.model.verdict import AccountVerdict


def _read_account_verdict(facts: Facts, _finding: AnyFinding | None) -> Value:
    return facts.verdict.value if isinstance(facts, AccountInput) and facts.verdict else None


def _read_session_kind(facts: Facts, _finding: AnyFinding | None) -> Value:
    return facts.session_kind if isinstance(facts, AccountInput) else None


ACCOUNT_FACTS = (
    FactPath(
        "verdict.account",
        "choice",
        "what a person said of the account",
        _read_account_verdict,
        choices=names_of(AccountVerdict),
        moments=frozenset({Moment.ACCOUNT_VERDICT}),
    ),
    FactPath(
        "session.kind",
        "choice",
        "what is being tried: to log in, or to make an account",
        _read_session_kind,
        choices=SESSION_KINDS,
        moments=frozenset({Moment.SESSION}),
    ),
    FactPath(
        "finding.severity",
        "number",
        "worst severity of the terms in the text",
        of_words(lambda f: f.severity),
        optional=True,
        low=1,
        high=5,
        whole=True,
        moments=OF_ACCOUNTS,
    ),
    FactPath(
        "finding.field",
        "choice",
        "where the text stands",
        of_words(lambda f: f.field.value if f.field else None),
        optional=True,
        choices=names_of(TextField),
        moments=OF_ACCOUNTS,
    ),
    FactPath(
        "finding.attempt",
        "choice",
        "what is being attempted",
        of_words(lambda f: f.attempt.value if f.attempt else None),
        optional=True,
        choices=names_of(Attempt),
        moments=OF_ACCOUNTS,
    ),
    FactPath(
        "finding.term_state",
        "choice",
        "how far the matched term is trusted; of several, the most trusted",
        detail_of("term_state", str),
        optional=True,
        choices=names_of(TermState),
        moments=OF_ACCOUNTS,
    ),
    FactPath(
        "finding.independent_clusters",
        "number",
        "groups of devices without a common network that watched what only the owner may see",
        detail_of("independent_clusters", int),
        optional=True,
        whole=True,
        moments=OF_ACCOUNTS,
    ),
    FactPath(
        "finding.only_me_uploads",
        "number",
        "the account's uploads that only the owner may see",
        detail_of("only_me_uploads", int),
        optional=True,
        whole=True,
        moments=OF_ACCOUNTS,
    ),
    FactPath(
        "finding.device_tier",
        "number",
        "tier of the ban on the device: 0 tag, 1 no new account, 2 verify again, 3 block",
        detail_of("device_tier", int),
        optional=True,
        high=3,
        whole=True,
        moments=OF_ACCOUNTS,
    ),
    FactPath(
        "finding.pattern",
        "text",
        "which pattern was seen: banned_account, same_device, similar_name, same_content, new_after_ban, takeover",
        detail_of("pattern", str),
        optional=True,
        moments=OF_ACCOUNTS,
    ),
    FactPath(
        "finding.linked_to_confirmed",
        "flag",
        "whether the account is tied to one that a person has confirmed",
        detail_of("linked_to_confirmed", bool),
        optional=True,
        moments=OF_ACCOUNTS,
    ),
    FactPath(
        "finding.repeated",
        "flag",
        "whether the same log-in was handed over before",
        detail_of("repeated", bool),
        optional=True,
        moments=OF_ACCOUNTS,
    ),
)
