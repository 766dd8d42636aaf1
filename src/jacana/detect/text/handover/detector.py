"""Says which texts hand log-in details over: an attempt to distribute. The password itself is in no finding."""

import re
from collections.abc import Sequence
from datetime import datetime

from jacana.db.sealing import FieldSealer
from jacana.detect.findings.store import name_finding
from jacana.detect.text.folding.fold import fold_text
from jacana.detect.text.handover.labels import CONTEXTS
from jacana.detect.text.handover.patterns import Handover, HandoverPattern, find_handovers_each
from jacana.detect.text.item import TextItem
from jacana.detect.text.items import FIELD_WORDS, root_of
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, TextField

DETECTOR = "login_handover"
VERSION = "1"

SCORES: dict[HandoverPattern, float] = {
    HandoverPattern.PAIR: 0.9,
    HandoverPattern.COMBINED: 0.8,
    HandoverPattern.PHRASE: 0.7,
    HandoverPattern.PASSWORD: 0.5,
    HandoverPattern.BARE: 0.5,
}
WITH_ACCOUNT_SCORE = 0.6
"""A password alone, with an account named beside it."""
OTHER_THING_SCORE = 0.2
"""The password of a wireless network, a meeting or a game's room, as it seems."""

_WHAT: dict[HandoverPattern, str] = {
    HandoverPattern.PAIR: "a user name and a password",
    HandoverPattern.COMBINED: "an address and a password",
    HandoverPattern.PHRASE: "what to log in with",
    HandoverPattern.PASSWORD: "a password",
    HandoverPattern.BARE: "two words that look like a log-in",
}
_CONTEXTS = {name: re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])") for name, words in CONTEXTS.items()}


class HandoverDetector:
    """Finds hand-overs in texts. The user name is kept as a keyed hash, to recognise it again."""

    def __init__(self, sealer: FieldSealer) -> None:
        self._sealer = sealer

    def detect(self, item: TextItem, now: datetime) -> AccountFinding | None:
        """Return the finding that a text hands log-in details over, or None. A search hands nothing to anybody."""
        return self.detect_each([item], now)[0]

    def detect_each(self, items: Sequence[TextItem], now: datetime) -> list[AccountFinding | None]:
        """Return the finding of each text, or None."""
        found = find_handovers_each(["" if item.field is TextField.SEARCH else item.text for item in items])
        return [self._describe(item, one, now) if one else None for item, one in zip(items, found, strict=True)]

    def key_of(self, handle: str) -> str:
        """Return the keyed hash of a user name: the same for the same name however it is written."""
        return self._sealer.blind(fold_text(handle).strip().lstrip("@"), "handover.handle")[:32]

    def _describe(self, item: TextItem, found: Sequence[Handover], now: datetime) -> AccountFinding:
        best = max(found, key=_score)
        context = find_context(item.text)
        score = OTHER_THING_SCORE if context else _score(best)
        details: dict[str, str | int | float | bool] = {
            "handover": best.pattern.value,
            "start": best.start,
            "end": best.end,
            "secret_start": best.secret_start,
            "secret_end": best.secret_end,
            "secrets": len(found),
            "checked_only": item.checked_only,
        }
        if best.handle is not None and not context:
            details["handle_key"] = self.key_of(best.handle)
        if context:
            details["context"] = context
        # The password takes part in the id, keyed, so that a new password for the same name is a new statement.
        secret = self._sealer.blind(item.text[best.secret_start : best.secret_end], "handover.secret")
        kind = AccountFindingKind.LOGIN_HANDOVER
        return AccountFinding(
            id=name_finding(kind, root_of(item), item.field.value, best.start, secret),
            account_id=item.account_id,
            kind=kind,
            detector=DETECTOR,
            detector_version=VERSION,
            score=score,
            reasons=(_explain(item, best, context),),
            occurred_at=item.occurred_at or now,
            attempt=Attempt.DISTRIBUTE,
            event_id=item.event_id,
            upload_id=item.upload_id,
            field=item.field,
            details=details,
        )


def find_context(text: str) -> str | None:
    """Return what the password opens if it seems to open no account: `wireless`, `meeting` or `room`."""
    folded = fold_text(text)
    return next((name for name, words in _CONTEXTS.items() if words.search(folded)), None)


def _score(found: Handover) -> float:
    if found.pattern is HandoverPattern.PASSWORD and found.has_account:
        return WITH_ACCOUNT_SCORE
    return SCORES[found.pattern]


def _explain(item: TextItem, found: Handover, context: str | None) -> str:
    where = (
        f"{FIELD_WORDS[item.field]} hands over {_WHAT[found.pattern]} at characters {found.start + 1} to {found.end}"
    )
    return f"{where}; it speaks of a {context}, which many share innocently." if context else f"{where}."
