"""What a bank may be: the checks on its name, its rules and what a match may cause. Pure."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from jacana.detect.media.hashing.frames import FrameHashesDamagedError, unpack_frames, unpack_windows
from jacana.detect.media.index.address import MAX_ROWS
from jacana.model.bank import DEFAULT_MAY_CAUSE, EXACT_DISTANCE, Bank, BankEntry, BankRole, RowProblem, Trust
from jacana.model.decision import EffectKind
from jacana.model.errors import InputInvalidError
from jacana.model.verdict import Classification

LEAD_MAY_CAUSE = frozenset({EffectKind.HOLD.value, EffectKind.OPEN_CASE.value})
"""All that a list nobody answers for may cause: keep the upload back, and ask a person."""

DEFAULT_QUALITY = 50
DEFAULT_SECONDS = 1.0
DEFAULT_REASON = "Jacana's defaults: the distance of PDQ's makers, frames that say enough, and a person who is asked"

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
_TEXT_LENGTH = 400


class BankInvalidError(InputInvalidError):
    """A bank's name or one of its rules cannot be used."""

    code = "bank.invalid"


def default_may_cause(role: BankRole) -> tuple[str, ...]:
    """Return what a new bank may cause unless its creator says otherwise."""
    return () if role is BankRole.BENIGN else DEFAULT_MAY_CAUSE


def explain_thresholds(bank: Bank) -> str:
    """Return why a bank's thresholds are what they are; empty if nobody said and they are not the defaults."""
    given = (bank.max_distance, bank.min_quality, bank.min_matched_seconds)
    defaults = (EXACT_DISTANCE, DEFAULT_QUALITY, DEFAULT_SECONDS)
    return bank.threshold_reason or (DEFAULT_REASON if given == defaults else "")


def check_bank(bank: Bank) -> None:
    """Raise BankInvalidError for the first field of a bank that cannot be used."""
    if not _NAME.fullmatch(bank.name):
        raise BankInvalidError(
            "a bank's name is 1 to 80 of a-z, 0-9 and inner hyphens", field="name", remedy="for example hotline-2026"
        )
    if not 1 <= len(bank.source) <= 200:
        raise BankInvalidError(
            "a bank needs a source of 1 to 200 characters", field="source", remedy="say who vouches for its hashes"
        )
    for field, text in (("note", bank.note), ("licence", bank.licence), ("threshold_reason", bank.threshold_reason)):
        if text is not None and len(text) > _TEXT_LENGTH:
            message = f"a {field.replace('_', ' ')} has at most {_TEXT_LENGTH} characters"
            raise BankInvalidError(message, field=field, remedy="shorten it")
    if bank.classification is not None:
        check_choice(bank.classification, [item.value for item in Classification], "classification")
    _check_effects(bank)
    _check_thresholds(bank)


def refuse_unusable(
    entries: Sequence[BankEntry], problems: Sequence[RowProblem]
) -> tuple[list[BankEntry], list[RowProblem]]:
    """Return the entries that the hash index can hold, and the problems with one more for each that it cannot.

    One that got in would stop the index, and with it all screening.
    """
    kept, refused = [], list(problems)
    for entry in entries:
        try:
            rows = len(unpack_frames(entry.frames)) + len(unpack_windows(entry.windows))
        except FrameHashesDamagedError:
            message, remedy = "the packed hashes are damaged", "import the entry from its source again"
        else:
            if rows <= MAX_ROWS:
                kept.append(entry)
                continue
            message = f"an entry has {rows} hashes, more than {MAX_ROWS}"
            remedy = "split the media into several entries, or sample fewer frames a second"
        refused.append(RowProblem(0, "frames", message, remedy, reference=entry.source_id or ""))
    return kept, refused


def check_choice(value: str, choices: Sequence[str], field: str) -> None:
    """Raise BankInvalidError, with the nearest choice as a hint, unless the value is one of the choices."""
    if value in choices:
        return
    near = get_close_matches(value, choices, n=1)
    hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(choices)}"
    raise BankInvalidError(f"{field} cannot be “{value}”", field=field, remedy=hint)


def _check_effects(bank: Bank) -> None:
    if bank.role is BankRole.BENIGN:
        if bank.may_cause:
            raise BankInvalidError(
                "a benign bank lists what is innocent and causes nothing", field="may_cause", remedy="leave it empty"
            )
        return
    if not bank.may_cause:
        raise BankInvalidError(
            "a bank that may cause nothing is useless", field="may_cause", remedy="name effects, for example hold"
        )
    for effect in bank.may_cause:
        check_choice(effect, [item.value for item in EffectKind], "may_cause")
        if bank.trust is Trust.LEAD and effect not in LEAD_MAY_CAUSE:
            raise BankInvalidError(
                f"nobody answers for a bank of trust lead, so it may not cause {effect}",
                field="may_cause",
                remedy="leave it at hold,open_case, or say that the source is reviewed or verified if it is",
            )


def _check_thresholds(bank: Bank) -> None:
    if not 0 <= bank.max_distance <= EXACT_DISTANCE:
        raise BankInvalidError(
            f"max_distance is {bank.max_distance}",
            field="max_distance",
            remedy=f"give a number from 0 to {EXACT_DISTANCE}: up to there the index finds every match",
        )
    for field, value, low, high in (
        ("min_quality", bank.min_quality, 0, 100),
        ("min_matched_seconds", bank.min_matched_seconds, 0, 86_400),
    ):
        if not low <= value <= high:
            raise BankInvalidError(f"{field} is {value}", field=field, remedy=f"give a number from {low} to {high}")
