"""How the console says things: names of states, times, sizes, masked personal data. Pure: `now` is an argument."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from jacana.detect.media.matching.words import say_way
from jacana.model.finding import FrameMatch

LABELS: dict[str, str] = {
    "apparent_csam": "Apparent CSAM",
    "imminent_harm": "Imminent harm",
    "review": "Review",
    "accounts": "Accounts",
    "unreadable": "Unreadable",
    "only_me": "Only me",
    "term_hit": "Term of the lexicon",
    "login_handover": "Log-in handed over",
    "vault_account": "Shared vault",
    "linked_account": "Linked account",
    "ban_evasion": "Ban evasion",
    "screening_down": "Could not be checked",
    "trading": "Trades access",
    "shared": "Shared, nothing more",
    "victim": "Taken over",
    "recovery_email": "Recovery e-mail",
    "account_verdict": "Verdict on the account",
    "independent_clusters": "Unrelated groups of devices",
    "only_me_uploads": "Only-me uploads",
    "path_kinds": "Through",
    "hops": "Steps away",
    "pull": "Part of the walk that ends here",
    "bank_match": "Bank match",
    "media_unreadable": "Unreadable file",
    "confirmed_copy": "Copy of a confirmed file",
    "screening_failed": "Screening failed",
    "benign_match": "Match set aside",
    "lookup_match": "Known outside",
    "lookup_silent": "No answer from outside",
    "classifier_score": "Classifier's score",
    "classifier_silent": "No answer from the classifier",
    "confirmed": "Apparent CSAM",
    "violating": "Violating, not reportable",
    "cleared": "Cleared",
    "suspend_account": "Suspend account",
    "reinstate_account": "Reinstate account",
    "ban_account": "Ban account",
    "unban_account": "Lift account ban",
    "ban_device": "Ban device",
    "unban_device": "Lift device ban",
    "force_reauth": "Sign everybody out",
    "lift_reauth": "Lift forced sign-in",
    "screen_private": "Screen private uploads again",
    "open_case": "Open case",
    "no_new_account": "No new account",
    "reverify": "Verify again",
    "draft_report": "Draft report",
    "needs_person": "Needs a person",
    "ambiguous": "Ambiguous",
    "uploading": "Uploading files",
    "finishing": "Finishing",
    "ncmec-test": "NCMEC TEST",
    "production": "PRODUCTION",
    "sandbox": "SANDBOX",
    "off": "OFF",
}

TONES: dict[str, str] = {
    "apparent_csam": "danger",
    "imminent_harm": "danger",
    "unreadable": "warn",
    "held": "warn",
    "suspended": "warn",
    "removed": "danger",
    "banned": "danger",
    "released": "good",
    "active": "good",
    "confirmed": "danger",
    "violating": "warn",
    "cleared": "good",
    "pending": "warn",
    "delivered": "good",
    "dead": "danger",
    "undecided": "accent",
    "decided": "good",
    "draft": "accent",
    "approved": "accent",
    "submitting": "warn",
    "open": "warn",
    "finishing": "warn",
    "ambiguous": "danger",
    "needs_person": "danger",
    "filed": "good",
    "term_hit": "warn",
    "login_handover": "danger",
    "vault_account": "danger",
    "linked_account": "warn",
    "ban_evasion": "danger",
    "screening_down": "warn",
    "trading": "danger",
    "shared": "good",
    "victim": "accent",
    "bank_match": "danger",
    "confirmed_copy": "danger",
    "media_unreadable": "warn",
    "screening_failed": "warn",
    "lookup_match": "danger",
    "lookup_silent": "warn",
    "classifier_silent": "warn",
    "verified": "good",
    "reviewed": "accent",
    "lead": "warn",
    "benign": "good",
    "block": "danger",
    "reverify": "warn",
    "no_new_account": "accent",
    "granted": "good",
    "denied": "plain",
    "standing": "warn",
}
"""Colour of a chip; a word always stands beside it."""

HAPPENED: dict[str, str] = {
    "upload.accepted": "Upload received",
    "lookup.asked": "Look-up service asked",
    "lookup.answered": "Look-up service answered",
    "lookup.silent": "Look-up service silent",
    "classifier.asked": "Classifier asked",
    "classifier.answered": "Classifier answered",
    "classifier.silent": "Classifier silent",
    "action.ordered": "Instruction ordered",
    "action.delivered": "Instruction delivered",
    "action.dead": "Instruction not delivered",
    "action.reversed": "Instruction reversed",
    "action.cancelled": "Instruction cancelled",
    "action.retried": "Instruction tried again",
    "text.viewed": "Text looked at",
    "links.found": "Links looked for",
    "case.leased": "Case taken",
    "case.released": "Case given back",
    "case.joined": "More joined the case",
    "case.decided": "Verdict given",
    "case.applied": "Verdict applied",
    "account.screened": "Private uploads to be screened again",
    "case.undone": "Verdict undone",
    "case.overturned": "Verdict overturned",
    "decision.made": "Policy decided",
    "media.viewed": "File looked at",
    "object.preserved": "File preserved",
    "object.read": "File read",
    "object.destroyed": "File destroyed",
    "hold.placed": "Preservation began",
    "hold.released": "Preservation ended",
    "report.needs_person": "Report needs a person",
}
"""Audit verb -> what people call it, where the words of the verb are not enough."""

_ID = re.compile("[a-z]+_[0-9a-z]{20,}")

SMALL = 1024
ADULT = 18


def say(value: object) -> str:
    """Return the name of a state, kind, lane or effect as people say it."""
    text = str(value)
    return LABELS.get(text) or text.replace("_", " ").capitalize()


def tone(value: object) -> str:
    """Return the colour name of a chip."""
    return TONES.get(str(value), "plain")


def actor_kind(actor: str) -> str:
    """Return what kind of actor acted, where no name is known; a command line's user is named as it is."""
    kind = actor.partition(":")[0]
    return {"key": "API key", "user": "somebody", "system": "Jacana"}.get(kind, kind if kind == "detector" else actor)


def happened(verb: str) -> str:
    """Return an audit verb as people say it: `case.opened` is `Case opened`."""
    return HAPPENED.get(verb) or verb.replace(".", " ").replace("_", " ").capitalize()


def moment(value: datetime | None) -> str:
    """Return `2026-11-22 12:54:03 UTC`; an unknown time is said to be unknown."""
    return "not recorded" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(value: datetime) -> str:
    """Return the form of a time that scripts read."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def span(seconds: float) -> str:
    """Return a length of time as `45 s`, `12 min`, `3 h 5 min` or `2 d 4 h`."""
    whole = int(abs(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    if hours < 48:
        return f"{hours} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"


def due(at: datetime, now: datetime) -> str:
    """Return `3 h 5 min left` or `12 min overdue`."""
    left = (at - now).total_seconds()
    return f"{span(left)} {'left' if left >= 0 else 'overdue'}"


def due_tone(at: datetime, now: datetime) -> str:
    """Return the class of a clock: overdue, soon (less than an hour), or nothing."""
    left = (at - now).total_seconds()
    if left < 0:
        return "clock-overdue"
    return "clock-soon" if left < 3600 else ""


def play_time(seconds: float | None) -> str:
    """Return a position in a file as `1:02.5`."""
    if seconds is None:
        return "not recorded"
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}"


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    if count < SMALL:
        return f"{count} bytes"
    amount = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        amount /= SMALL
        if amount < SMALL or unit == "GiB":
            break
    return f"{amount:.1f} {unit}"


def short(value: str, keep: int = 12) -> str:
    """Return the beginning of a digest."""
    return value if len(value) <= keep else value[:keep] + "…"


def tail(value: str, keep: int = 6) -> str:
    """Return the end of an id, which is what tells two ids of one day apart."""
    return value if len(value) <= keep + 6 else f"{value.split('_', 1)[0]}_…{value[-keep:]}"


def mask_email(address: str | None) -> str | None:
    """Return `j…e@e….org`: enough to recognise, too little to write to."""
    if not address or "@" not in address:
        return "…" if address else None
    name, host = address.rsplit("@", 1)
    label, dot, rest = host.partition(".")
    shown = f"{name[0]}…{name[-1]}" if len(name) > 2 else "…"
    return f"{shown}@{label[:1]}…{dot}{rest}"


def mask_minor(value: str | None, declared_age: int | None) -> str | None:
    """Return what an account says of itself; of one that says it is a child only the first letter."""
    if not value or declared_age is None or declared_age >= ADULT:
        return value
    return f"{value[0]}…"


def account_path(account_id: str) -> str:
    """Return the address of an account's page."""
    return f"/console/accounts/{quote(account_id, safe='')}"


def detail(value: object) -> str:
    """Return one value of an audit entry's details in a line."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    text = str(value)
    if len(text) == 64 and text.isalnum():
        return short(text, 16)
    return tail(text) if _ID.fullmatch(text) else short(text, 72)


def percent(part: float) -> str:
    """Return a share of 1 as a whole percentage; something is never rounded down to nothing."""
    return "<1 %" if 0 < part < 0.01 else f"{part * 100:.0f} %"


def way(frame: FrameMatch) -> str:
    """Return how one frame matches: whole, mirrored, a part of it, as findings say it."""
    return say_way(frame.window, frame.orientation, frame.entry_window)


FILTERS: dict[str, Any] = {
    "say": say,
    "tone": tone,
    "actor_kind": actor_kind,
    "happened": happened,
    "moment": moment,
    "iso": iso,
    "span": span,
    "due": due,
    "due_tone": due_tone,
    "play_time": play_time,
    "size": size,
    "short": short,
    "tail": tail,
    "detail": detail,
    "mask_minor": mask_minor,
    "account_path": account_path,
    "percent": percent,
    "way": way,
}
