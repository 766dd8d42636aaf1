"""A term as it is shown: masked, with its scope, its figures and who approved it. Holds no word of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jacana.detect.text.lexicon.lifecycle import Standing
from jacana.detect.text.lexicon.precision import lower_bound, precision_interval
from jacana.detect.text.lexicon.store import Row
from jacana.detect.text.lexicon.words import Words
from jacana.model.term import MatchMode, Term, TermState, mask_term


@dataclass(frozen=True, slots=True)
class TermListing:
    """One term for a list or a page. `reviewed` and `confirmed` count since it last became active."""

    id: str
    masked: str
    match_mode: MatchMode
    severity: int
    state: TermState
    languages: tuple[str, ...]
    fields: tuple[str, ...]
    requires_count: int
    unless_count: int
    source: str
    licence: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    sequence: int
    expires_at: datetime | None = None
    hits: int = 0
    reviewed: int = 0
    confirmed: int = 0
    last_confirmed_at: datetime | None = None
    active_since: datetime | None = None
    approvals: tuple[tuple[str, datetime], ...] = ()
    """(user id, when), oldest first."""
    details: dict[str, Any] = field(default_factory=dict)
    """Of a proposed term: the figures it was proposed on."""

    @property
    def precision_interval(self) -> tuple[float, float]:
        """The 95 % credible interval of its precision; wide where little was reviewed."""
        return precision_interval(self.confirmed, self.reviewed)

    @property
    def lower_bound(self) -> float:
        """What the floor is compared with."""
        return lower_bound(self.confirmed, self.reviewed)

    @property
    def standing(self) -> Standing:
        """What its life depends on."""
        return Standing(
            state=self.state,
            created_by=self.created_by,
            created_at=self.created_at,
            approvals=tuple(user_id for user_id, _ in self.approvals),
            reviewed=self.reviewed,
            confirmed=self.confirmed,
            active_since=self.active_since,
            last_confirmed_at=self.last_confirmed_at,
            expires_at=self.expires_at,
        )


def list_term(row: Row, words: Words, approvals: list[tuple[str, datetime]]) -> TermListing:
    """Return what is shown of a row."""
    return TermListing(
        id=row.id,
        masked=mask_term(words.text),
        match_mode=MatchMode(row.match_mode),
        severity=row.severity,
        state=TermState(row.state),
        languages=tuple(row.languages),
        fields=tuple(row.fields),
        requires_count=len(words.requires),
        unless_count=len(words.unless),
        source=row.source,
        licence=row.licence,
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        sequence=row.sequence,
        expires_at=row.expires_at,
        hits=row.hits,
        reviewed=row.reviewed,
        confirmed=row.confirmed,
        last_confirmed_at=row.last_confirmed_at,
        active_since=row.active_since,
        approvals=tuple(approvals),
        details=dict(row.details),
    )


def read_standing(row: Row) -> Standing:
    """Return what a row's life depends on, without approvals."""
    return Standing(
        state=TermState(row.state),
        created_by=row.created_by,
        created_at=row.created_at,
        reviewed=row.reviewed,
        confirmed=row.confirmed,
        active_since=row.active_since,
        last_confirmed_at=row.last_confirmed_at,
        expires_at=row.expires_at,
    )


def read_term(row: Row, words: Words) -> Term:
    """Return the open term of a row."""
    return Term(
        row.id,
        words.text,
        MatchMode(row.match_mode),
        row.severity,
        TermState(row.state),
        tuple(row.languages),
        tuple(row.fields),
        words.requires,
        words.unless,
        row.source,
        row.licence,
        row.expires_at,
    )
