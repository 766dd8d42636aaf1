"""What a policy is told, and what a fact is: a name, a type and where it is read. The vocabulary itself: paths.py.

Nothing here reads a database or a clock. A value nobody knows is None; no fact is ever filled with a default.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias, get_args

from jacana.model.account import Account
from jacana.model.account_finding import AccountFinding
from jacana.model.decision import Moment
from jacana.model.finding import BankMatch, Finding, FindingKind
from jacana.model.media import MediaFacts
from jacana.model.upload import Upload
from jacana.model.verdict import AccountVerdict, Classification, Verdict

Value: TypeAlias = str | float | bool | None
SessionKind: TypeAlias = Literal["log_in", "sign_up"]
SESSION_KINDS: tuple[str, ...] = get_args(SessionKind)
NOT_KNOWN = "not known"
LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class PolicyInput:
    """Everything a policy is told about one upload at one moment."""

    upload: Upload
    account: Account
    media: MediaFacts | None
    findings: tuple[Finding, ...]
    verdict: Verdict | None = None
    classification: Classification | None = None


@dataclass(frozen=True, slots=True)
class AccountInput:
    """Everything a policy is told about one account, or about a text or a session of it that is asked about."""

    account: Account
    findings: tuple[AccountFinding, ...]
    verdict: AccountVerdict | None = None
    session_kind: SessionKind | None = None
    """With the moment session: what is being tried."""


Facts: TypeAlias = PolicyInput | AccountInput
AnyFinding: TypeAlias = Finding | AccountFinding
FactReader: TypeAlias = Callable[[Facts, AnyFinding | None], Value]

OF_FILES = frozenset({Moment.UPLOAD, Moment.VERDICT})
OF_ACCOUNTS = frozenset({Moment.ACCOUNT, Moment.ACCOUNT_VERDICT, Moment.TEXT, Moment.SESSION})


@dataclass(frozen=True, slots=True)
class FactPath:
    """One fact: its dotted name, its type, what it means and where it is read.

    `optional` facts may be unknown; every comparison with an unknown value is false.
    `low` and `high` bound a number, ends included. `moments` are those at which there is such a fact.
    """

    name: str
    kind: Literal["number", "text", "flag", "choice"]
    meaning: str
    read: FactReader
    optional: bool = False
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float | None = None
    whole: bool = False
    moments: frozenset[Moment] = OF_FILES

    @property
    def root(self) -> str:
        """Return the first word: finding, upload, account, media, verdict or session."""
        return self.name.partition(".")[0]

    def describe_type(self) -> str:
        """Return the type in words, as the docs and complaints give it."""
        if self.kind == "choice":
            words = "one of " + ", ".join(f'"{choice}"' for choice in self.choices)
        elif self.kind == "number":
            words = "whole number" if self.whole else "number"
            words += f", {self.low:g} to {self.high:g}" if self.high is not None else f", {self.low:g} or more"
        else:
            words = {"text": "text", "flag": "true or false"}[self.kind]
        return words + (", may be unknown" if self.optional else "")


ALWAYS = frozenset(Moment)


def of_any(read: Callable[[AnyFinding], Value]) -> FactReader:
    """Read something that every finding has."""
    return lambda _facts, finding: None if finding is None else read(finding)


def of_finding(read: Callable[[Finding], Value]) -> FactReader:
    """Read a finding about an upload."""
    return lambda _facts, finding: read(finding) if isinstance(finding, Finding) else None


def of_match(read: Callable[[BankMatch], Value]) -> FactReader:
    """Read the match of a finding about an upload."""
    # A match that was set aside is no match: a rule that speaks of a bank must not fire on it.
    return of_finding(
        lambda finding: (
            None if finding.match is None or finding.kind is FindingKind.BENIGN_MATCH else read(finding.match)
        )
    )


def of_upload(read: Callable[[Upload], Value]) -> FactReader:
    """Read the upload that is decided about."""
    return lambda facts, _finding: read(facts.upload) if isinstance(facts, PolicyInput) else None


def of_account(read: Callable[[Account], Value]) -> FactReader:
    """Read the account."""
    return lambda facts, _finding: read(facts.account)


def of_media(read: Callable[[MediaFacts], Value]) -> FactReader:
    """Read what the file turned out to be."""
    return lambda facts, _finding: (
        read(facts.media) if isinstance(facts, PolicyInput) and facts.media is not None else None
    )


def of_words(read: Callable[[AccountFinding], Value]) -> FactReader:
    """Read a finding about an account."""
    return lambda _facts, finding: read(finding) if isinstance(finding, AccountFinding) else None


def detail_of(name: str, kind: type) -> FactReader:
    """Read one detail of an account finding; one of another type than promised is not known."""

    def read(finding: AccountFinding) -> Value:
        value = finding.details.get(name)
        return value if type(value) is kind else None

    return of_words(read)


def names_of(kinds: type[StrEnum]) -> tuple[str, ...]:
    """Return the values of an enumeration."""
    return tuple(kind.value for kind in kinds)
