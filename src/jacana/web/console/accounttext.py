"""Opens one text that a finding speaks of: on demand, on record, with passwords masked and the terms marked."""

from dataclasses import dataclass

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection
from jacana.detect.findings.store import load_account_findings
from jacana.detect.text.handover.mask import mask_passwords
from jacana.detect.text.items import list_items
from jacana.model.account_finding import AccountFinding
from jacana.model.errors import ThingNotFoundError
from jacana.pipeline.stages import Stages


class TextGoneError(ThingNotFoundError):
    """The finding speaks of no text, or the text is not kept any more."""

    code = "console.text_gone"


@dataclass(frozen=True, slots=True, repr=False)
class TextPiece:
    """A stretch of a text, marked or not."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class OpenedText:
    """One text before a person."""

    finding_id: str
    account_id: str
    pieces: tuple[TextPiece, ...]


def has_text(finding: AccountFinding) -> bool:
    """Return whether the finding speaks of a text that can be asked for."""
    return finding.event_id is not None and finding.field is not None


def open_text(stages: Stages, connection: Connection, finding_id: str, case_id: str | None, actor: str) -> OpenedText:
    """Return the text, and put on record who asked for it. Raises TextGoneError, SealedFieldBrokenError."""
    finding = next(iter(load_account_findings(connection, [finding_id])), None)
    if finding is None or finding.event_id is None or finding.field is None:
        raise TextGoneError("the finding speaks of no text")
    found = stages.events.find_event(connection, finding.event_id)
    items = list_items(*found, public_text=True, messages=True) if found else []
    item = next((each for each in items if each.field is finding.field), None)
    if item is None:
        raise TextGoneError("the text is not kept any more")
    details = {"finding_id": finding.id, "event_id": finding.event_id, "field": finding.field.value}
    if case_id:
        details["case_id"] = case_id
    append_entry(connection, AuditEntry(stages.clock(), actor, "text.viewed", finding.account_id, details))
    spans = [(match.start, match.end) for match in finding.matches]
    return OpenedText(finding.id, finding.account_id, mark_spans(mask_passwords(item.text), spans))


def mark_spans(text: str, spans: list[tuple[int, int]]) -> tuple[TextPiece, ...]:
    """Return the text cut at the spans (code points, end exclusive); spans that overlap become one."""
    pieces: list[TextPiece] = []
    done = 0
    for start, end in _merge(spans, len(text)):
        pieces += [TextPiece(text[done:start], False), TextPiece(text[start:end], True)]
        done = end
    pieces.append(TextPiece(text[done:], False))
    return tuple(piece for piece in pieces if piece.text)


def _merge(spans: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged
