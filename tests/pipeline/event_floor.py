"""Tells wired stages what happened on a network, and gives them terms. Every term is an invented word."""

from datetime import datetime
from typing import Any

from jacana.model.term import MatchMode, Term, TermState
from jacana.pipeline.stages import Stages

TERM = "zorvalim"


def tell(stages: Stages, *events: dict[str, Any], at: datetime | None = None) -> None:
    """Append events; `id` and `occurred_at` are made up where they are left out. Every one must be accepted."""
    with stages.db.read() as connection:
        first = stages.events.last_sequence(connection)
    moment = (at or stages.clock()).isoformat()
    whole = [
        {"id": f"e{first + place}", "occurred_at": moment, "account_id": "anna", **event}
        for place, event in enumerate(events)
    ]
    results = stages.events.append(whole, "key:test")
    assert [result.status.value for result in results] == ["accepted"] * len(whole), results


def say(text: str, account_id: str = "anna", **fields: Any) -> dict[str, Any]:
    """Return a comment."""
    return {"type": "comment_posted", "account_id": account_id, "upload_id": "clip-1", "text": text, **fields}


def add_term(stages: Stages, text: str = TERM, *, severity: int = 4, active: bool = True, **fields: Any) -> str:
    """Add a term, approved by two people if it is to be active, else in shadow; return its id."""
    term = Term("", text, MatchMode.CANONICAL, severity, TermState.SHADOW, source="test", licence="none", **fields)
    with stages.db.write() as connection:
        term_id = stages.lexicon.add_term(connection, term, "cli:test")
        for user in ("user_1", "user_2") if active else ():
            stages.lexicon.approve_term(connection, term_id, user)
    return term_id
