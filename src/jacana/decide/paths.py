"""The facts a policy may ask about: one typed vocabulary, read from what the other stages found out.

Nothing here reads a database or a clock. A value nobody knows is None; no fact is ever filled with a default.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from jacana.model.account import Account, AccountState
from jacana.model.finding import BankMatch, Finding, FindingKind
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Upload, Visibility
from jacana.model.verdict import Classification, Verdict

Value: TypeAlias = str | float | bool | None
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


FactReader: TypeAlias = Callable[[PolicyInput, Finding | None], Value]


@dataclass(frozen=True, slots=True)
class FactPath:
    """One fact: its dotted name, its type, what it means and where it is read.

    `optional` facts may be unknown; every comparison with an unknown value is false.
    `low` and `high` bound a number, ends included.
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

    @property
    def root(self) -> str:
        """Return the first word: finding, upload, account, media or verdict."""
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


def _of_finding(read: Callable[[Finding], Value]) -> FactReader:
    return lambda _facts, finding: None if finding is None else read(finding)


def _of_match(read: Callable[[BankMatch], Value]) -> FactReader:
    # A match that was set aside is no match: a rule that speaks of a bank must not fire on it.
    return _of_finding(
        lambda finding: (
            None if finding.match is None or finding.kind is FindingKind.BENIGN_MATCH else read(finding.match)
        )
    )


def _of_media(read: Callable[[MediaFacts], Value]) -> FactReader:
    return lambda facts, _finding: None if facts.media is None else read(facts.media)


def _read_given_up(finding: Finding) -> Value:
    return finding.details["given_up"] == "true" if "given_up" in finding.details else None


def _names(kinds: type[StrEnum]) -> tuple[str, ...]:
    return tuple(kind.value for kind in kinds)


_FACTS = (
    FactPath(
        "finding.kind",
        "choice",
        "what the detector found",
        _of_finding(lambda f: f.kind.value),
        choices=_names(FindingKind),
    ),
    FactPath("finding.detector", "text", "name of the detector", _of_finding(lambda f: f.detector)),
    FactPath("finding.score", "number", "how sure the detector is", _of_finding(lambda f: f.score), high=1),
    FactPath("finding.bank", "text", "name of the bank that matched", _of_match(lambda m: m.bank_name), optional=True),
    FactPath("finding.source", "text", "who supplied that bank", _of_match(lambda m: m.source), optional=True),
    FactPath(
        "finding.classification",
        "choice",
        "industry classification the bank states",
        _of_match(lambda m: m.classification),
        optional=True,
        choices=_names(Classification),
    ),
    FactPath(
        "finding.matched_seconds",
        "number",
        "seconds of the upload that match the bank entry",
        _of_match(lambda m: m.matched_seconds),
        optional=True,
    ),
    FactPath(
        "finding.matched_fraction",
        "number",
        "share of the upload's telling seconds that match",
        _of_match(lambda m: m.matched_fraction),
        optional=True,
        high=1,
    ),
    FactPath(
        "finding.nearest",
        "number",
        "bits in which the nearest frame differs from the bank's, of 256; 0 is the same picture or file",
        _of_match(lambda m: m.nearest),
        optional=True,
        high=256,
        whole=True,
    ),
    FactPath(
        "finding.exact",
        "flag",
        "whether the whole file is byte for byte the bank's",
        _of_match(lambda m: m.exact),
        optional=True,
    ),
    FactPath(
        "finding.service",
        "text",
        "name of the look-up service or classifier outside the house",
        _of_finding(lambda f: f.details.get("service")),
        optional=True,
    ),
    FactPath(
        "finding.label",
        "text",
        "what a look-up service classifies the file as, or which label a classifier's score is for",
        _of_finding(lambda f: f.details.get("label")),
        optional=True,
    ),
    FactPath(
        "finding.given_up",
        "flag",
        "whether a silent service is asked no more",
        _of_finding(_read_given_up),
        optional=True,
    ),
    FactPath(
        "upload.visibility",
        "choice",
        "who may see the upload once it is shown",
        lambda facts, _: facts.upload.visibility.value,
        choices=_names(Visibility),
    ),
    FactPath("upload.size_bytes", "number", "size as received", lambda i, _: i.upload.size_bytes, whole=True),
    FactPath(
        "upload.media_type",
        "text",
        "media type the network stated, such as video/mp4",
        lambda facts, _: facts.upload.media_type,
        optional=True,
    ),
    FactPath(
        "upload.has_device",
        "flag",
        "whether the network told us the device",
        lambda facts, _: facts.upload.device_key is not None,
    ),
    FactPath(
        "account.state",
        "choice",
        "what our instructions have made of the account",
        lambda facts, _: facts.account.state.value,
        choices=_names(AccountState),
    ),
    FactPath(
        "account.upload_count",
        "number",
        "uploads we have seen from the account",
        lambda facts, _: facts.account.upload_count,
        whole=True,
    ),
    FactPath(
        "account.confirmed_count",
        "number",
        "distinct files of the account that a person has confirmed",
        lambda facts, _: facts.account.confirmed_count,
        whole=True,
    ),
    FactPath(
        "account.declared_age",
        "number",
        "age in years that the account's owner states",
        lambda facts, _: facts.account.declared_age,
        optional=True,
        whole=True,
    ),
    FactPath(
        "media.kind",
        "choice",
        "what the file turned out to be",
        _of_media(lambda m: m.kind.value),
        optional=True,
        choices=_names(MediaKind),
    ),
    FactPath(
        "media.readable",
        "flag",
        "whether the file could be decoded and screened in full",
        _of_media(lambda m: m.readable),
        optional=True,
    ),
    FactPath(
        "media.duration_seconds",
        "number",
        "length of a video",
        _of_media(lambda m: m.duration_seconds),
        optional=True,
    ),
    FactPath(
        "media.problem",
        "text",
        "code of why the file could not be read in full",
        _of_media(lambda m: m.problem),
        optional=True,
    ),
    FactPath(
        "verdict.kind",
        "choice",
        "what a person said of the file",
        lambda facts, _: None if facts.verdict is None else facts.verdict.value,
        choices=_names(Verdict),
    ),
    FactPath(
        "verdict.classification",
        "choice",
        "industry classification a person gave",
        lambda facts, _: None if facts.classification is None else facts.classification.value,
        optional=True,
        choices=_names(Classification),
    ),
)

FACT_PATHS: dict[str, FactPath] = {path.name: path for path in _FACTS}
"""Every fact by its name, in the order in which the docs list them."""


def read_values(facts: PolicyInput, finding: Finding | None) -> dict[str, Value]:
    """Return the value of every fact, with `finding` as the one that `finding.*` speaks of."""
    return {name: path.read(facts, finding) for name, path in FACT_PATHS.items()}


def show_value(value: Value) -> str:
    """Return a value as text, as an explanation shows it; what the network wrote cannot steer a terminal."""
    if value is None:
        return NOT_KNOWN
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
    return "".join(character if character.isprintable() else "?" for character in str(value)[:LONGEST_SHOWN])
