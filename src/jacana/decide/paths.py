"""The facts a policy may ask about: one typed vocabulary, read from what the other stages found out.

Nothing here reads a database or a clock. A value nobody knows is None; no fact is ever filled with a default.
"""

from jacana.decide.account_paths import ACCOUNT_FACTS
from jacana.decide.fact import (
    ALWAYS,
    LONGEST_SHOWN,
    NOT_KNOWN,
    AnyFinding,
    FactPath,
    Facts,
    PolicyInput,
    Value,
    names_of,
    of_account,
    of_any,
    of_finding,
    of_match,
    of_media,
    of_upload,
)
from jacana.model.account import AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.model.finding import Finding, FindingKind
from jacana.model.media import MediaKind
from jacana.model.upload import Visibility
from jacana.model.verdict import Classification, Verdict


def _read_given_up(finding: Finding) -> Value:
    return finding.details["given_up"] == "true" if "given_up" in finding.details else None


def _read_verdict(facts: Facts, _finding: AnyFinding | None) -> Value:
    return facts.verdict.value if isinstance(facts, PolicyInput) and facts.verdict else None


def _read_classification(facts: Facts, _finding: AnyFinding | None) -> Value:
    return facts.classification.value if isinstance(facts, PolicyInput) and facts.classification else None


_FACTS = (
    FactPath(
        "finding.kind",
        "choice",
        "what the detector found",
        of_any(lambda f: f.kind.value),
        choices=(*names_of(FindingKind), *names_of(AccountFindingKind)),
        moments=ALWAYS,
    ),
    FactPath("finding.detector", "text", "name of the detector", of_any(lambda f: f.detector), moments=ALWAYS),
    FactPath("finding.score", "number", "how sure the detector is", of_any(lambda f: f.score), high=1, moments=ALWAYS),
    FactPath("finding.bank", "text", "name of the bank that matched", of_match(lambda m: m.bank_name), optional=True),
    FactPath("finding.source", "text", "who supplied that bank", of_match(lambda m: m.source), optional=True),
    FactPath(
        "finding.classification",
        "choice",
        "industry classification the bank states",
        of_match(lambda m: m.classification),
        optional=True,
        choices=names_of(Classification),
    ),
    FactPath(
        "finding.matched_seconds",
        "number",
        "seconds of the upload that match the bank entry",
        of_match(lambda m: m.matched_seconds),
        optional=True,
    ),
    FactPath(
        "finding.matched_fraction",
        "number",
        "share of the upload's telling seconds that match",
        of_match(lambda m: m.matched_fraction),
        optional=True,
        high=1,
    ),
    FactPath(
        "finding.nearest",
        "number",
        "bits in which the nearest frame differs from the bank's, of 256; 0 is the same picture or file",
        of_match(lambda m: m.nearest),
        optional=True,
        high=256,
        whole=True,
    ),
    FactPath(
        "finding.exact",
        "flag",
        "whether the whole file is byte for byte the bank's",
        of_match(lambda m: m.exact),
        optional=True,
    ),
    FactPath(
        "finding.service",
        "text",
        "name of the look-up service or classifier outside the house",
        of_finding(lambda f: f.details.get("service")),
        optional=True,
    ),
    FactPath(
        "finding.label",
        "text",
        "what a look-up service classifies the file as, or which label a classifier's score is for",
        of_finding(lambda f: f.details.get("label")),
        optional=True,
    ),
    FactPath(
        "finding.given_up",
        "flag",
        "whether a silent service is asked no more",
        of_finding(_read_given_up),
        optional=True,
    ),
    FactPath(
        "upload.visibility",
        "choice",
        "who may see the upload once it is shown",
        of_upload(lambda u: u.visibility.value),
        choices=names_of(Visibility),
    ),
    FactPath("upload.size_bytes", "number", "size as received", of_upload(lambda u: u.size_bytes), whole=True),
    FactPath(
        "upload.media_type",
        "text",
        "media type the network stated, such as video/mp4",
        of_upload(lambda u: u.media_type),
        optional=True,
    ),
    FactPath(
        "upload.has_device",
        "flag",
        "whether the network told us the device",
        of_upload(lambda u: u.device_key is not None),
    ),
    FactPath(
        "account.state",
        "choice",
        "what our instructions have made of the account",
        of_account(lambda a: a.state.value),
        choices=names_of(AccountState),
        moments=ALWAYS,
    ),
    FactPath(
        "account.upload_count",
        "number",
        "uploads we have seen from the account",
        of_account(lambda a: a.upload_count),
        whole=True,
        moments=ALWAYS,
    ),
    FactPath(
        "account.confirmed_count",
        "number",
        "distinct files of the account that a person has confirmed",
        of_account(lambda a: a.confirmed_count),
        whole=True,
        moments=ALWAYS,
    ),
    FactPath(
        "account.declared_age",
        "number",
        "age in years that the account's owner states",
        of_account(lambda a: a.declared_age),
        optional=True,
        whole=True,
        moments=ALWAYS,
    ),
    FactPath(
        "account.organisation",
        "flag",
        "whether the network has verified a business, school or agency",
        of_account(lambda a: a.organisation),
        moments=ALWAYS,
    ),
    FactPath(
        "media.kind",
        "choice",
        "what the file turned out to be",
        of_media(lambda m: m.kind.value),
        optional=True,
        choices=names_of(MediaKind),
    ),
    FactPath(
        "media.readable",
        "flag",
        "whether the file could be decoded and screened in full",
        of_media(lambda m: m.readable),
        optional=True,
    ),
    FactPath(
        "media.duration_seconds",
        "number",
        "length of a video",
        of_media(lambda m: m.duration_seconds),
        optional=True,
    ),
    FactPath(
        "media.problem",
        "text",
        "code of why the file could not be read in full",
        of_media(lambda m: m.problem),
        optional=True,
    ),
    FactPath(
        "verdict.kind",
        "choice",
        "what a person said of the file",
        _read_verdict,
        choices=names_of(Verdict),
    ),
    FactPath(
        "verdict.classification",
        "choice",
        "industry classification a person gave",
        _read_classification,
        optional=True,
        choices=names_of(Classification),
    ),
)

FACT_PATHS: dict[str, FactPath] = {path.name: path for path in (*_FACTS, *ACCOUNT_FACTS)}
"""Every fact by its name, in the order in which the docs list them."""


def read_values(facts: Facts, finding: AnyFinding | None) -> dict[str, Value]:
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
